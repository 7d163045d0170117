"""A client that costs little, since it shares the processors with what it measures: HTTP/1.1 on raw asyncio transports.

It speaks only as much HTTP as our own servers answer with, and keeps its connections.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "


class Answer(NamedTuple):
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Target(NamedTuple):
    """A web process, and the machine key and the person's token that requests to it carry."""

    host: str
    port: int
    api_key: str
    manager_token: str


class Refused(Exception):
    """The server answered other than 2xx to a request that the workload needs."""


class Connection(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def __init__(self, target: Target, *, as_manager: bool = False) -> None:
        person = f"Authorization: Bearer {target.manager_token}\r\n" if as_manager else ""
        self._headers = f" HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nx-api-key: {target.api_key}\r\n{person}"
        self._transport: Any = None
        self._seen = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._on_bytes: Callable[[bytes], None] | None = None

    @classmethod
    async def open(cls, target: Target, *, as_manager: bool = False) -> "Connection":
        """A connection of the demo's machine key; `as_manager` also of the demo manager, who then acts."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(lambda: cls(target, as_manager=as_manager), target.host, target.port)
        return made

    def close(self) -> None:
        self._transport.close()

    async def get(self, path: str) -> Any:
        """The JSON of a 2xx answer. Raises Refused."""
        return _accepted(await self.ask(f"GET {path}{self._headers}\r\n".encode()))

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        """Send `body` as JSON, with an Idempotency-Key when `key` is given. The JSON of a 2xx answer; raises Refused."""
        data = json.dumps(body).encode()
        head = f"POST {path}{self._headers}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        head += f"Idempotency-Key: {key}\r\n\r\n" if key else "\r\n"
        return _accepted(await self.ask(head.encode() + data))

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a whole request as it is."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def stream(self, path: str, on_bytes: Callable[[bytes], None]) -> None:
        """Open a stream: whatever comes goes to `on_bytes` at once, headers and chunk marks among it."""
        self._on_bytes = on_bytes
        self._transport.write(f"GET {path}{self._headers}\r\n".encode())

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._on_bytes is not None:
            self._on_bytes(data)
            return
        self._seen += data
        end = self._seen.find(HEAD_END)
        if end < 0 or self._answer is None:
            return
        start = self._seen[:end].lower().find(LENGTH) + len(LENGTH)
        length = int(self._seen[start : self._seen.find(b"\r\n", start)])
        body = self._seen[end + len(HEAD_END) :]
        if len(body) == length:
            answer, status = self._answer, int(self._seen[9:12])
            self._answer, self._seen = None, b""
            answer.set_result(Answer(status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server ended the connection"))


def _accepted(answer: Answer) -> Any:
    if answer.status // 100 != 2:
        raise Refused(f"{answer.status}: {answer.body[:500]!r}")
    return answer.json()
