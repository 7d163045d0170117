"""Wake-up signals within a process: who listens on an event loop is told at once of what any thread says."""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection

Signal = tuple[str, ...]
Call = Callable[[list[str]], None]

log = logging.getLogger(__name__)


class Near:
    """Listeners, one a loop. Each is told everything that was gathered until its loop comes to it, once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[asyncio.AbstractEventLoop, Call] = {}
        self._told: dict[asyncio.AbstractEventLoop, set[Signal]] = {}

    def attach(self, loop: asyncio.AbstractEventLoop, call: Call) -> None:
        """Have `call` called on this loop with each signal, until `detach`."""
        with self._lock:
            self._calls = {**self._calls, loop: call}

    def detach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The listener of this loop hears no more."""
        with self._lock:
            self._calls = {one: call for one, call in self._calls.items() if one is not loop}
            self._told.pop(loop, None)

    def hears(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether somebody on this loop is told."""
        return loop in self._calls

    def tell(self, signals: Collection[Signal]) -> None:
        """Never waits or fails, whatever thread calls it."""
        for loop in self._calls if signals else ():
            with self._lock:
                waiting = loop in self._told
                self._told.setdefault(loop, set()).update(signals)
            if waiting:
                continue
            try:
                loop.call_soon_threadsafe(self._say, loop)
            except RuntimeError:  # it is closed
                self.detach(loop)

    def _say(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            told, call = self._told.pop(loop, set()), self._calls.get(loop)
        for signal in told if call else ():
            try:
                call(list(signal))  # type: ignore[misc]
            except Exception:
                log.exception("a wake-up signal failed", extra={"action": "near.say"})
