"""A proxy for what goes out, and a resolver that says what a test wants."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest


class Proxy:
    """Listens on the loopback, keeps what it is asked, and leads every tunnel to one port of this machine. `answers` is what
    it says to who asks, before that."""

    def __init__(self, leads_to: int, answers: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.asked: list[bytes] = []
        self._leads_to, self._answers = leads_to, answers
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """The first lines of what it was asked."""
        return [head.split(b"\r\n")[0].decode() for head in self.asked]

    def _listen(self) -> None:
        while True:
            try:
                taken, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(taken)
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        head = b""
        with suppress(OSError):
            while not head.endswith(b"\r\n\r\n"):
                if not (byte := taken.recv(1)):
                    return
                head += byte
            self.asked.append(head)
            taken.sendall(self._answers)
            if b" 200 " not in self._answers:
                return
            further = socket.create_connection(("127.0.0.1", self._leads_to))
            self._open.append(further)
            threading.Thread(target=_pass_on, args=(further, taken), daemon=True).start()
            _pass_on(taken, further)

    def close(self) -> None:
        """Listen no more, and end what is under way."""
        # A thread that waits in accept() keeps a listening socket open that is only closed.
        for one in (self._listening, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while piece := here.recv(65_536):
            there.sendall(piece)
        there.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(leads_to: int, **given: bytes) -> Iterator[Proxy]:
    """A proxy while the block runs."""
    listening = Proxy(leads_to, **given)
    try:
        yield listening
    finally:
        listening.close()


def resolves(monkeypatch: pytest.MonkeyPatch, **names: str) -> list[str]:
    """Names of `.example` have the addresses, by spaces, that are given for their first part; all others are as they are.
    Returns the names that will have been asked for."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if not str(host).endswith(".example"):
            return really(host, port, *rest, **options)
        asked.append(str(host))
        said = names[str(host).partition(".")[0]].split()
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in said]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked
