"""A charge, a warehouse and a carrier: .venv/bin/python examples/orders_by_webhooks/services.py

Each takes a job at once, and calls the address it was given when the job is done, until it is heard. Asked again under an
`Idempotency-Key` that it knows, it does nothing again, and calls again. GET / tells what was done, and how often.

What goes wrong in the world goes wrong here by request, once: LOSE=charge loses the call that the charge is done,
DOUBLE=warehouse makes that call twice, HOLD=warehouse takes a job and does not answer for as long as its caller lives.
"""

import json
import os
import threading
import time
import uuid
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PORT = int(os.environ.get("SERVICES_PORT", "8097"))
SECONDS = float(os.environ.get("SERVICE_SECONDS", "1"))

done: Counter[str] = Counter()
references: dict[str, str] = {}
faults = {name: os.environ.get(name) for name in ("LOSE", "DOUBLE", "HOLD")}


def befalls(fault: str, service: str) -> bool:
    """Whether this goes wrong now: once."""
    if faults[fault] != service:
        return False
    faults[fault] = None
    return True


def reference(service: str, order_id: str, key: str) -> str:
    """Do the job, unless one of this key is done."""
    if key not in references:
        done[f"{service} {order_id}"] += 1
        references[key] = f"{service}-{len(references) + 1}"
        print(f"{service} of {order_id}: {references[key]}", flush=True)
    return references[key]


def tell(address: str, outcome: dict[str, str]) -> None:
    """Call until it was heard."""
    while True:
        try:
            httpx.post(address, json=outcome, timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return


class Services(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service, key = self.path.strip("/"), self.headers["Idempotency-Key"] or str(uuid.uuid4())
        outcome = {"service": service, "order_id": job["order_id"], "reference": reference(service, job["order_id"], key)}
        if befalls("HOLD", service):
            print(f"{service} holds its answer", flush=True)
            self.connection.recv(1)  # comes back when the caller is gone
        calls = 0 if befalls("LOSE", service) else 2 if befalls("DOUBLE", service) else 1
        for _ in range(calls):
            threading.Timer(SECONDS, tell, [job["callback_url"], outcome]).start()
        self.reply(202, {"taken": True})

    def do_GET(self) -> None:
        self.reply(200, done)

    def reply(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        pass


print(f"charge, warehouse and carrier are at http://127.0.0.1:{PORT}", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), Services).serve_forever()
