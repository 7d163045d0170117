"""Messages of A2A as clients of either version send them, through the application that the server runs."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.callers import Answer, Caller
from tests.security.edge import Loop, OpenStream

NUMBERS = count(1)


def text(words: str, **fields: Any) -> dict[str, Any]:
    """A message of 0.3 that says something."""
    ids = {"kind": "message", "role": "user", "messageId": f"m-{next(NUMBERS)}"}
    return ids | {"parts": [{"kind": "text", "text": words}]} | fields


@dataclass
class Client:
    """Somebody who speaks A2A, with the server or with one of its agents."""

    loop: Loop
    caller: Caller
    at: str = "/a2a"

    def send(self, message: Any, *, method: str = "POST", **headers: str) -> Answer:
        body = json.dumps(message).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.loop.send(Caller(self.caller.headers | named), method, self.at, body=body)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The response to a request."""
        sent = {"jsonrpc": "2.0", "id": next(NUMBERS), "method": method, "params": params}
        answer = self.send(sent)
        assert answer.headers["content-type"] == "application/json"
        told: dict[str, Any] = answer.json
        assert told["id"] == sent["id"]
        return told

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request that must work."""
        told = self.ask(method, **params)
        assert "result" in told, told
        result: dict[str, Any] = told["result"]
        return result

    def refused(self, method: str, **params: Any) -> tuple[int, str]:
        """The code and the reason of a request that must be refused."""
        error = self.ask(method, **params)["error"]
        return error["code"], error["data"][0]["reason"]

    def open(self, method: str, **params: Any) -> OpenStream:
        """A stream whose client reads what comes, event by event."""
        sent = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
        return self.loop.open(self.caller, "POST", self.at, body=json.dumps(sent).encode())


def responses(events: str | None) -> list[dict[str, Any]]:
    """The responses that server-sent events hold."""
    lines = [line for line in (events or "").split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]
