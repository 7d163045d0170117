"""Connections kept for the next exchange: used again while they are open, and never when the other end has hung up."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network

import pytest

from intents.sending import exchanges, idle
from intents.sending.connections import Rules, Unanswered

RULES = Rules(networks=(ip_network("127.0.0.0/8"),))
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Place(socketserver.ThreadingTCPServer):
    """Answers each request of a connection by `answers`, and hangs up after the last."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: int, answer: bytes = ANSWER) -> None:
        self.answers, self.answer, self.connections = answers, answer, 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(socketserver.StreamRequestHandler):
    server: Place

    def handle(self) -> None:
        self.server.connections += 1
        for _ in range(self.server.answers):
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                pass
            if not line:
                return
            self.wfile.write(self.server.answer)


@contextmanager
def place(answers: int, answer: bytes = ANSWER) -> Iterator[Place]:
    with Place(answers, answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    exchanges.close()
    yield
    exchanges.close()


def ask(server: Place) -> bytes:
    return exchanges.exchange("GET", server.url, headers={}, body=b"", rules=RULES).body


def test_one_after_the_other_goes_by_the_same_connection() -> None:
    with place(answers=9) as server:
        assert [ask(server) for _ in range(5)] == [b"ok"] * 5
        assert server.connections == 1


def test_many_at_once_have_one_each_and_leave_no_more_than_they_had() -> None:
    with place(answers=99) as server:
        barrier = threading.Barrier(4)

        def several() -> None:
            barrier.wait(60)
            for _ in range(20):
                ask(server)

        threads = [threading.Thread(target=several) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert 1 <= server.connections <= 4


def test_one_that_the_other_end_closed_is_not_used_again() -> None:
    with place(answers=1) as server:
        for number in range(1, 4):
            assert ask(server) == b"ok"
            wait_until_closed()
            assert server.connections == number


def wait_until_closed() -> None:
    """Until none is kept that goes on. One whose end came with the answer was not kept at all."""
    deadline = time.monotonic() + 60
    while not all(one.is_over(idle.IDLE_SECONDS) for kept in exchanges._idle._by_origin.values() for one in kept):
        assert time.monotonic() < deadline, "it stays open"
        time.sleep(0.005)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n" + b"x" * 99_999,
        b"nothing of the kind\r\n\r\n",
    ],
    ids=["closing", "more than is read", "no HTTP"],
)
def test_one_that_cannot_go_on_is_closed(answer: bytes) -> None:
    with place(answers=9, answer=answer) as server:
        for _ in range(3):
            with suppress(Unanswered):
                ask(server)
            assert exchanges._idle._by_origin.get(idle.Origin("http", "127.0.0.1", server.server_address[1]), []) == []
        assert server.connections == 3


def test_one_that_was_idle_for_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "IDLE_SECONDS", 0.0)
    with place(answers=9) as server, place(answers=9) as other:
        ask(server)
        ask(other)  # what is done there ends what nobody uses here
        ask(other)
        assert server.connections == 1
        assert other.connections == 2
        assert sum(map(len, exchanges._idle._by_origin.values())) <= 1


class Leaving(Handler):
    """Answers what a connection is asked first, reads what it is asked then, says `last_words` and hangs up."""

    server: "LeavingPlace"

    def handle(self) -> None:
        self.server.connections += 1
        for words in (ANSWER, self.server.last_words):
            if not self._read():
                return
            self.server.asked += 1
            if words != ANSWER:
                time.sleep(self.server.pause)
            self.wfile.write(words)

    def _read(self) -> bool:
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        return line == b"\r\n"


class LeavingPlace(Place):
    def __init__(self, last_words: bytes, pause: float) -> None:
        super().__init__(answers=0)
        self.RequestHandlerClass, self.last_words, self.pause, self.asked = Leaving, last_words, pause, 0


@contextmanager
def leaving(last_words: bytes = b"", pause: float = 0.0) -> Iterator[LeavingPlace]:
    with LeavingPlace(last_words, pause) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def post(server: Place, *, repeatable: bool) -> bytes:
    return exchanges.exchange("POST", server.url, headers={}, body=b"{}", rules=RULES, repeatable=repeatable).body


def test_what_may_come_twice_is_sent_again_when_a_kept_connection_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idle, "AT_ONCE_SECONDS", 60.0)  # however slow the machine
    with leaving() as server:
        assert [post(server, repeatable=True) for _ in range(3)] == [b"ok"] * 3
        assert [ask(server) for _ in range(2)] == [b"ok"] * 2
        assert (server.connections, server.asked) == (5, 9)


def test_what_somebody_may_have_been_at_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "AT_ONCE_SECONDS", 0.05)
    with leaving(pause=0.2) as server:
        assert post(server, repeatable=True) == b"ok"
        with pytest.raises(Unanswered):
            post(server, repeatable=True)
        assert (server.connections, server.asked) == (1, 2)


def test_what_may_not_come_twice_is_sent_once() -> None:
    with leaving() as server:
        assert post(server, repeatable=False) == b"ok"
        with pytest.raises(Unanswered):
            post(server, repeatable=False)
        assert (server.connections, server.asked) == (1, 2)


def test_what_was_begun_to_be_answered_is_not_sent_again() -> None:
    with leaving(b"HTTP/1.1 100 Continue\r\n\r\n") as server:
        assert post(server, repeatable=True) == b"ok"
        with pytest.raises(Unanswered):
            post(server, repeatable=True)
        assert (server.connections, server.asked) == (1, 2)


def test_what_ends_a_new_connection_without_a_word_is_not_sent_again() -> None:
    with place(answers=0) as server:
        with pytest.raises(Unanswered):
            post(server, repeatable=True)
        assert server.connections == 1
