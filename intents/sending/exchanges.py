"""One HTTP exchange with an address that others give: no redirect is followed, and it has one time limit as a whole.

Uses no settings of the server, so that a confined process can import it; the server itself calls `connector`.
"""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpcore
import idna

from intents.sending import connections
from intents.sending.connections import Fault, Rules, Unanswered
from intents.sending.idle import IdleConnections

SECONDS = 15.0
"""What a whole exchange may take."""
KEPT_BYTES = 2048
"""How much of an answer's body is kept, if not more is asked for."""
WITH_BODY = ("POST", "PUT", "PATCH")


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
) -> Answer:
    """Send `body` to `url` by `rules`: the answer with the first `keep` bytes of its body, after `seconds` at most (the
    look-up of the name is the system's and has its own limit). Raises Unanswered."""
    parts = target(url)
    host = _ascii(parts.hostname or "")
    begun = time.monotonic()
    connections.begin(seconds=seconds, plain=parts.scheme == "http", rules=rules)
    place = httpcore.URL(
        scheme=parts.scheme,
        host=host,
        port=parts.port,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    sent: list[tuple[str, str | bytes]] = [
        ("Host", parts.netloc if parts.netloc.isascii() else host),
        ("Accept-Encoding", "identity"),
        *headers.items(),
    ]
    if body or method in WITH_BODY:
        sent.append(("Content-Length", str(len(body))))
    try:
        with _idle.answer(httpcore.Request(method, place, headers=sent, content=body)) as response:
            milliseconds = round((time.monotonic() - begun) * 1000)
            said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            kept, cut = _beginning(response.iter_stream(), keep)
    except (httpcore.TimeoutException, TimeoutError):
        raise Unanswered(Fault.TIMEOUT, f"no answer within {seconds:g} s") from None
    except httpcore.ConnectError as error:
        raise Unanswered(Fault.CONNECT, f"no connection: {error}") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unanswered(Fault.BROKEN, f"the connection broke off: {error or type(error).__name__}") from None
    return Answer(response.status, said, kept, cut, milliseconds)


def _ascii(host: str) -> str:
    """A host as the network names it. Raises Unanswered."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise Unanswered(Fault.REFUSED, f"this is no name of a host: {error}") from None


def _beginning(pieces: Iterable[bytes], keep: int) -> tuple[bytes, bool]:
    """The first `keep` bytes, and whether that is not all. The status has come: nothing after it changes what it says."""
    kept = b""
    try:
        for piece in pieces:
            kept += piece
            if len(kept) > keep:
                return kept[:keep], True
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, TimeoutError):
        return kept, True
    return kept, False


_idle = IdleConnections()
close = _idle.close
"""Close the connections that are kept for more."""
