"""One answer for many who ask the same at once, each as fresh as if it had been made for them alone."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 256
"""Questions that are remembered; of more, those asked longest ago are forgotten."""


class _Round(Generic[T]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.begun = 0
        self.number = 0
        self.answer: list[T] = []


class Rounds(Generic[T]):
    """Who asks gets an answer whose making began after they asked: while one is made, others wait for the next and share
    it. So hundreds of pages that a commit wakes at once cost one page's work or two. Nobody may change an answer."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._rounds: OrderedDict[Hashable, _Round[T]] = OrderedDict()

    def answer(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes for `key`, begun no earlier than this call. Raises what `make` raises."""
        with self._mutex:
            shared = self._rounds.setdefault(key, _Round())
            self._rounds.move_to_end(key)
            if len(self._rounds) > MOST:
                self._rounds.popitem(last=False)
            asked = shared.begun
        with shared.lock:
            if shared.number <= asked:
                shared.begun = number = shared.begun + 1
                shared.answer = [make()]
                shared.number = number
            return shared.answer[0]
