"""Slack as this server meets it: what it sends, signed, and its Web API, which keeps what it was told."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from tests.callers import Answer, Caller
from tests.security.edge import Loop

SECRET, TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-not-a-real-one"
TEAM, MEMBER = "T0001", "U2147483697"
WAIT_SECONDS = 30
"""How long it asks to be left alone when it is told too much at once."""


@dataclass
class Slack:
    """`told` is what its Web API was told: method and body. It refuses with `refusal` when there is one. `standing` are the
    messages as its members see them, by conversation and timestamp."""

    loop: Loop
    url: str = ""
    refusal: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    standing: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """What its Web API answers, which brings along what it shows then."""
        self.told.append((method, body))
        if self.refusal:
            return {"ok": False, "error": self.refusal}
        if method == "views.open":
            return {"ok": True, "view": {"id": "VMHU10V25", "team_id": TEAM} | body["view"]}
        if method == "chat.postMessage":
            key = f"D{body['channel']}", f"1503435956.{len(self.standing):06}"
        else:
            key = body["channel"], body["ts"]
            if key not in self.standing:
                return {"ok": False, "error": "channel_not_found" if body["channel"][:1] != "D" else "message_not_found"}
        self.standing[key] = {"type": "message", "bot_id": "B19LU7CSY", "ts": key[1]} | body
        return {"ok": True, "channel": key[0], "ts": key[1], "message": self.standing[key]}

    def send(
        self, path: str, form: dict[str, str], *, secret: str = SECRET, at: float | None = None, spoilt: bytes = b""
    ) -> Answer:
        """What comes of a request of Slack's, signed as it signs."""
        body, when = urlencode(form).encode(), str(int(time.time() if at is None else at))
        digest = hmac.new(secret.encode(), f"v0:{when}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"x-slack-request-timestamp": when, "x-slack-signature": f"v0={digest}"}
        headers["content-type"] = "application/x-www-form-urlencoded"
        return self.loop.send(Caller(headers), "POST", path, body=body + spoilt)

    def command(self, text: str = "link", *, member: str = MEMBER, **more: Any) -> Answer:
        form = {"command": "/axme", "text": text, "team_id": TEAM, "user_id": member, "user_name": "bob", "token": "old"}
        form["team_domain"] = "myorg"
        return self.send("/slack/commands", form, **more)

    def interact(self, payload: dict[str, Any], *, member: str = MEMBER, **more: Any) -> Answer:
        whole = {"team": {"id": TEAM, "domain": "myorg"}, "user": {"id": member, "username": "bob", "team_id": TEAM}}
        return self.send("/slack/interactions", {"payload": json.dumps(whole | payload)}, **more)

    def press(self, value: str, **more: Any) -> dict[str, Any]:
        """Press the button of a message: the modal that is shown then."""
        action = {"action_id": "axme_ask", "block_id": "b", "type": "button", "value": value, "action_ts": "1.0"}
        pressed = {"type": "block_actions", "trigger_id": "12466734323.1395872398", "actions": [action]}
        assert self.interact(pressed, **more).status == 200
        method, body = self.told[-1]
        assert (method, body["trigger_id"]) == ("views.open", "12466734323.1395872398")
        view: dict[str, Any] = body["view"]
        return view

    def submit(self, view: dict[str, Any], outcome: str, comment: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a modal: what Slack is to do then."""
        options = next(one for one in view["blocks"] if one.get("block_id") == "outcome")["element"]["options"]
        chosen = next(one for one in options if one["text"]["text"] == outcome)
        values = {
            "outcome": {"outcome": {"type": "radio_buttons", "selected_option": chosen}},
            "comment": {"comment": {"type": "plain_text_input", "value": comment}},
        }
        sent = {"id": "V1", "type": "modal", "callback_id": view["callback_id"], "state": {"values": values}}
        sent["private_metadata"] = view["private_metadata"]
        told: dict[str, Any] = self.interact({"type": "view_submission", "view": sent}, **more).ok()
        return told


def words(view: dict[str, Any]) -> str:
    """All that a modal or a message says."""
    return "\n".join(one["text"]["text"] for one in view["blocks"] if one["type"] == "section")


@contextmanager
def web_api(slack: Slack) -> Iterator[Slack]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            answer = slack.answer(self.path.rpartition("/")[2], body)
            raw = json.dumps(answer).encode()
            too_many = answer.get("error") == "ratelimited"
            self.send_response(429 if too_many else 200)
            if too_many:
                self.send_header("Retry-After", str(WAIT_SECONDS))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    slack.url = f"http://127.0.0.1:{server.server_port}/api"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
