"""Both ends of a request that is passed on: another cell, and who asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
HEAD = b"HTTP/1.1 202 Accepted\r\nX-Trace-Id: there\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Elsewhere:
    """Web processes of another cell: what came, and the answer to it in pieces."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.came = asyncio.Event()
        self.left = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.heads.append(head)
        if "chunked" in head or "/silent" in head:
            self.came.set()
            self.bodies.append(await reader.read())
            self.left.set()
            writer.close()
            return
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        self.bodies.append(await reader.readexactly(length))
        writer.write(HEAD)
        if "/quiet" not in head:
            writer.write(b"5\r\nfirst\r\n")
        await writer.drain()
        if "/stream" in head:
            await reader.read()
            self.left.set()
        else:
            writer.write(b"4\r\nlast\r\n0\r\n\r\n")
            await writer.drain()
        writer.close()


class Client:
    """A request, and what came back."""

    def __init__(self, path: str, body: bytes = b"", *, method: str = "POST", **headers: str) -> None:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"a=1",
            "headers": [*named, (b"content-length", b"%d" % len(body))],
            "client": ("192.0.2.7", 1),
        }
        self.sent: list[Any] = []
        self.leave = asyncio.Event()
        self.begun = asyncio.Event()
        self.first = asyncio.Event()
        self._body: bytes | None = body

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.begun.set()  # a server sends the headers with it
            if message["body"]:
                self.first.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(one["body"] for one in self.sent[1:])
