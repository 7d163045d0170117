"""Connections to addresses that others give: checked where and when they are made, and ended in time.

Every address that a name resolves to is checked, then the peer of the socket. With a proxy, it is asked for an address that
was checked, never for a name: it has nothing to look up that could lead elsewhere. Uses no settings of the server, so that a
confined process can import it.
"""

import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

from intents.sending import reachable
from intents.sending.reachable import Address, Network

PIECE_BYTES = 16_384


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
class Rules:
    """Where connections may lead: to the open internet, encrypted, and to `networks`, also not encrypted. With the URL of a
    `proxy` to the internet by that alone."""

    networks: tuple[Network, ...] = ()
    proxy: str = ""

    def ensure_reachable(self, ip: Address, *, plain: bool) -> None:
        """Raises Unanswered when a connection may not lead to `ip`."""
        if not reachable.is_reachable(ip, self.networks):
            raise Unanswered(Fault.REFUSED, "this address is not on the open internet")
        if plain and not reachable.is_within(ip, self.networks):
            raise Unanswered(
                Fault.REFUSED, "outside, only encrypted connections are made: the URL has to begin with https://"
            )

    def is_direct(self, ip: Address) -> bool:
        """Whether `ip` is connected to without the proxy."""
        return not self.proxy or reachable.is_within(ip, self.networks)


class _Exchange(threading.local):
    """The exchange of this thread."""

    deadline = 0.0
    plain = False
    rules = Rules()
    at_proxy = False


_exchange = _Exchange()


def begin(*, seconds: float, plain: bool, rules: Rules) -> None:
    """From now on this thread's connections are for an exchange that may take so long, encrypted unless `plain`."""
    _exchange.deadline, _exchange.plain, _exchange.rules = time.monotonic() + seconds, plain, rules


def is_at_proxy() -> bool:
    """Whether this thread is connecting to the proxy, for an address that was checked."""
    return _exchange.at_proxy


@contextmanager
def _at_proxy() -> Iterator[None]:
    _exchange.at_proxy = True
    try:
        yield
    finally:
        _exchange.at_proxy = False


def _left() -> float:
    """Seconds that the exchange of this thread may still take. Raises TimeoutError."""
    left = _exchange.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class TimedStream(httpcore.NetworkStream):
    """A connection all of whose waits end with the exchange. What is written is sent with what follows, up to a piece, and
    once an answer is read: a request that is small is one packet."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._unsent = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        unsent, self._unsent = self._unsent, b""
        # As of httpcore itself: who hangs up before it has read all may have answered.
        with suppress(httpcore.WriteError):
            self._inner.write(unsent, _left())
        return self._inner.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        data, self._unsent = self._unsent + buffer, b""
        start = 0
        while len(data) - start > PIECE_BYTES:
            self._inner.write(data[start : start + PIECE_BYTES], _left())
            start += PIECE_BYTES
        self._unsent = data[start:]

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            return TimedStream(self._inner.start_tls(ssl_context, server_hostname, _left()))
        except httpcore.ConnectError as error:
            raise Unanswered(Fault.TLS, f"no encrypted connection: {error}") from None

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Connects where the exchange of the thread may."""

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
            _check(address)
        failed: Exception | None = None
        for number, address in enumerate(addresses):
            try:
                # One that drops everything leaves the others their time.
                return self._connected(address, port, _left() / (len(addresses) - number), socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or Unanswered(Fault.DNS, f"the name {host} has no address")

    def _connected(self, address: str, port: int, seconds: float, options: Iterable[Any] | None) -> httpcore.NetworkStream:
        if not _exchange.rules.is_direct(reachable.parsed(address)):
            return self._tunnel(address, port, seconds, options)
        stream = self._plain.connect_tcp(address, port, seconds, None, options)
        try:
            _check(stream.get_extra_info("server_addr")[0])
        except BaseException:
            stream.close()
            raise
        return TimedStream(stream)

    def _tunnel(self, address: str, port: int, seconds: float, options: Iterable[Any] | None) -> httpcore.NetworkStream:
        """By the proxy, which is the owner's own and may be anywhere, to an address that was checked."""
        proxy = urlsplit(_exchange.rules.proxy)
        assert proxy.hostname is not None
        with _at_proxy():
            stream = self._plain.connect_tcp(proxy.hostname, proxy.port or 80, seconds, None, options)
        place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        headers = [("Host", place)]
        if proxy.username is not None:
            words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            headers.append(("Proxy-Authorization", f"Basic {b64encode(words.encode()).decode()}"))
        url = httpcore.URL(scheme="http", host=proxy.hostname, port=proxy.port, target=place)
        asking = httpcore.HTTP11Connection(origin=url.origin, stream=TimedStream(stream))
        answer = asking.handle_request(httpcore.Request("CONNECT", url, headers=headers))
        if not 200 <= answer.status < 300:
            asking.close()
            raise httpcore.ConnectError(f"the proxy answered {answer.status}")
        tunnel: httpcore.NetworkStream = answer.extensions["network_stream"]
        return tunnel


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order to try them. Raises Unanswered."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unanswered(Fault.DNS, f"the name {host} has no address") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _check(address: str) -> None:
    """Raises Unanswered when this exchange does not go there."""
    _exchange.rules.ensure_reachable(reachable.parsed(address), plain=_exchange.plain)
