"""The one way by which this server talks HTTP to addresses that others give it.

Where a connection leads is checked when it is made, not when its name was written down: every address that the name resolves
to, and the peer of the socket. Redirects are not followed, encrypted connections only lead outside, and the whole exchange
has one time limit.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore
import idna
from django.conf import settings

from intents.sending import reachable

SECONDS = 15.0
"""What a whole exchange may take."""
KEPT_BYTES = 2048
"""How much of an answer's body is kept, if not more is asked for."""
CONNECTIONS = 100
IDLE_SECONDS = 10.0


class Fault(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    """This server does not connect there."""
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """The connection ended, or what came is no HTTP."""


class Unanswered(Exception):
    """There is no answer, because of `fault`; `text` says it to people."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault, self.text = fault, text


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
    and password in it, a fragment, characters that no URL has, or a host or port that cannot be."""
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
    if not parts.hostname or port == 0:
        raise Unanswered(Fault.REFUSED, "the URL names no host")
    return parts


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float = SECONDS,
    keep: int = KEPT_BYTES,
) -> Answer:
    """POST `body` to `url`: the answer with the first `keep` bytes of its body, after `seconds` at most (the look-up of the
    name is the system's and has its own limit). Raises Unanswered."""
    parts = target(url)
    host = _ascii(parts.hostname or "")
    begun = time.monotonic()
    _exchange.deadline, _exchange.plain = begun + seconds, parts.scheme == "http"
    request = httpcore.URL(
        scheme=parts.scheme,
        host=host,
        port=parts.port,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    sent = [
        ("Host", parts.netloc if parts.netloc.isascii() else host),
        ("Content-Length", str(len(body))),
        ("Accept-Encoding", "identity"),
        *headers.items(),
    ]
    try:
        with _pool().stream("POST", request, headers=sent, content=body, extensions={"timeout": _LIMITS}) as response:
            milliseconds = round((time.monotonic() - begun) * 1000)
            said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            kept, cut = _beginning(response.iter_stream(), keep)
    except (httpcore.TimeoutException, TimeoutError):
        raise Unanswered(Fault.TIMEOUT, f"no answer within {seconds:g} s") from None
    except httpcore.ConnectError as error:
        raise Unanswered(Fault.CONNECT, f"no connection: {error}") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unanswered(Fault.BROKEN, f"the connection broke off: {error or type(error).__name__}") from None
    except UnicodeEncodeError:
        raise Unanswered(Fault.REFUSED, "the path of a URL is written with %-escapes") from None
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


class _Exchange(threading.local):
    """The exchange of this thread."""

    deadline = 0.0
    plain = False


_exchange = _Exchange()
_LIMITS = {"pool": SECONDS}


def _left() -> float:
    """Seconds that the exchange of this thread may still take. Raises TimeoutError."""
    left = _exchange.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Stream(httpcore.NetworkStream):
    """A connection all of whose waits end with the exchange."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), 16_384):
            self._inner.write(buffer[start : start + 16_384], _left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left()))
        except httpcore.ConnectError as error:
            raise Unanswered(Fault.TLS, f"no encrypted connection: {error}") from None

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Connects where the server may."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolved(host, port)
        for address in addresses:
            _ensure_reachable(address)
        failed: Exception | None = None
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(address, port, _left(), local_address, socket_options)
            except httpcore.ConnectError as error:
                failed = error
                continue
            _ensure_reachable(stream.get_extra_info("server_addr")[0])
            return _Stream(stream)
        raise failed or Unanswered(Fault.DNS, f"the name {host} has no address")


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order to try them. Raises Unanswered."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unanswered(Fault.DNS, f"the name {host} has no address") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _ensure_reachable(address: str) -> None:
    """Raises Unanswered when this server does not go there; unencrypted it goes to the networks of its owner alone."""
    ip = reachable.parsed(address)
    networks = settings.OUTGOING_ALLOWED_NETWORKS
    if not reachable.is_reachable(ip, networks):
        raise Unanswered(Fault.REFUSED, "this address is not on the open internet")
    if _exchange.plain and not reachable.is_within(ip, networks):
        raise Unanswered(Fault.REFUSED, "outside, only encrypted connections are made: the URL has to begin with https://")


_making = threading.Lock()
_made: list[httpcore.ConnectionPool] = []


def _pool() -> httpcore.ConnectionPool:
    """The connections of this process, made when one is first needed."""
    with _making:
        if not _made:
            _made.append(
                httpcore.ConnectionPool(
                    ssl_context=ssl.create_default_context(),
                    max_connections=CONNECTIONS,
                    keepalive_expiry=IDLE_SECONDS,
                    network_backend=_Network(),
                )
            )
        return _made[0]


def close() -> None:
    """Close the connections that are kept for more."""
    with _making:
        while _made:
            _made.pop().close()
