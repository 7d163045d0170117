"""An agent that is called and subscribes: env $(cat var/demo.env) .venv/bin/python examples/webhook_receiver/receiver.py

The server has to be allowed to call this machine: make run OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8

Each intent comes as a signed POST, and so does the end of every intent of the workspace, for which it subscribes. What the
server did not sign is refused. What came before is answered as it was then, and not done again. Kill it: what it misses is
posted again.
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
HERE = f"http://127.0.0.1:{PORT}"
SEEN = Path(os.environ.get("RECEIVER_FILE", "var/receiver.sqlite"))


def be_called(api: httpx.Client) -> str:
    """Have intents to us posted to us. Returns the secret that they are signed with, which is shown once."""
    called = {"delivery_mode": "http", "callback_url": f"{HERE}/intents"}
    account = api.post("/service-accounts", json={"name": NAME} | called).raise_for_status().json()
    if account["created"]:
        return str(account["signing_secret"])
    # It knows us from an earlier start. For an hour it signs with the secret from then as well.
    api.patch(f"/agents/{NAME}", json=called).raise_for_status()
    rotated = f"/service-accounts/{account['service_account_id']}/signing-secret/rotate"
    return str(api.post(rotated, json={"overlap_seconds": 3600}).raise_for_status().json()["signing_secret"])


def subscribe(api: httpx.Client) -> str:
    """Have the ends of all intents posted to us as well. Returns the secret of that."""
    wanted = {"callback_url": f"{HERE}/events", "event_types": ["intent.completed", "intent.failed"]}
    made = api.post("/webhooks/subscriptions", json=wanted).raise_for_status().json()
    if "secret" in made:
        return str(made["secret"])
    rotated = f"/webhooks/subscriptions/{made['subscription']['subscription_id']}/secret"
    return str(api.post(rotated, json={"overlap_seconds": 3600}).raise_for_status().json()["secret"])


def greet(delivery: dict[str, Any]) -> dict[str, Any]:
    """The work. Its answer is the intent's end; without `action` it would go on by the API, under the delivery's lease."""
    print(f"greeting {delivery['payload']['name']}", flush=True)
    return {"action": "complete", "greeting": f"Hello {delivery['payload']['name']}"}


def hear(event: dict[str, Any]) -> dict[str, Any]:
    """What an event is answered says nothing beyond that it came."""
    print(f"heard {event['type']} of {event['data']['intent_id']}", flush=True)
    return {}


WORK = {"/intents": greet, "/events": hear}


def once(message: str, path: str, content: dict[str, Any]) -> bytes:
    """The answer to a message: the one it got before, if it came before."""
    with contextlib.closing(sqlite3.connect(SEEN)) as seen, seen:
        seen.execute("CREATE TABLE IF NOT EXISTS answers (message TEXT PRIMARY KEY, answer BLOB NOT NULL)")
        before = seen.execute("SELECT answer FROM answers WHERE message = ?", (message,)).fetchone()
        answer: bytes = before[0] if before else json.dumps(WORK[path](content)).encode()
        seen.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (message, answer))
    return answer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            content = webhooks[self.path].verify(body, dict(self.headers))
        except (KeyError, WebhookVerificationError, ValueError) as refusal:
            print(f"refused: {refusal}", flush=True)
            self.reply(401, b"{}")
        else:
            self.reply(200, once(self.headers["webhook-id"], self.path, content))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def secrets() -> dict[str, str]:
    """By the path. A real one is given its secrets, as any others."""
    if given := os.environ.get("SIGNING_SECRET"):
        return dict.fromkeys(WORK, given)
    base, key = os.environ["AXME_BASE_URL"] + "/v1", {"x-api-key": os.environ["AXME_API_KEY"]}
    with httpx.Client(base_url=base, headers=key, timeout=30) as api:
        return {"/intents": be_called(api), "/events": subscribe(api)}


server = HTTPServer(("127.0.0.1", PORT), Receiver)
webhooks = {path: Webhook(secret) for path, secret in secrets().items()}
print(f"called at {HERE}", flush=True)
server.serve_forever()
