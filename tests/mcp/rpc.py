"""Messages of MCP as clients of either era send them, through the application that the server runs."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.callers import Answer, Caller
from tests.security.edge import Loop, OpenStream

NUMBERS = count(1)
VERSION = "2026-07-28"
TASKS = "io.modelcontextprotocol/tasks"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
STREAMS = {"accept": "application/json, text/event-stream"}


def envelope(*, tasks: bool = False, elicits: bool = False) -> dict[str, Any]:
    """What a client of the newer era says of itself with each message."""
    able: dict[str, Any] = {"extensions": {TASKS: {}}} if tasks else {}
    if elicits:
        able["elicitation"] = {"form": {}}
    return {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": able}


@dataclass
class Rpc:
    """Somebody who speaks MCP."""

    loop: Loop
    caller: Caller

    def raw(self, body: bytes, *, method: str = "POST", headers: dict[str, str] | None = None) -> Answer:
        return self.loop.send(Caller(self.caller.headers | (headers or {})), method, "/mcp", body=body)

    def send(self, message: Any, headers: dict[str, str] | None = None) -> Answer:
        return self.raw(json.dumps(message).encode(), headers=headers)

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The response to a message of the older era."""
        sent = {"jsonrpc": "2.0", "id": next(NUMBERS), "method": method, "params": params or {}}
        answer = self.send(sent)
        assert answer.headers["content-type"] == "application/json"
        told: dict[str, Any] = answer.json
        assert told["id"] == sent["id"]
        return told

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a tool that must work."""
        told = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert "result" in told, told
        result: dict[str, Any] = told["result"]
        return result

    def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The error of a tool that must be refused."""
        error: dict[str, Any] = self.ask("tools/call", {"name": tool, "arguments": arguments})["error"]
        return error

    def open(self, message: Any) -> OpenStream:
        """The events of an answer, as they come."""
        return self.loop.open(Caller(self.caller.headers | STREAMS), "POST", "/mcp", body=json.dumps(message).encode())

    def modern(self, method: str, params: dict[str, Any], **able: bool) -> Answer:
        """The answer to a message of the newer era."""
        return self.send(*_modern(method, params, **able))

    def deaf(self, notifications: dict[str, Any], **able: bool) -> Answer:
        """The refusal to tell of changes."""
        sent, headers = _modern("subscriptions/listen", {"notifications": notifications}, **able)
        return self.send(sent, headers | STREAMS)

    def listen(self, notifications: dict[str, Any], **able: bool) -> "Listening":
        """Hear of changes, from the acknowledgment on."""
        sent, headers = _modern("subscriptions/listen", {"notifications": notifications}, **able)
        caller = Caller(self.caller.headers | headers | STREAMS)
        return Listening(self.loop.open(caller, "POST", "/mcp", body=json.dumps(sent).encode()), sent["id"])


def _modern(method: str, params: dict[str, Any], **able: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """A message of the newer era, and the head of its request."""
    named = params.get("name") or params.get("uri") or params.get("taskId")
    headers = {"mcp-protocol-version": VERSION, "mcp-method": method} | ({"mcp-name": named} if named else {})
    sent = {"jsonrpc": "2.0", "id": next(NUMBERS), "method": method, "params": params | {"_meta": envelope(**able)}}
    return sent, headers


class Listening:
    """Somebody who hears of changes."""

    def __init__(self, stream: OpenStream, asked: int) -> None:
        self._stream = stream
        self.asked = asked

    def hears(self) -> tuple[str, dict[str, Any]]:
        """The next notification: its method and its parameters but for `_meta`, which says whose it is."""
        (message,) = messages(self._stream.read() or "")
        told = dict(message["params"])
        assert told.pop("_meta") == {SUBSCRIPTION: self.asked}
        return message["method"], told

    def end(self) -> dict[str, Any]:
        """The response, behind which nothing comes."""
        (message,) = messages(self._stream.read() or "")
        assert message["id"] == self.asked
        assert self._stream.read() is None
        return message

    def leave(self) -> None:
        self._stream.leave()


def messages(events: str) -> list[dict[str, Any]]:
    """What server-sent events hold."""
    lines = [line for line in events.splitlines() if line and not line.startswith(":")]
    assert {line for line in lines if not line.startswith("data: ")} <= {"event: message"}
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
