"""The site on uvicorn."""

import asyncio
from types import FrameType
from typing import Any

from django.conf import settings
from uvicorn import Config
from uvicorn import Server as UvicornServer
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from axme_site import connections, serve
from axme_site.connections import Connection, Ending
from axme_site.edge import Edge
from axme_site.serve import refusing


def run(host: str, port: int, *, application: Edge, reuse_port: bool = False) -> None:
    """Serve until told to stop. Raises OSError when the address can't be had."""
    listener = serve.listen(host, port, reuse_port=reuse_port)
    config = Config(
        application,
        http=Plain if settings.BEHIND_PROXY else Protocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Only the bridge believes the proxy, and only where it is told to.
        proxy_headers=False,
        timeout_keep_alive=serve.KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = Server(config, application)
    serve.settle()
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        application.close()


class Plain(HttpToolsProtocol):
    """Refuses bytes that are no request in the API's shape, and sends the headers of a response with what follows them."""

    __slots__ = ()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The request's task is made by now, but it has not run yet. Nothing follows the headers that answer a HEAD.
        if self.cycle is not None and self.scope["method"] != "HEAD":
            self.cycle.transport = WithHead(self.cycle)  # type: ignore[assignment]

    def send_400_response(self, msg: str) -> None:
        self.transport.write(refusing.malformed())
        self.transport.close()


class Protocol(Plain):
    """Tells every request's scope of its connection, and keeps less in memory: thousands of connections carry streams.

    What uvicorn makes for each has three queues, of 0.6 KiB each, that are almost never used.
    """

    # Without a dictionary of their own these leave room for the base's keys to be shared among all instances.
    __slots__ = ("client_left", "connection")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pipeline = Pipeline()  # type: ignore[assignment]
        self.connection = Connection()
        self.client_left = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = Flow(transport)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {connections.KEY: self.connection}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.message_event = Signal()  # type: ignore[assignment]

    def eof_received(self) -> None:
        self.client_left = True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.connection.end(Ending.RESET if exc else Ending.CLOSED if self.client_left else Ending.OURS)

    def timeout_keep_alive_handler(self) -> None:
        close = super().timeout_keep_alive_handler
        if self.connection.watched:
            self.timeout_keep_alive_task = self.loop.call_later(serve.WATCHED_SECONDS, close)
        else:
            close()


class Pipeline(list[Any]):
    """Requests that wait for the one before them on their connection: as much of a deque as uvicorn uses."""

    __slots__ = ()

    def appendleft(self, one: Any) -> None:
        self.insert(0, one)


class Flow(FlowControl):
    """Makes its event only when a client does not read as fast as we write."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.read_paused = False
        self.write_paused = False

    def pause_writing(self) -> None:
        self._is_writable_event = asyncio.Event()
        super().pause_writing()


class WithHead:
    """In the place of a response's transport until its headers are out: they go with what follows them, in one packet and by
    one call to the system."""

    __slots__ = ("_cycle", "_head", "_transport")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if not self._cycle.response_started:
            self._transport.write(data)  # that the client is to go on
        elif not self._head:
            self._head = data
        else:
            self._cycle.transport = self._transport
            self._transport.write(self._head + data)

    def close(self) -> None:
        self._transport.write(self._head)
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class Signal:
    """An asyncio.Event for one waiter, who awaits the future itself."""

    __slots__ = ("_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self) -> None:
        self._is_set = False

    def wait(self) -> "asyncio.Future[None]":
        self._waiter = asyncio.get_running_loop().create_future()
        if self._is_set:
            self._waiter.set_result(None)
        return self._waiter


class Server(UvicornServer):
    """Drains before it stops."""

    def __init__(self, config: Config, application: Edge) -> None:
        super().__init__(config)
        self._application = application
        self._draining: asyncio.Task[None] | None = None
        self._told_to_stop = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._told_to_stop:
            self.should_exit = self.force_exit = True
        self._told_to_stop = True
        self._application.gate.draining = True

    async def on_tick(self, counter: int) -> bool:
        if self._told_to_stop and self._draining is None:
            self._draining = asyncio.create_task(self._application.stop(self._close_listeners))
            self._draining.add_done_callback(self._drained)
        return await super().on_tick(counter)

    def _close_listeners(self) -> None:
        for server in self.servers:
            server.close()

    def _drained(self, draining: "asyncio.Task[None]") -> None:
        self.should_exit = True
