"""What becomes of a client's TCP connection once its response is over.

ASGI tells of a disconnect only while a response is open. An agent that was handed work may keep its connection, silent,
while it works; when the agent is killed, the connection's end is the first anyone hears of it. So each of our servers
puts a Connection into the scope of every request, under `scope["extensions"]["axme.connection"]`, the same one for all
requests of one TCP connection. It is left out behind a proxy, whose connections say nothing about clients.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

KEY = "axme.connection"


class Ending(Enum):
    CLOSED = "closed"
    """By the client, in order, with everything read: it may have left, or only have no more requests."""
    RESET = "reset"
    """By the client's machine, with data unread: the client is gone. So ends an agent that is killed mid-stream."""
    OURS = "ours"
    """By this server: idle for too long, or stopping."""


class Connection:
    """One TCP connection. `ending` is None while it lives. Used on the event loop's thread alone."""

    __slots__ = ("_callbacks", "ending")

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self._callbacks: tuple[Callable[[], object], ...] = ()

    def add_lost_callback(self, callback: Callable[[], object]) -> None:
        """Call back, once, when the client ends the connection (CLOSED or RESET); at once if it has.

        While there is a callback the server keeps an idle connection for much longer.
        """
        if self.lost:
            callback()
        elif self.ending is None:
            self._callbacks += (callback,)

    def remove_lost_callback(self, callback: Callable[[], object]) -> None:
        self._callbacks = tuple(one for one in self._callbacks if one != callback)

    @property
    def lost(self) -> bool:
        """Whether the client ended it."""
        return self.ending in (Ending.CLOSED, Ending.RESET)

    @property
    def watched(self) -> bool:
        return bool(self._callbacks)

    def end(self, ending: Ending) -> None:
        """The server's word that the connection is over."""
        if self.ending is not None:
            return
        self.ending = ending
        callbacks, self._callbacks = self._callbacks, ()
        if self.lost:
            for callback in callbacks:
                callback()


def of(scope: Mapping[str, Any]) -> Connection | None:
    """The connection that a request came by, where its server tells."""
    connection: Connection | None = (scope.get("extensions") or {}).get(KEY)
    return connection
