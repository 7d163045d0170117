"""What programs ask of a workspace in another cell is passed on to that cell's web processes, and back as it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

import httpcore
import structlog
from django.conf import settings

from axme_site import metrics, problems
from axme_site.bridge import Receive, Reply, Scope, Send, busy, refusal
from axme_site.cell_settings import Cell
from axme_site.cells.directory import Directory, IsMoving, Unsure
from axme_site.edge import EVENTS, Edge
from axme_site.lines import Busy
from axme_site.threads import Threads
from intents.kernel.errors import RateLimited

log = structlog.get_logger()

PATHS = ("/v1/", "/mcp", "/a2a")
"""What programs ask. Pages and their sockets are each cell's own: people sign in there."""
AWAY = "the cell of this workspace does not answer; try again"
HOPS = b"axme-hops"
MOST_HOPS = 3
"""So often a request is passed on; more often it goes in a circle, for the cells do not agree where it belongs."""
CONNECT_SECONDS, IDLE_SECONDS = 2.0, 90.0
"""A stream says something every ten seconds, and a long poll waits for a minute at most."""
MOST = 2000
OF_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"host", HOPS}
)
FORWARDED = b"x-forwarded-for"
OF_PROXIES = (FORWARDED, b"x-forwarded-proto")
DRAIN_SECONDS = 0.5


class CellsEdge(Edge):
    """The edge of a process with other cells beside it."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._asking = Threads(2, "cells", longest_queue=1000), Threads(2, "cells-there", longest_queue=1000)
        self._directory = Directory(*self._asking)
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._open: set[Callable[[], None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await super().__call__(scope, receive, send)
            return
        headers = dict(scope["headers"])
        hops = int(headers[HOPS][:2]) if headers.get(HOPS, b"").isdigit() else 0
        try:
            cell = await self._directory.cell_of(scope["path"], headers, _address(scope, headers))
        except IsMoving:
            await self._reply(scope, send, busy("this workspace is being moved; try again in a moment"))
            return
        except RateLimited as error:
            await self._reply(scope, send, refusal(error))
            return
        except (Unsure, Busy):
            await self._reply(scope, send, busy(AWAY))
            return
        except problems.DATABASE_AWAY as error:  # 503: here a key of another cell would be none
            await self._reply(scope, send, busy(problems.note_database_away(error)))
            return
        if cell is None:
            await super().__call__(scope, receive, send)
        elif hops >= MOST_HOPS or self.gate.draining:
            await self._reply(scope, send, busy("try again in a moment"))
        else:
            await self._passed(cell, scope, receive, send, hops)

    async def stop(self, close_listener: Any) -> None:
        for break_off in self._open:
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, break_off)
        await super().stop(close_listener)

    def close(self) -> None:
        super().close()
        for threads in self._asking:
            threads.stop(1.0)
        self._directory.close()

    async def _passed(self, cell: Cell, scope: Scope, receive: Receive, send: Send, hops: int) -> None:
        begun = events = over = False

        async def send_noted(message: Scope) -> None:
            nonlocal begun, events, over
            if not begun:
                events = any(name == b"content-type" and value.startswith(EVENTS) for name, value in message["headers"])
            else:
                over = not message.get("more_body")
            begun = True
            await send(message)

        def break_off() -> None:
            """Where this process stops: what may be asked again. Calls that change something are carried through."""
            if events or (scope["method"] == "GET" and not begun):
                answering.cancel()

        body = _Body(receive)
        answering = asyncio.ensure_future(self._answer(cell, scope, body, send_noted, hops))
        leaving = asyncio.ensure_future(body.left.wait())
        self._open.add(break_off)
        cohort = self.gate.cohort
        cohort.enter()
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                answering.cancel()
            with suppress(asyncio.CancelledError, _ClientLeft):
                await answering
            if answering.cancelled() and not over and not body.left.is_set():
                if begun:
                    await send({"type": "http.response.body", "body": b""})
                else:
                    await self._reply(scope, send, busy("this server is stopping; try again"))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            log.warning("cell_away", cell=cell.name, error=type(error).__name__)
            if not begun:
                await self._reply(scope, send, busy(AWAY))
        finally:
            cohort.leave()
            answering.cancel()
            leaving.cancel()
            body.close()
            self._open.discard(break_off)

    async def _answer(self, cell: Cell, scope: Scope, body: "_Body", send: Send, hops: int) -> None:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(max_connections=MOST, keepalive_expiry=5.0)
        timeout = {"connect": CONNECT_SECONDS, "read": IDLE_SECONDS, "write": IDLE_SECONDS, "pool": CONNECT_SECONDS}
        async with self._pool.stream(
            scope["method"],
            _url(cell, scope),
            headers=_passed_on(scope, hops),
            content=body.pieces(),
            extensions={"timeout": timeout},
        ) as answer:
            body.watch()
            kept = [(name.lower(), value) for name, value in answer.headers if name.lower() not in OF_CONNECTION]
            await send({"type": "http.response.start", "status": answer.status, "headers": kept})
            metrics.request("passed on", answer.status)
            if all(name != b"content-length" for name, _ in kept):
                # A stream may say nothing for long: an empty piece carries its headers to the client.
                await send({"type": "http.response.body", "body": b"", "more_body": True})
            async for piece in answer.aiter_stream():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _reply(self, scope: Scope, send: Send, reply: Reply) -> None:
        reply = self._worded(scope["path"], reply)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})


def _address(scope: Scope, headers: Mapping[bytes, bytes]) -> str:
    """The client's, as `bridge.environ` has it."""
    forwarded = headers.get(FORWARDED, b"") if settings.BEHIND_PROXY else b""
    return forwarded.rpartition(b",")[2].strip().decode("latin-1") or (scope.get("client") or ("",))[0]


def _url(cell: Cell, scope: Scope) -> httpcore.URL:
    """Of parts: as one text, a path like `%2Fv1%2F@elsewhere/` would name another host, and `;` or `#` cut it off."""
    base = httpcore.URL(cell.url)
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    target = base.target.rstrip(b"/") + scope["raw_path"] + query
    return httpcore.URL(scheme=base.scheme, host=base.host, port=base.port, target=target)


def _passed_on(scope: Scope, hops: int) -> list[tuple[bytes, bytes]]:
    """The request's headers as the other cell gets them, with the client's address."""
    trusts = settings.BEHIND_PROXY  # what is said of the client is the word of a proxy of ours, or of another cell
    dropped = OF_CONNECTION if trusts else OF_CONNECTION.union(OF_PROXIES)
    kept = [(name, value) for name, value in scope["headers"] if name not in dropped]
    if not trusts:
        kept.append((FORWARDED, (scope.get("client") or ("",))[0].encode()))
    kept.append((HOPS, b"%d" % (hops + 1)))
    names = {name for name, _ in kept}
    if b"content-length" not in names and scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
        kept.append((b"transfer-encoding", b"chunked"))
    return kept


class _ClientLeft(Exception):
    """Before all of the body had come: what came of it must not pass for the whole."""


class _Body:
    """The body of a request as it comes, and then whether its client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self.left = asyncio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises _ClientLeft."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                self.left.set()
                raise _ClientLeft
            more = message.get("more_body", False)
            if piece := message.get("body", b""):
                yield piece
        self.watch()

    def watch(self) -> None:
        """From now on nothing comes but that the client leaves."""
        if self._watching is None:
            self._watching = asyncio.ensure_future(self._wait())

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left.set()
