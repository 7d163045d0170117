"""Answers as they come over a connection, whole and byte by byte, and whether the connection goes on after them."""

from typing import Any

import httpcore
import pytest

from intents.sending import exchanges, wire
from intents.sending.connections import Fault, Rules, Unanswered

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"content-length: 2\r\n\r\nok"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


class Said(httpcore.NetworkStream):
    """Another end that has said `pieces`, and hung up."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.heard = pieces, b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.heard += buffer

    def get_extra_info(self, info: str) -> Any:
        return None

    def close(self) -> None:
        """Nothing is open."""


def whole(said: bytes, *, keep: int, bodiless: bool = False) -> tuple[wire.Heard, bool]:
    """What is made of it, in pieces as they are read, and whether the connection may be used again."""
    connection = wire.Connection(Said([said[at : at + wire.READ_BYTES] for at in range(0, len(said), wire.READ_BYTES)]))
    heard = connection.ask(b"", keep=keep, bodiless=bodiless)
    return heard, connection.usable


def ask(said: bytes, *, keep: int = 8, bodiless: bool = False) -> tuple[wire.Heard, bool]:
    """What is made of it, the same however it comes, and whether the connection may be used again."""
    heard, usable = whole(said, keep=keep, bodiless=bodiless)
    bits = wire.Connection(Said([said[at : at + 1] for at in range(len(said))]))
    again = bits.ask(b"", keep=keep, bodiless=bodiless)
    assert (again.status, again.headers, again.body, again.cut) == (heard.status, heard.headers, heard.body, heard.cut)
    return heard, usable


@pytest.mark.parametrize(
    ("said", "status", "body", "cut", "usable"),
    [
        (OK + TWO, 200, b"ok", False, True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", False, True),
        (b"HTTP/1.1 204 No Content\r\n\r\n<html>", 204, b"", False, False),
        (b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", 204, b"", False, True),
        (b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", 204, b"", False, False),
        (b"HTTP/1.1 204 No Content\r\n" + CHUNKED, 204, b"", False, False),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 20\r\n\r\n", 304, b"", False, True),
        (b"HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early\r\n\r\n" + OK + TWO, 200, b"ok", False, True),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nfoo", 101, b"", False, False),
        (b"HTTP/1.1 200\ncontent-length: 2\n\nok", 200, b"ok", False, True),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, b"ok", False, False),
        (OK + b"connection: close\r\n" + TWO, 200, b"ok", False, False),
        (OK + b"x: folded\r\n over lines\r\n" + TWO, 200, b"ok", False, True),
        (OK + b"\r\nto the end", 200, b"to the e", True, False),
        (OK + b"\r\nto end", 200, b"to end", False, False),
        (OK + b"content-length: 20\r\n\r\nhalf", 200, b"half", True, False),
        (OK + b"content-length: 20\r\n\r\n" + b"x" * 20, 200, b"x" * 8, True, False),
        (OK + CHUNKED + b"2\r\nok\r\n0\r\n\r\n", 200, b"ok", False, True),
        (OK + CHUNKED + b"2;why=not\r\nok\r\n0\r\nx-after: all\r\n\r\n", 200, b"ok", False, True),
        (OK + CHUNKED + b"2\r\nok\r\n", 200, b"ok", True, False),
        (OK + CHUNKED + b"2\r\nok\r\nnonsense", 200, b"ok", True, False),
        (OK + b"content-length: 3\r\n" + CHUNKED + b"2\r\nok\r\n0\r\n\r\n", 200, b"ok", False, True),
        (OK + TWO + b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno", 200, b"ok", False, False),
        (OK + TWO + b"\0nonsense", 200, b"ok", False, False),
        (b"HTTP/1.1 999 What\r\n" + TWO, 999, b"ok", False, True),
    ],
)
def test_an_answer_is_its_status_and_the_beginning_of_its_body(
    said: bytes, status: int, body: bytes, cut: bool, usable: bool
) -> None:
    heard, goes_on = ask(said)
    assert (heard.status, heard.body, heard.cut, goes_on) == (status, body, cut, usable)


def test_headers_are_those_of_the_answer_itself_with_small_names() -> None:
    said = b"HTTP/1.1 100 Continue\r\nx-no: 1\r\n\r\n" + OK + b"X-A:  1 \r\nx-\xe9: no\r\n"
    heard, _ = ask(OK + b"X-A:  1 \r\nRetry-After: 5\r\n" + CHUNKED + b"2\r\nok\r\n0\r\nx-after: 2\r\n\r\n")
    assert heard.headers == {"x-a": "1", "retry-after": "5", "transfer-encoding": "chunked"}
    with pytest.raises(wire.Broken):
        ask(said)


def test_no_body_follows_what_asks_for_none() -> None:
    heard, goes_on = ask(OK + b"content-length: 2\r\n\r\n", bodiless=True)
    assert (heard.status, heard.body, heard.cut, goes_on) == (200, b"", False, False)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        OK,
        OK + b"content-length: two\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 099 Early\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9,
        OK + b"x: " + b"y" * 2 * wire.MOST_BESIDE + b"\r\n\r\n",
    ],
    ids=["nothing", "half", "no length", "no HTTP", "no status", "no end", "too much"],
)
def test_what_is_no_answer_is_none(said: bytes) -> None:
    connection = wire.Connection(Said([said[at : at + 4096] for at in range(0, len(said), 4096)]))
    with pytest.raises(wire.Broken):
        connection.ask(b"", keep=8)
    assert not connection.usable


@pytest.mark.parametrize("beside", [b"", b"x: ", b"x: y\r\n"], ids=["a name", "a value", "headers"])
def test_what_is_said_after_a_body_without_end_is_not_read(beside: bytes) -> None:
    more = [beside * 1000 if beside.endswith(b"\n") else b"a" * 4096] * 1000
    said = Said([OK + CHUNKED + b"2\r\nok\r\n0\r\n" + beside, *more])
    connection = wire.Connection(said)
    heard = connection.ask(b"", keep=8)
    assert (heard.status, heard.body, heard.cut, connection.usable) == (200, b"ok", True, False)
    assert len(said.pieces) > 900


def test_an_answer_in_the_smallest_pieces_is_read_whole() -> None:
    count = wire.MOST_BESIDE // 4
    heard, goes_on = whole(OK + CHUNKED + b"1\r\nx\r\n" * count + b"0\r\n\r\n", keep=count)
    assert (heard.body, heard.cut, goes_on) == (b"x" * count, False, True)


@pytest.mark.parametrize("headers", [{"x": "a\r\nhost: b"}, {"x\n": "a"}, {"x": "\0"}, {"x": "☃"}])
def test_a_header_says_no_more_than_itself(headers: dict[str, str]) -> None:
    with pytest.raises(Unanswered) as raised:
        exchanges.exchange("POST", "http://192.0.2.1/", headers=headers, body=b"", rules=Rules())
    assert raised.value.fault is Fault.BROKEN
