"""The ids that tie one request's log lines, events and answers together."""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import NamedTuple
from uuid import uuid4

_SOUND = re.compile(rb"[\x21-\x7e]{1,128}")


class Trace(NamedTuple):
    """`trace_id` follows a call through many services, `request_id` names this one request. Printable ASCII, at most 128."""

    trace_id: str
    request_id: str


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def from_headers(headers: Iterable[tuple[bytes, bytes]]) -> Trace:
    """The ids a request brought (`X-Trace-Id`, `X-Request-Id`, names in lower case), made up where absent or malformed."""
    found = {name: value for name, value in headers if name in (b"x-trace-id", b"x-request-id")}
    return Trace(_sound(found.get(b"x-trace-id")), _sound(found.get(b"x-request-id")))


def _sound(value: bytes | None) -> str:
    return value.decode("ascii") if value and _SOUND.fullmatch(value) else str(uuid4())


def bind(trace: Trace) -> None:
    """Make `trace` the current one of this context."""
    _current.set(trace)


def bound() -> Trace | None:
    """The current ids, None outside of a request."""
    return _current.get()


def current() -> Trace:
    """The current ids; outside of a request new ones, which then stay for the context."""
    trace = _current.get()
    if trace is None:
        trace = Trace(str(uuid4()), str(uuid4()))
        _current.set(trace)
    return trace
