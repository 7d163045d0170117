"""One response of server-sent events (WHATWG HTML, section 9.2): written in order, never blocking who writes to it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
HEARTBEAT = b": still here\n\n"
BACKLOG_BYTES = 1024 * 1024
"""A client this far behind is cut off: it takes up again from its cursor."""


def frame(event: str, data: dict[str, Any], *, seq: int | None = None) -> bytes:
    """One event as bytes; `seq` becomes the id from which a client resumes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {seq}\n" if seq is not None else ""
    return f"{head}event: {event}\ndata: {text}\n\n".encode()


class Response:
    """An open response. `over` is true once it ended, by whichever side; `gone` when the client ended it.

    There are thousands, so at rest one holds no task, no buffer and no timer of its own.
    """

    __slots__ = ("_backlog", "_receive", "_send", "_task", "gone", "last_sent", "over")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._backlog: list[bytes] = []
        self._task: asyncio.Task[None] | None = None
        self.last_sent = asyncio.get_running_loop().time()
        self.over = False
        self.gone = False

    async def start(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        # An empty first chunk carries the headers to the client at once.
        await self._send({"type": "http.response.body", "body": b"", "more_body": True})

    def write(self, data: bytes) -> None:
        """Send `data` after what was written before; nothing once the response is over."""
        if self.over:
            return
        self.last_sent = asyncio.get_running_loop().time()
        self._backlog.append(data)
        if sum(map(len, self._backlog)) > BACKLOG_BYTES:
            self._backlog = []
            self.end()
        elif self._task is None:
            self._task = asyncio.ensure_future(self._flush())

    def end(self, data: bytes = b"") -> None:
        """End the response from our side, after `data`."""
        if not self.over:
            if data:
                self.write(data)
            self.over = True
            if self._task is None:
                self._task = asyncio.ensure_future(self._flush())

    async def _flush(self) -> None:
        try:
            while self._backlog:
                data, self._backlog = b"".join(self._backlog), []
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
            if self.over and not self.gone:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._task = None

    async def wait(self) -> None:
        """Until the response is over. Returns at once when the client leaves."""
        # ASGI tells of a disconnect also once the response has been sent whole.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.over:
            self.over = self.gone = True
        if self._task is not None:
            await self._task
