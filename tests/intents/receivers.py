"""Receivers of HTTP requests that answer as badly as the network does."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from intents.sending import connector

Behaviour = Callable[[socket.socket, bytes], None]


class Receiver:
    """Listens on the loopback and answers each request by what its path names; counts connections and keeps requests."""

    def __init__(self, behaviours: dict[str, Behaviour], context: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._open: set[socket.socket] = set()
        self._behaviours, self._context = behaviours, context
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                taken, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        try:
            if self._context:
                taken = self._context.wrap_socket(taken, server_side=True)
            self._open.add(taken)
            while request := _request(taken):
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode()
                self._behaviours[path.partition("?")[0]](taken, request)
        except OSError:
            pass
        finally:
            self._open.discard(taken)
            taken.close()

    def close(self) -> None:
        """Listen no more, and end what is under way."""
        self._listening.close()
        for taken in list(self._open):
            with suppress(OSError):
                taken.shutdown(socket.SHUT_RDWR)


def _request(taken: socket.socket) -> bytes:
    """A whole request, empty when the other end has left."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = taken.recv(65_536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        piece = taken.recv(65_536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


def says(status: str, body: bytes = b"", *headers: str) -> Behaviour:
    """Answers properly."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    text = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda taken, request: taken.sendall(text)


def raw(text: bytes) -> Behaviour:
    """Sends `text` and hangs up."""

    def behave(taken: socket.socket, request: bytes) -> None:
        taken.sendall(text)
        taken.shutdown(socket.SHUT_RDWR)

    return behave


def drips(text: bytes, *, pause: float) -> Behaviour:
    """Sends a byte now and then."""

    def behave(taken: socket.socket, request: bytes) -> None:
        for byte in text:
            taken.sendall(bytes([byte]))
            time.sleep(pause)

    return behave


def endless(head: bytes, piece: bytes) -> Behaviour:
    """Never stops sending."""

    def behave(taken: socket.socket, request: bytes) -> None:
        taken.sendall(head)
        while True:
            taken.sendall(piece)

    return behave


def hangs(taken: socket.socket, request: bytes) -> None:
    """Reads and never answers."""
    taken.recv(1)


def resets(taken: socket.socket, request: bytes) -> None:
    """Ends the connection without goodbye."""
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()


def trust(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the connections of a test trust the authority in this file alone. What connected before, in a test of another
    file it may be, trusts another: which certificates are good is read once, and again when all is closed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    connector.close()


@contextmanager
def receiver(behaviours: dict[str, Behaviour], context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver while the block runs. No connection to it is kept longer."""
    listening = Receiver(behaviours, context)
    try:
        yield listening
    finally:
        connector.close()
        listening.close()
