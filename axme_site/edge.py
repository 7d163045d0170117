"""Who answers what: the ASGI application that every request passes first.

Streams answer by themselves on the loop, everything else goes over the bridge to Django. Here each HTTP request gets
its ids, its log line and its place in the metrics, and a stopping process gets rid of its requests.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from axme_site import connections, heads, health, metrics, problems
from axme_site.bridge import Bridge, Receive, Reply, Scope, Send, busy, header, problem, refusal
from axme_site.drain import gate
from axme_site.threads import Threads
from intents.kernel import tracing
from intents.kernel.errors import DomainError

log = structlog.get_logger()

DRAIN_SECONDS = 10.0
"""How long a stopping process waits for requests in flight."""
SETTLE_SECONDS = 0.1
"""For so long no request has come before a stopping process ends: neither by a connection that was accepted before the
listener closed, nor by one that is kept open."""
CLOSE = (b"connection", b"close")
EVENTS = b"text/event-stream"
"""What can be taken up again where it ended, whatever it ended by; so it ends in order."""
PROXY_HEADERS = (b"x-forwarded-for", b"forwarded", b"via")


class OpenStream(Protocol):
    async def rest(self) -> None:
        """Until it is over."""


class Streams(Protocol):
    """What answers on the loop. It may set `scope["axme.route"]` to the pattern that logs and metrics show."""

    def is_stream(self, method: str, path: str) -> bool: ...

    async def application(self, scope: Scope, receive: Receive, send: Send) -> OpenStream | None:
        """Answer; or begin to, and return what stays open."""

    async def drain(self) -> None:
        """End every open stream so that its client can take it up elsewhere."""

    def worded(self, path: str, body: bytes) -> bytes:
        """The body of a refusal, made as the API has it, for who asked at `path`."""


class Edge:
    """The ASGI application."""

    def __init__(
        self,
        *,
        threads: tuple[Threads, ...],
        bridge: Bridge,
        streams: Streams,
        sockets: Callable[..., Awaitable[None]],
    ) -> None:
        self.gate = gate
        self._threads = threads
        self._bridge = bridge
        self._streams = streams
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if heads.refusal(scope):
                await receive()
                await send({"type": "websocket.close"})
                return
            await self._sockets(scope, receive, send)
            return
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        # Not in a method of its own, whose frame each open stream would keep.
        cohort = self.gate.cohort
        cohort.enter()
        started = time.perf_counter()
        try:
            trace = tracing.from_headers(scope["headers"])
            tracing.bind(trace)
            marks = [
                (b"x-trace-id", trace.trace_id.encode()),
                (b"x-request-id", trace.request_id.encode()),
            ]
            if self.gate.draining:
                marks.append(CLOSE)
            method, path = scope["method"], scope["path"]
            if refused := heads.refusal(scope):
                status, route = await self._refuse(refused, path, send, marks), "-"
            elif self._streams.is_stream(method, path):
                status, route = await self._stream(scope, receive, send, marks)
            else:
                status, route = await self._whole(scope, receive, send, marks)
            seconds = time.perf_counter() - started
            metrics.request(route, status)
            # What asks every few seconds would drown what matters.
            tell = log.debug if route in health.ROUTES else log.info
            tell("http", method=method, route=route, status=status, ms=round(seconds * 1000, 2))
        finally:
            cohort.leave()

    async def stop(self, close_listener: Callable[[], None]) -> None:
        """Finish what is in flight, at most DRAIN_SECONDS, and call `close_listener` as soon as that harms nobody."""
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        before = self.gate.close()
        log.info("draining", requests=before.count)
        try:
            async with asyncio.timeout_at(deadline):
                await self._streams.drain()
        except Exception:
            log.exception("drain_failed")
        done = await before.wait_empty(deadline)
        close_listener()
        # Each connection that is still used learns from its next answer that it is to be closed.
        done = await self.gate.cohort.wait_quiet(SETTLE_SECONDS, deadline) and done
        log.info("drained", complete=done)

    def close(self) -> None:
        """End the threads, after the server has ended."""
        for threads in self._threads:
            threads.stop(1.0)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """For servers started by their own command line; ours end by `stop`."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.stop(lambda: None)
                self.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _whole(self, scope: Scope, receive: Receive, send: Send, marks: list[tuple[bytes, bytes]]) -> tuple[int, str]:
        started = time.perf_counter()
        if scope["path"] in health.LIVE_PATHS:
            reply: Reply | None = health.live(scope["method"])
        else:
            reply = await self._bridge.answer(scope, receive)
        if reply is None:
            return 499, "-"
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers + marks})
        await send({"type": "http.response.body", "body": reply.body})
        metrics.latency(reply.route, time.perf_counter() - started)
        return reply.status, reply.route

    async def _refuse(self, refused: heads.Refusal, path: str, send: Send, marks: list[tuple[bytes, bytes]]) -> int:
        """Refuse a request by its head; what follows of it is not read."""
        headers = (*refused.headers, *marks, CLOSE)
        reply = self._worded(path, problem(refused.status, refused.code, refused.message, headers=headers))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})
        return reply.status

    def _worded(self, path: str, reply: Reply) -> Reply:
        body = self._streams.worded(path, reply.body)
        length = b"%d" % len(body)
        headers = [(name, length if name == b"content-length" else value) for name, value in reply.headers]
        return reply._replace(headers=headers, body=body)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, marks: list[tuple[bytes, bytes]]) -> tuple[int, str]:
        status = 0
        over = events = False

        async def send_marked(message: Scope) -> None:
            nonlocal status, over, events
            if message["type"] == "http.response.start":
                status = message["status"]
                events = any(name == b"content-type" and value.startswith(EVENTS) for name, value in message["headers"])
                message["headers"] = [*message["headers"], *marks]
            elif not message.get("more_body"):
                over = True
            await send(message)

        async def end(reply: Reply) -> None:
            """Answer `reply`; a response that has begun can only be ended, or left as it is: then the server breaks off the
            connection, so that nobody takes the part for the whole."""
            if not status:
                reply = self._worded(scope["path"], reply)
                await send_marked({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
                await send_marked({"type": "http.response.body", "body": reply.body})
            elif events and not over:
                await send_marked({"type": "http.response.body", "body": b""})
            elif not over:
                log.warning("broken_off", route=scope.get("axme.route", "-"), would_be=reply.status)

        if self.gate.draining:
            await end(busy("this server is stopping; take the stream up again"))
            return status, "-"
        if any(header(scope, name) for name in PROXY_HEADERS):
            # The connection is the proxy's. (The dictionary is that of all the connection's requests.)
            extensions = scope.get("extensions") or {}
            scope["extensions"] = {name: value for name, value in extensions.items() if name != connections.KEY}
        metrics.OPEN_STREAMS.inc()
        try:
            stream = await self._streams.application(scope, receive, send_marked)
            if stream is not None:
                # Thousands rest here: what they were asked with is not needed any more.
                scope["headers"].clear()
                await stream.rest()
        except DomainError as error:
            await end(refusal(error))
        except problems.DATABASE_AWAY as error:
            await end(busy(problems.note_database_away(error)))
        except Exception:
            # Neither server may see it: one would print it raw, the other leave the client waiting.
            log.exception("stream_failed", route=scope.get("axme.route", "-"))
            await end(problem(500, "internal_error", "something went wrong on our side"))
        finally:
            metrics.OPEN_STREAMS.dec()
        # Nothing was sent to a client that had left.
        return status or 499, scope.get("axme.route", "-")
