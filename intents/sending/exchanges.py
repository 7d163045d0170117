"""One HTTP exchange with an address that others give: no redirect is followed, and it has one time limit as a whole.

Uses no settings of the server, so that a confined process can import it; the server itself calls `connector`.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpcore
import idna

from intents.sending import connections
from intents.sending.connections import Fault, Rules, Unanswered
from intents.sending.idle import IdleConnections, Origin
from intents.sending.wire import Broken

SECONDS = 15.0
"""What a whole exchange may take."""
KEPT_BYTES = 2048
"""How much of an answer's body is kept, if not more is asked for."""
SAFE = ("GET", "HEAD")
WITH_BODY = ("POST", "PUT", "PATCH")
PORTS = {"http": 80, "https": 443}

_ENDS_LINE = re.compile(r"[\r\n\0]").search


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer to a request, whatever its status. `body` is its beginning, `cut` when there was more, or when it
    broke off or took too long: the status stands. `milliseconds` from the start of the exchange to its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    milliseconds: int


def target(url: str) -> SplitResult:
    """The parts of a URL that this server might post to. Raises Unanswered when it never would: by its scheme, for a name
    and password in it, a fragment, characters that no URL has or only escaped, or a host or port that cannot be."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise Unanswered(Fault.REFUSED, "a URL has no spaces, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unanswered(Fault.REFUSED, f"this is no URL: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise Unanswered(Fault.REFUSED, "the URL has to begin with https://")
    if parts.username is not None or parts.password is not None:
        raise Unanswered(Fault.REFUSED, "the URL must not hold a name or password")
    if parts.fragment or "#" in url:
        raise Unanswered(Fault.REFUSED, "the URL must not hold a fragment (#)")
    if not (parts.path + parts.query).isascii():
        raise Unanswered(Fault.REFUSED, "the path of a URL is written with %-escapes")
    if not parts.hostname or port == 0:
        raise Unanswered(Fault.REFUSED, "the URL names no host")
    return parts


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str | bytes],
    body: bytes,
    rules: Rules,
    seconds: float = SECONDS,
    keep: int = KEPT_BYTES,
    repeatable: bool = False,
) -> Answer:
    """Send `body` to `url` by `rules`: the answer with the first `keep` bytes of its body, after `seconds` at most (the
    look-up of the name is the system's and has its own limit). What is `repeatable`, as all is that changes nothing there,
    may come twice: when a connection that was kept ended at once, before anything of an answer came. Raises Unanswered."""
    to = _address(url)
    begun = time.monotonic()
    connections.begin(seconds=seconds, plain=to.origin.scheme == "http", rules=rules)
    length = len(body) if body or method in WITH_BODY else None
    request = _head(method, to, headers, length) + body
    try:
        repeatable = repeatable or method in SAFE
        heard = _idle.ask(to.origin, request, keep=keep, bodiless=method == "HEAD", repeatable=repeatable)
    except (httpcore.TimeoutException, TimeoutError):
        raise Unanswered(Fault.TIMEOUT, f"no answer within {seconds:g} s") from None
    except httpcore.ConnectError as error:
        raise Unanswered(Fault.CONNECT, f"no connection: {error}") from None
    except (Broken, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unanswered(Fault.BROKEN, f"the connection broke off: {error or type(error).__name__}") from None
    milliseconds = round((heard.at - begun) * 1000)
    return Answer(heard.status, heard.headers, heard.body, heard.cut, milliseconds)


class _Address(NamedTuple):
    """Where a URL leads, and what it is called there."""

    origin: Origin
    named: str
    path: str


@lru_cache(maxsize=1024)
def _address(url: str) -> _Address:
    """Raises Unanswered."""
    parts = target(url)
    host = _ascii(parts.hostname or "")
    origin = Origin(parts.scheme, host, parts.port or PORTS[parts.scheme])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Address(origin, parts.netloc if parts.netloc.isascii() else host, path)


def _head(method: str, to: _Address, headers: Mapping[str, str | bytes], length: int | None) -> bytes:
    """What a request says before its body, of `length` bytes if it has one. Raises Unanswered for headers that would say
    more than they are to."""
    lines = [f"{method} {to.path} HTTP/1.1", f"Host: {to.named}", "Accept-Encoding: identity"]
    lines += [f"{name}: {value if isinstance(value, str) else value.decode('latin-1')}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if any(map(_ENDS_LINE, lines)):
        raise Unanswered(Fault.BROKEN, "a header holds the end of a line")
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    except UnicodeEncodeError:
        raise Unanswered(Fault.BROKEN, "a header holds characters that none can") from None


def _ascii(host: str) -> str:
    """A host as the network names it. Raises Unanswered."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise Unanswered(Fault.REFUSED, f"this is no name of a host: {error}") from None


_idle = IdleConnections()
close = _idle.close
"""Close the connections that are kept for more."""
