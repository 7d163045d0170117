"""The ids that tie one request's log lines, events and answers together, with those of the caller."""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import NamedTuple
from uuid import uuid4

_SOUND = re.compile(rb"[\x21-\x7e]{1,128}")
# W3C Trace Context: version, trace id, parent id, flags; a version after the first may add more.
_TRACEPARENT = re.compile(rb"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_READ = frozenset({b"x-trace-id", b"x-request-id", b"traceparent"})


class Trace(NamedTuple):
    """`trace_id` follows a call through many services, `request_id` names this one request. Printable ASCII, at most 128.
    `parent_span` is the caller's span of the trace, 16 hexadecimal digits, where it sent W3C's `traceparent`."""

    trace_id: str
    request_id: str
    parent_span: str | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def from_headers(headers: Iterable[tuple[bytes, bytes]]) -> Trace:
    """The ids a request brought (`X-Trace-Id`, or else `traceparent`; `X-Request-Id`; names in lower case), made up where
    absent or malformed."""
    found = {name: value for name, value in headers if name in _READ}
    request_id = _sound(found.get(b"x-request-id"))
    if (given := found.get(b"traceparent")) and (parts := _TRACEPARENT.fullmatch(given)):
        trace_id, parent_span = parts[1].decode("ascii"), parts[2].decode("ascii")
        asked = _sound(found.get(b"x-trace-id", parts[1]))
        # A span belongs to the trace it was sent with.
        return Trace(asked, request_id, parent_span if asked.replace("-", "").lower() == trace_id else None)
    return Trace(_sound(found.get(b"x-trace-id")), request_id)


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
