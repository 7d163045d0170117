"""One answer for many who ask the same at once, each as fresh as if it had been made for them alone."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 256
"""Questions that are remembered; of more, those asked longest ago are forgotten."""


class _Round(Generic[T]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.begun = -math.inf
        self.answer: list[T] = []


class Rounds(Generic[T]):
    """Who asks gets an answer whose making began after they asked: while one is made, others wait for the next and share
    it. So hundreds of pages that a commit wakes at once cost one page's work or two. Nobody may change an answer."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._rounds: OrderedDict[Hashable, _Round[T]] = OrderedDict()

    def answer(self, key: Hashable, make: Callable[[], T], *, since: float | None = None) -> T:
        """What `make` makes for `key`, begun no earlier than `since`, a time of `time.monotonic`: when the question came,
        which may have waited for a thread meanwhile; else than this call. Raises what `make` raises."""
        asked = time.monotonic() if since is None else since
        with self._mutex:
            shared = self._rounds.setdefault(key, _Round())
            self._rounds.move_to_end(key)
            if len(self._rounds) > MOST:
                self._rounds.popitem(last=False)
        with shared.lock:
            if shared.begun < asked:
                begun = time.monotonic()
                shared.answer = [make()]
                shared.begun = begun
            return shared.answer[0]
