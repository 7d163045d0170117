"""Callers of what is answered on the event loop, in this process, through the application that the server runs."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import override_settings

from axme_site.edge import Edge
from intents import streams
from intents.kernel import live
from intents.streams import doors
from intents.streams import hub as hubs
from tests.callers import Answer, Caller

SECONDS = 60.0


class Loop:
    """An event loop in a thread, as a server has one, with the hub of its streams."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def send(
        self,
        caller: Caller,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """What comes back within SECONDS from a stream, a poll or a file at `path` below /v1, or a door beside it."""
        answer = _send(caller, method, path, query or {}, body)
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result(2 * SECONDS)

    def open(self, caller: Caller, method: str, path: str, *, body: bytes = b"") -> "OpenStream":
        """A response that stays open until its client leaves."""
        return OpenStream(self._loop, _scope(caller, method, path, {}, body), body)

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(_end_hub(), self._loop).result(2 * SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        # It published on this loop; whoever comes next has another.
        live._publishers.clear()


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """The loop that answers, with one thread for the database, so that its connection can be closed there."""
    with override_settings(EDGE_THREADS=1):
        made = Loop()
        yield made
        made.end()


async def _end_hub() -> None:
    """Stop the streams' loop without a last word to the database, which would leave a connection open in its thread."""
    hub = hubs.hub()
    hubs._hubs.pop(asyncio.get_running_loop())
    for task in hub._tasks:
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    await hub.in_thread(connections.close_all)
    hub._threads.shutdown()


class OpenStream:
    """A client that reads what comes, event by event."""

    def __init__(self, loop: asyncio.AbstractEventLoop, scope: dict[str, Any], body: bytes) -> None:
        self._loop = loop
        self._came: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._left = asyncio.Event()
        self._rest = b""
        self._done = asyncio.run_coroutine_threadsafe(self._run(scope, body), loop)

    async def _run(self, scope: dict[str, Any], body: bytes) -> None:
        first = {"type": "http.request", "body": body, "more_body": False}

        async def receive() -> dict[str, Any]:
            if first:
                sent = dict(first)
                first.clear()
                return sent
            await self._left.wait()
            return {"type": "http.disconnect"}

        async def reply(message: Any) -> None:
            self._came.put(dict(message))

        try:
            await _edge()(scope, receive, reply)
        finally:
            self._came.put(None)

    def read(self) -> str | None:
        """The next event as it came, without those that only say that it is alive; None at the end."""
        while True:
            event, found, rest = self._rest.partition(b"\n\n")
            if found:
                self._rest = rest
                if event.startswith(b":"):
                    continue
                return event.decode()
            message = self._came.get(timeout=SECONDS)
            if message is None:
                return None
            self._rest += message.get("body", b"")

    def leave(self) -> None:
        """As clients do: without a word."""
        self._loop.call_soon_threadsafe(self._left.set)
        self._done.result(SECONDS)


def _edge() -> Edge:
    return Edge(threads=None, bridge=None, streams=streams, sockets=None)  # type: ignore[arg-type]  # only streams are asked


def _scope(caller: Caller, method: str, path: str, query: dict[str, Any], body: bytes) -> dict[str, Any]:
    sent = {"content-length": str(len(body)), "content-type": "application/json"} | caller.headers
    whole = path if doors.found(path) else f"/v1{path}"
    return {
        "type": "http",
        "method": method,
        "path": whole,
        "raw_path": whole.encode(),
        "query_string": urlencode(query, doseq=True).encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "extensions": {},
    }


async def _send(caller: Caller, method: str, path: str, query: dict[str, Any], body: bytes) -> Answer:
    scope = _scope(caller, method, path, query, body)
    messages: list[dict[str, Any]] = []
    asked = False
    answered = asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await answered.wait()
        return {"type": "http.disconnect"}

    async def reply(message: Any) -> None:
        messages.append(dict(message))
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            answered.set()

    async with asyncio.timeout(SECONDS):
        await _edge()(scope, receive, reply)
    start = messages[0]
    shown = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], shown, b"".join(one.get("body", b"") for one in messages[1:]))
