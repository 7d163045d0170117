"""Views and streams made for the tests, behind the real edge."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from axme_site import connections, metrics
from axme_site.bridge import Bridge, header, problem
from axme_site.edge import Edge
from axme_site.threads import Threads
from intents.kernel.errors import InvalidField

HEADERS = [(b"content-type", b"text/event-stream")]


class FakeStreams:
    """`/v1/stream/hold` stays open until drained, `/short` ends and watches its connection, `/breaks` fails, and so
    does `/half` of a file."""

    def __init__(self) -> None:
        self.draining = asyncio.Event()
        self.lost: list[str] = []

    def is_stream(self, method: str, path: str) -> bool:
        return path.startswith("/v1/stream/")

    async def drain(self) -> None:
        self.draining.set()

    def worded(self, path: str, body: bytes) -> bytes:
        return body

    async def application(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        what = scope["path"].rpartition("/")[2]
        scope["axme.route"] = "/v1/stream/{what}"
        if what == "fails":
            raise RuntimeError("before the first byte")
        headers = [(b"content-type", b"text/csv")] if what == "half" else HEADERS
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if what == "half":
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise InvalidField("q", "this takes too long")
        if what == "breaks":
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            raise RuntimeError("in the middle")
        if what == "lost":
            await send({"type": "http.response.body", "body": json.dumps(self.lost).encode()})
        elif what == "hold":
            await send({"type": "http.response.body", "body": b"id: 7\n\n", "more_body": True})
            await self.draining.wait()
            await send({"type": "http.response.body", "body": b"event: stream.timeout\n\n"})
        else:
            connection = connections.of(scope)
            if connection is not None:
                connection.add_lost_callback(lambda: self.lost.append(f"{what} {connection.ending.value}"))
            await send({"type": "http.response.body", "body": b"data: work\n\n", "more_body": True})
            await asyncio.sleep(0.2)
            await send({"type": "http.response.body", "body": b""})


async def no_sockets(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})


threads = Threads(settings.BRIDGE_THREADS, "bridge", longest_queue=200, waited=metrics.BRIDGE_WAIT.observe)
slow = Threads(settings.SLOW_THREADS, "slow", longest_queue=200)
metrics.watch_queue(lambda: threads.queued)
application = Edge(
    threads=(threads, slow),
    bridge=Bridge(
        threads,
        slow=slow,
        limit=settings.REQUEST_MAX_BYTES,
        unasked=64 * 1024,
        refused=lambda scope: problem(401, "missing", "who are you?") if header(scope, b"x-stranger") else None,
    ),
    streams=FakeStreams(),
    sockets=no_sockets,
)
