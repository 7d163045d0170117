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
    # An event that a proxy gathers into compressed blocks comes late.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]
HEARTBEAT = b": still here\n\n"


def frame(event: str, data: dict[str, Any], *, seq: int | str | None = None) -> bytes:
    """One event as bytes; `seq`, a number or a cursor, becomes the id from which a client resumes."""
    return framed(event, json.dumps(data, ensure_ascii=False, separators=(",", ":")), seq=seq)


def framed(event: str, text: str, *, seq: int | str | None) -> bytes:
    """`frame` of data that is JSON text."""
    head = f"id: {seq}\n" if seq is not None else ""
    return f"{head}event: {event}\ndata: {text}\n\n".encode()


class Response:
    """An open response. `over` is true once it ended, by whichever side; `gone` when the client ended it.

    Whatever is written goes out whole, of any size. Who writes much waits for `on_sent` in between: so a client that reads
    slowly gets all of it at its own pace, and no more than one piece of it is in memory.

    There are thousands, so at rest one holds no task, no buffer and no timer of its own.
    """

    __slots__ = ("_backlog", "_on_sent", "_receive", "_send", "_task", "gone", "last_sent", "over")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._backlog: list[bytes] = []
        self._task: asyncio.Task[None] | None = None
        self._on_sent: Callable[[], None] | None = None
        self.last_sent = asyncio.get_running_loop().time()
        self.over = False
        self.gone = False

    async def start(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        # What is written right now goes out with the headers. Without any an empty chunk carries them to the client.
        asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        if self._task is None and not self.over:
            self._backlog.append(b"")
            self._task = asyncio.ensure_future(self._flush())

    def write(self, data: bytes) -> None:
        """Send `data` after what was written before; nothing once the response is over."""
        if self.over:
            return
        self.last_sent = asyncio.get_running_loop().time()
        self._backlog.append(data)
        if self._task is None:
            self._task = asyncio.ensure_future(self._flush())

    @property
    def sent(self) -> bool:
        """Whether the client's side has taken all that was written."""
        return self._task is None

    def on_sent(self, call: Callable[[], None]) -> None:
        """Have `call` called once when `sent` is true again, unless the response is over by then."""
        self._on_sent = call

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
            more = True
            while self._backlog:
                data, self._backlog = b"".join(self._backlog), []
                more = not self.over or self.gone
                await self._send({"type": "http.response.body", "body": data, "more_body": more})
            if more and self.over and not self.gone:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._task = None
        call, self._on_sent = self._on_sent, None
        if call is not None and not self.over:
            call()

    async def wait(self) -> None:
        """Until the response is over. Returns at once when the client leaves."""
        # ASGI tells of a disconnect also once the response has been sent whole.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.over:
            self.over = self.gone = True
        if self._task is not None:
            await self._task
