"""The site on Daphne."""

# Daphne and much of Twisted come without types.
# mypy: disable-error-code="misc, no-untyped-call, var-annotated"

import asyncio
import signal
import socket
import tempfile
from typing import Any

from daphne import server as daphne_server
from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import connectionDone
from twisted.logger import STDLibLogObserver, globalLogPublisher
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, HTTPFactory

from axme_site import callers, connections, heads, problems, serve
from axme_site.connections import Connection, Ending
from axme_site.edge import Edge
from axme_site.serve import refusing
from intents import streams
from intents.kernel import tracing


def run(host: str, port: int, *, application: Edge, reuse_port: bool = False) -> None:
    """Serve until told to stop, in the main thread. Raises OSError when the address can't be had."""
    listener = serve.listen(host, port, reuse_port=reuse_port)
    server = Server(application, listener)
    serve.settle()
    try:
        server.run()
    finally:
        listener.close()
        application.close()


class Server(daphne_server.Server):
    """Listens on a socket of ours and drains before it stops."""

    def __init__(self, application: Edge, listener: socket.socket) -> None:
        super().__init__(
            application,
            endpoints=["unused"],
            signal_handlers=False,
            ready_callable=self._ready,
            # All but files come in one piece.
            request_buffer_size=settings.REQUEST_MAX_BYTES + 2,
            server_name="",
        )
        # Daphne insists on endpoints of its own making.
        self.endpoints = []
        self._edge = application
        self._listener = listener
        self._stopping: asyncio.Task[None] | None = None

    def _ready(self) -> None:
        factory = Factory()
        factory.server = self
        self._port = reactor.adoptStreamPort(self._listener.fileno(), self._listener.family, factory)
        # Daphne sends Twisted's words nowhere, or else makes it take over sys.stderr, where our log lines go.
        globalLogPublisher.addObserver(STDLibLogObserver("twisted"))  # type: ignore[arg-type]
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)

    def _told_to_stop(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._edge.stop(self._close_listener))
            self._stopping.add_done_callback(lambda stopping: self.stop())
        else:
            self.stop()

    def _close_listener(self) -> None:
        self._port.stopListening()
        self._listener.close()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Request) and not settings.BEHIND_PROXY:
            scope["extensions"] = protocol.channel.extensions
        queue = super().create_application(protocol, scope)
        if isinstance(protocol, Request) and queue is not None:
            self.connections[protocol]["application_instance"].add_done_callback(lambda _: protocol.break_off())
        return queue

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        channel = getattr(protocol, "channel", None)
        await super().handle_reply(protocol, message)
        if isinstance(channel, Channel):
            await channel.writable()

    def kill_all_applications(self) -> Any:
        # Daphne stumbles over a request that is still being sent and has no application yet.
        for protocol, details in list(self.connections.items()):
            if "application_instance" not in details:
                del self.connections[protocol]
        return super().kill_all_applications()


class Request(WebRequest):
    """Keeps its body in memory, or on disk when it is a file or large. Of one beyond the limit it keeps no more than shows
    that it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The site parses forms, on a thread. Twisted would parse them once more, on the loop, and some for seconds.
        super().__init__(*args, parsePOSTFormSubmission=False, **kwargs)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        trace = tracing.from_headers(())
        code = "schema_invalid" if status < 500 else "internal_error"
        text = problems.body(code, body, request_id=trace.request_id)
        ids = [(b"x-trace-id", trace.trace_id.encode()), (b"x-request-id", trace.request_id.encode())]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text)), *ids]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": text})

    def break_off(self) -> None:
        """Nobody writes any more: as uvicorn does, close the connection of a response that has not been sent whole."""
        if self._response_started and not self.finished and self.channel is not None:
            self.channel.loseConnection()

    def gotLength(self, length: int | None) -> None:
        path = self.channel._path.partition(b"?")[0].decode("latin-1")
        file = self.channel._command == b"PUT" and streams.is_stream("PUT", path)
        # Twisted closes it with the request.
        self.content = tempfile.TemporaryFile() if file else tempfile.SpooledTemporaryFile(callers.STRANGERS_BYTES)  # noqa: SIM115
        self._limit = settings.MEDIA_MAX_BYTES if file else settings.REQUEST_MAX_BYTES

    def handleContentChunk(self, data: bytes) -> None:
        room = self._limit + 1 - self.content.tell()
        if room > 0:
            self.content.write(data[:room])


class Channel(HTTPChannel):
    """Tells every request's scope of its connection, and holds up what writes faster than the client reads."""

    requestFactory = Request

    def __init__(self) -> None:
        super().__init__()
        self.connection = Connection()
        self.extensions = {connections.KEY: self.connection}
        self.closed_by_us = False
        self._full = False
        self._writers: list[asyncio.Future[None]] = []

    async def writable(self) -> None:
        """Return once the client has taken enough of what was written, or has gone."""
        while self._full:
            writer = asyncio.get_running_loop().create_future()
            self._writers.append(writer)
            await writer

    def pauseProducing(self) -> None:
        self._full = True
        super().pauseProducing()

    def resumeProducing(self) -> None:
        self._wake_writers()
        super().resumeProducing()

    def _wake_writers(self) -> None:
        self._full = False
        writers, self._writers = self._writers, []
        for writer in writers:
            if not writer.done():
                writer.set_result(None)

    def lineLengthExceeded(self, line: bytes) -> None:
        self._receivedHeaderSize += len(line)
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted closes the connection without a word, or with a bare 400 for everything.
        if self._receivedHeaderSize <= self.totalHeadersSize and self._receivedHeaderCount <= self.maxHeaders:
            answer = refusing.malformed()
        elif self._HTTPChannel__first_line:  # type: ignore[attr-defined]
            answer = refusing.answer(414, "payload_too_large", heads.TOO_LONG)
        else:
            answer = refusing.answer(431, "payload_too_large", heads.TOO_LARGE)
        self.transport.write(answer)  # type: ignore[union-attr, call-arg]
        self.loseConnection()

    def loseConnection(self) -> Any:
        self.closed_by_us = True
        return super().loseConnection()

    def timeoutConnection(self) -> None:
        if self.connection.watched and self.timeOut != serve.WATCHED_SECONDS:
            self.setTimeout(serve.WATCHED_SECONDS)
        else:
            super().timeoutConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self._wake_writers()
        in_order = Ending.OURS if self.closed_by_us else Ending.CLOSED
        self.connection.end(in_order if reason.check(ConnectionDone) else Ending.RESET)


class Factory(HTTPFactory):
    """HTTP/1.1 alone, so without the proxy object that Twisted puts in front of each channel to negotiate."""

    protocol = Channel  # type: ignore[assignment]
    timeOut = serve.KEEP_ALIVE_SECONDS
    server: Server

    def __init__(self) -> None:
        super().__init__(timeout=serve.KEEP_ALIVE_SECONDS)
