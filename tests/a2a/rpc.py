"""Messages of A2A as clients of either version send them, through the application that the server runs."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.callers import Answer, Caller
from tests.security.edge import Loop

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

    def stream(self, method: str, **params: Any) -> list[dict[str, Any]]:
        """The results of a stream, to its end."""
        answer = self.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.raw
        lines = [line for line in answer.raw.decode().split("\n") if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: "))["result"] for line in lines]
