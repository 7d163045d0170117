"""Messages of MCP as clients of either era send them, through the application that the server runs."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.callers import Answer, Caller
from tests.security.edge import Loop

NUMBERS = count(1)
VERSION = "2026-07-28"
TASKS = "io.modelcontextprotocol/tasks"


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

    def modern(self, method: str, params: dict[str, Any], **able: bool) -> Answer:
        """The answer to a message of the newer era."""
        named = params.get("name") or params.get("uri") or params.get("taskId")
        headers = {"mcp-protocol-version": VERSION, "mcp-method": method} | ({"mcp-name": named} if named else {})
        sent = {"jsonrpc": "2.0", "id": next(NUMBERS), "method": method, "params": params | {"_meta": envelope(**able)}}
        return self.send(sent, headers)
