"""Connections that stay open between exchanges: whoever posts to the same place next takes the one used last.

Each is one exchange's alone while that lasts. httpcore's own pool looks at all of its connections under one lock for each
request, which with many endpoints takes longer than a request does.
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from intents.sending import connections

IDLE_SECONDS = 10.0
"""How long a connection stays open for the next exchange."""
MOST = 400
"""How many do; more than these are closed after their exchange."""


class IdleConnections:
    """Those of one process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._by_origin: dict[tuple[bytes, bytes, int], list[httpcore.HTTPConnection]] = {}
        self._count = 0
        self._looked_at = 0.0
        self._tls: ssl.SSLContext | None = None

    @contextmanager
    def answer(self, request: httpcore.Request) -> Iterator[httpcore.Response]:
        """The answer to `request`, whose body is read within. Raises what httpcore raises, and Unanswered."""
        connection = self._take(request.url.origin) or self._new(request.url.origin)
        try:
            response = connection.handle_request(request)
            try:
                yield response
            finally:
                response.close()
        except BaseException:
            connection.close()
            raise
        self._keep(request.url.origin, connection)

    def close(self) -> None:
        """Close all that are idle."""
        with self._mutex:
            idle = [one for kept in self._by_origin.values() for one in kept]
            self._by_origin, self._count, self._tls = {}, 0, None
        for one in idle:
            one.close()

    def _take(self, origin: httpcore.Origin) -> httpcore.HTTPConnection | None:
        while True:
            with self._mutex:
                kept = self._by_origin.get(_key(origin))
                if not kept:
                    return None
                connection = kept.pop()
                self._count -= 1
            if not connection.has_expired():
                return connection
            connection.close()

    def _new(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        with self._mutex:
            self._tls = self._tls or ssl.create_default_context()
        backend = connections.Backend()
        return httpcore.HTTPConnection(origin, self._tls, keepalive_expiry=IDLE_SECONDS, network_backend=backend)

    def _keep(self, origin: httpcore.Origin, connection: httpcore.HTTPConnection) -> None:
        with self._mutex:
            keep = connection.is_idle() and self._count < MOST
            if keep:
                self._by_origin.setdefault(_key(origin), []).append(connection)
                self._count += 1
            expired = self._expired()
        for one in expired if keep else [*expired, connection]:
            one.close()

    def _expired(self) -> list[httpcore.HTTPConnection]:
        """Now and then, those of places that nothing was posted to since."""
        now = time.monotonic()
        if now - self._looked_at < IDLE_SECONDS:
            return []
        self._looked_at = now
        idle = [(origin, one, one.has_expired()) for origin, kept in self._by_origin.items() for one in kept]
        self._by_origin = {}
        for origin, one, expired in idle:
            if not expired:
                self._by_origin.setdefault(origin, []).append(one)
        found = [one for _, one, expired in idle if expired]
        self._count -= len(found)
        return found


def _key(origin: httpcore.Origin) -> tuple[bytes, bytes, int]:
    return origin.scheme, origin.host, origin.port
