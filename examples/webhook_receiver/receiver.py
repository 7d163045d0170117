"""An agent that is called: env $(cat var/demo.env) .venv/bin/python examples/webhook_receiver/receiver.py

The server has to be allowed to call this machine: make run OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8

Each intent comes as a signed POST. What the server did not sign is refused. What came before is answered as it was then, and
not done again. Kill it: what it misses is posted again.
"""

import contextlib
import json
import os
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

NAME = "greeter"
PORT = int(os.environ.get("RECEIVER_PORT", "8098"))
SEEN = Path(os.environ.get("RECEIVER_FILE", "var/receiver.sqlite"))


def be_called() -> str:
    """Have intents to us posted to us. Returns the secret that they are signed with, which is shown once."""
    with httpx.Client(
        base_url=os.environ["AXME_BASE_URL"] + "/v1", headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30
    ) as api:
        called = {"delivery_mode": "http", "callback_url": f"http://127.0.0.1:{PORT}/intents"}
        account = api.post("/service-accounts", json={"name": NAME} | called).raise_for_status().json()
        if account["created"]:
            return str(account["signing_secret"])
        # It knows us from an earlier start. For an hour it signs with the secret from then as well.
        api.patch(f"/agents/{NAME}", json=called).raise_for_status()
        rotated = f"/service-accounts/{account['service_account_id']}/signing-secret/rotate"
        return str(api.post(rotated, json={"overlap_seconds": 3600}).raise_for_status().json()["signing_secret"])


def greet(delivery: dict[str, Any]) -> dict[str, Any]:
    """The work. Its answer is the intent's end; without `action` it would go on by the API, under the delivery's lease."""
    print(f"greeting {delivery['payload']['name']}", flush=True)
    return {"action": "complete", "greeting": f"Hello {delivery['payload']['name']}"}


def once(message: str, delivery: dict[str, Any]) -> bytes:
    """The answer to a message: the one it got before, if it came before."""
    with contextlib.closing(sqlite3.connect(SEEN)) as seen, seen:
        seen.execute("CREATE TABLE IF NOT EXISTS answers (message TEXT PRIMARY KEY, answer BLOB NOT NULL)")
        before = seen.execute("SELECT answer FROM answers WHERE message = ?", (message,)).fetchone()
        answer: bytes = before[0] if before else json.dumps(greet(delivery)).encode()
        seen.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (message, answer))
    return answer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            delivery = webhook.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError) as refusal:
            print(f"refused: {refusal}", flush=True)
            self.reply(401, b"{}")
        else:
            self.reply(200, once(self.headers["webhook-id"], delivery))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", PORT), Receiver)
# A real one is given its secret, as any other secret.
webhook = Webhook(os.environ.get("SIGNING_SECRET") or be_called())
print(f"called at http://127.0.0.1:{PORT}/intents", flush=True)
server.serve_forever()
