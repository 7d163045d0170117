"""Connections that stay open between exchanges: whoever posts to the same place next takes the one used last.

Each is one exchange's alone while that lasts. httpcore's own pool looks at all of its connections under one lock for each
request, which with many endpoints takes longer than a request does.
"""

import ssl
import threading
import time
from typing import NamedTuple

from intents.sending import connections
from intents.sending.wire import ENDED, Connection, Heard

IDLE_SECONDS = 10.0
"""How long a connection stays open for the next exchange."""
AT_ONCE_SECONDS = 1.0
"""What ends a connection that had ended before is told sooner; after this time somebody may have been at the request."""
MOST = 400
"""How many do; more than these are closed after their exchange."""


class Origin(NamedTuple):
    """Where connections lead, and whether they are encrypted (`https`)."""

    scheme: str
    host: str
    port: int


class IdleConnections:
    """Those of one process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._by_origin: dict[Origin, list[Connection]] = {}
        self._count = 0
        self._looked_at = 0.0
        self._tls: ssl.SSLContext | None = None
        self._backend = connections.Backend()

    def ask(self, origin: Origin, request: bytes, *, keep: int, bodiless: bool = False, repeatable: bool = False) -> Heard:
        """The answer to `request`, as of `Connection.ask`. One that is `repeatable` is sent once more, by a new connection,
        where one that was kept ended at once and without a word: the other end may hang up at any time, also while a request
        is on its way to it. Raises what that and httpcore raise, and Unanswered."""
        kept, began = self._take(origin), time.monotonic()
        if kept is not None:
            try:
                return self._asked(origin, kept, request, keep, bodiless)
            except ENDED:
                if not (repeatable and kept.silent and time.monotonic() - began < AT_ONCE_SECONDS):
                    raise
        return self._asked(origin, self._new(origin), request, keep, bodiless)

    def _asked(self, origin: Origin, connection: Connection, request: bytes, keep: int, bodiless: bool) -> Heard:
        try:
            heard = connection.ask(request, keep=keep, bodiless=bodiless)
        except BaseException:
            connection.close()
            raise
        self._keep(origin, connection)
        return heard

    def close(self) -> None:
        """Close all that are idle."""
        with self._mutex:
            idle = [one for kept in self._by_origin.values() for one in kept]
            self._by_origin, self._count, self._tls = {}, 0, None
        for one in idle:
            one.close()

    def _take(self, origin: Origin) -> Connection | None:
        while True:
            with self._mutex:
                kept = self._by_origin.get(origin)
                if not kept:
                    return None
                connection = kept.pop()
                self._count -= 1
            if not connection.is_over(IDLE_SECONDS):
                return connection
            connection.close()

    def _new(self, origin: Origin) -> Connection:
        stream = self._backend.connect_tcp(origin.host, origin.port)
        if origin.scheme == "https":
            try:
                stream = stream.start_tls(self._encrypting(), origin.host)
            except BaseException:
                stream.close()
                raise
        return Connection(stream)

    def _encrypting(self) -> ssl.SSLContext:
        with self._mutex:
            if self._tls is None:
                self._tls = ssl.create_default_context()
                self._tls.set_alpn_protocols(["http/1.1"])
            return self._tls

    def _keep(self, origin: Origin, connection: Connection) -> None:
        with self._mutex:
            keep = connection.usable and self._count < MOST
            if keep:
                self._by_origin.setdefault(origin, []).append(connection)
                self._count += 1
            expired = self._expired()
        for one in expired if keep else [*expired, connection]:
            one.close()

    def _expired(self) -> list[Connection]:
        """Now and then, those of places that nothing was posted to since."""
        now = time.monotonic()
        if now - self._looked_at < IDLE_SECONDS:
            return []
        self._looked_at = now
        idle = [(origin, one, one.is_over(IDLE_SECONDS)) for origin, kept in self._by_origin.items() for one in kept]
        self._by_origin = {}
        for origin, one, expired in idle:
            if not expired:
                self._by_origin.setdefault(origin, []).append(one)
        found = [one for _, one, expired in idle if expired]
        self._count -= len(found)
        return found
