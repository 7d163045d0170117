"""Credentials that no cell knows: for a moment they are not asked for again, and of one address so many are asked for in a
minute. Who tries keys at random keeps no other cell's database busy, and holds up nobody who has one."""

import time
from typing import Any

from intents.kernel.errors import RateLimited

UNKNOWN_SECONDS = 1.0
"""How long it is known that no cell knows a credential."""
WINDOW_SECONDS = 60.0
OF_ADDRESS = 120
"""So many that no cell knows may come from one address within a minute before the other cells are asked for none of its."""
OF_ALL = 6000
"""And so many from all addresses together. Either is counted by each web process for itself."""


class Strangers:
    """Those of one process, used on its event loop. `what` is anything that stands for a credential."""

    def __init__(self) -> None:
        self._until: dict[Any, float] = {}
        self._of: dict[str, int] = {}
        self._began = -1e9

    def has(self, what: Any) -> bool:
        """Whether it was asked for a moment ago, and no cell knew it."""
        return self._until.get(what, 0.0) > time.monotonic()

    def ensure_may_ask(self, address: str) -> None:
        """Before other cells are asked for what comes from an address. Raises RateLimited."""
        self._begin_anew()
        if self._of.get(address, 0) < OF_ADDRESS and len(self._until) < OF_ALL:
            return
        wait = max(1, round(self._began + WINDOW_SECONDS - time.monotonic()))
        raise RateLimited(
            f"too many keys and tokens that are not known came from here; wait {wait} s",
            retry_after=wait,
            limit=OF_ADDRESS,
            reset=int(time.time()) + wait,
        )

    def note(self, what: Any, address: str) -> None:
        """No cell knows it. One that comes again and again counts once."""
        if what not in self._until:
            self._of[address] = self._of.get(address, 0) + 1
        self._until[what] = time.monotonic() + UNKNOWN_SECONDS

    def _begin_anew(self) -> None:
        now = time.monotonic()
        if now - self._began >= WINDOW_SECONDS:
            self._began, self._of, self._until = now, {}, {}
