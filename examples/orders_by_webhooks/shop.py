"""Orders by webhooks, a status table and a polling loop: .venv/bin/python examples/orders_by_webhooks/shop.py

As it is usually written first. Lose a webhook, send one twice, or kill this between two lines, and something is done twice:
docs/migrate-from-webhooks.md counts. Start services.py first.
"""

import contextlib
import json
import os
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

SERVICES = os.environ.get("SERVICES_URL", "http://127.0.0.1:8097")
PORT = int(os.environ.get("SHOP_PORT", "8096"))
FILE = Path(os.environ.get("SHOP_FILE", "var/shop.sqlite"))
STUCK_SECONDS = float(os.environ.get("STUCK_SECONDS", "30"))

NEXT = {"new": "charge", "charge": "warehouse", "warehouse": "carrier"}
"""Whom an order of this status is for. The status is what was done last."""
TABLE = "CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, status TEXT, reference TEXT, updated_at REAL)"
STUCK = "SELECT order_id, status FROM orders WHERE status != 'carrier' AND updated_at < ?"


def query(statement: str, *values: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(FILE, timeout=30)) as database, database:
        database.execute(TABLE)
        return database.execute(statement, values).fetchall()


def remember(order_id: str, status: str, reference: str) -> None:
    query("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", order_id, status, reference, time.time())


def ask(service: str, order_id: str) -> None:
    """Have a service do its part. It calls us back."""
    job = {"order_id": order_id, "callback_url": f"http://127.0.0.1:{PORT}/webhooks/{service}"}
    httpx.post(f"{SERVICES}/{service}", json=job, timeout=60).raise_for_status()


def ask_again(before: float) -> None:
    """For orders that have not moved since: a webhook was lost, or we died on the way."""
    for order_id, status in query(STUCK, before):
        query("UPDATE orders SET updated_at = ? WHERE order_id = ?", time.time(), order_id)
        with contextlib.suppress(httpx.HTTPError):
            ask(NEXT[status], order_id)


def poll() -> None:
    while True:
        time.sleep(STUCK_SECONDS / 10)
        ask_again(time.time() - STUCK_SECONDS)


class Shop(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        order_id, status = body["order_id"], "new" if self.path == "/orders" else self.path.removeprefix("/webhooks/")
        remember(order_id, status, body.get("reference", ""))
        self.reply({"ok": True})
        if status in NEXT:
            ask(NEXT[status], order_id)

    def do_GET(self) -> None:
        ((status, reference),) = query(
            "SELECT status, reference FROM orders WHERE order_id = ?", self.path.removeprefix("/orders/")
        )
        self.reply({"status": status, "reference": reference})

    def reply(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Shop)
ask_again(time.time())  # whatever was under way when we ended
threading.Thread(target=poll, daemon=True).start()
print(f"taking orders at http://127.0.0.1:{PORT}", flush=True)
server.serve_forever()
