"""HTTP/1.1 over one connection: a request out, the answer to it in.

What comes is read by llhttp (`httptools`): httpcore's own reader, h11, takes longer for a small answer than all the rest of
an exchange does.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpcore
import httptools

READ_BYTES = 65_536
MOST_BESIDE = 100 * 1024
"""How much of an answer is read without a status or any of its body in it: its head, and what may come between and after the
pieces of its body. The parser gathers that, and for longer the more there is."""


class Broken(Exception):
    """The connection ended, or what came is no HTTP."""


ENDED = (Broken, httpcore.NetworkError)
"""What is raised where a connection ended before there was an answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: `body` is its beginning, `cut` when there was more, or when it broke off. `at` is when its status had come,
    by the monotonic clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    at: float


class Connection:
    """One that is connected to where it is to lead, for one exchange after the other while it is `usable`."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._used = time.monotonic()
        self.usable = True
        self.silent = True
        """Whether nothing of an answer has come to what was asked last."""

    def ask(self, request: bytes, *, keep: int, bodiless: bool = False) -> Heard:
        """Send a request: the answer with the first `keep` bytes of its body; `bodiless` when none follows, whatever it
        says. Once there is a status, nothing after it changes that. Raises Broken and what the stream raises."""
        self.usable, self.silent = False, True
        reader = _Reader(bodiless=bodiless)
        # Who hangs up before it has read all may have answered.
        with suppress(httpcore.WriteError):
            self._stream.write(request)
        broke_off = not self._read(reader, keep)
        cut = broke_off or len(reader.body) > keep
        self.usable = reader.over and reader.keeps and not reader.more and not cut
        self._used = time.monotonic()
        return Heard(reader.status, reader.headers, bytes(reader.body[:keep]), cut, reader.at)

    def _read(self, reader: "_Reader", keep: int) -> bool:
        """Read an answer to its end, or until more than `keep` of its body has come. False when it broke off."""
        parser = reader.parser()
        beside = 0
        while not reader.over and len(reader.body) <= keep:
            known = reader.status, len(reader.body)
            try:
                data = self._stream.read(READ_BYTES)
                if not data:
                    return reader.ended()
                self.silent = False
                parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                reader.over = True
            except httptools.HttpParserError as error:
                if not reader.status:
                    raise Broken(f"what came is no HTTP: {error}") from None
                # What follows a whole answer is nobody's.
                reader.more = True
                return reader.over
            except (httpcore.NetworkError, httpcore.TimeoutException, TimeoutError):
                if not reader.status:
                    raise
                return False
            beside = beside + len(data) if known == (reader.status, len(reader.body)) else 0
            if beside > MOST_BESIDE:
                if not reader.status:
                    raise Broken("what comes before the answer's body is too long")
                return False
        return True

    def is_over(self, seconds: float) -> bool:
        """Whether the other end has hung up, or said something unasked, or the connection was idle for so long."""
        return time.monotonic() - self._used > seconds or bool(self._stream.get_extra_info("is_readable"))

    def close(self) -> None:
        """The end of it."""
        self._stream.close()


class _Reader:
    """What the parser of one answer tells, in its words. What comes before the answer itself (1xx) is passed over."""

    def __init__(self, *, bodiless: bool) -> None:
        self._bodiless = bodiless
        self.status, self.at = 0, 0.0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.keeps = self.over = self.more = False
        """Whether the connection may be used again, the answer has ended, and something came after it."""

    def parser(self) -> httptools.HttpResponseParser:
        """One that tells this reader."""
        self._parser = parser = httptools.HttpResponseParser(self)
        # As forgiving as is safe where nothing is passed on: a status is all that counts.
        parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_chunked_length=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        return parser

    def ended(self) -> bool:
        """The other end has hung up. Returns whether the answer was to end so. Raises Broken when there is none."""
        if not self.status:
            raise Broken("the other end hung up without an answer")
        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        return not chunked and "content-length" not in self.headers

    def on_message_begin(self) -> None:
        self.more = self.over

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        if self.status:
            return
        status = self._parser.get_status_code()
        if status < 100:
            raise ValueError(f"{status} is no status")
        if status < 200 and status != 101:
            self.headers.clear()
            return
        self.status, self.at = status, time.monotonic()
        # Who says that a body follows where none can may send one all the same.
        odd = status == 204 and ("transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0")
        self.keeps = status != 101 and self._parser.should_keep_alive() and not (self._bodiless or odd)
        self.over = self._bodiless
        # They know each other only until here: nothing is left for the garbage collector.
        del self._parser

    def on_body(self, data: bytes) -> None:
        if not self.more:
            self.body += data

    def on_message_complete(self) -> None:
        self.over = self.over or bool(self.status)
