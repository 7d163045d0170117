"""Who waits for a thread: each asker in a line of its own, of which the first go in turn.

So who sends hundreds at once waits for itself, and whoever comes beside it for one of its jobs at a time.
"""

from collections import deque
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Busy(Exception):
    """More work is waiting than can be done in useful time."""


class Lines(Generic[T]):
    """What waits, at most `longest` of one asker, who has an equal share of these places where others wait too, and twice as
    many in all. Used by several threads."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._lines: dict[Hashable, deque[T]] = {}
        self._count = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def add(self, asker: Hashable, one: T) -> None:
        """Raises Busy."""
        with self._lock:
            line = self._lines.get(asker)
            if line is None:
                mine, lines = 0, len(self._lines) + 1
            else:
                mine, lines = len(line), len(self._lines)
            if mine * lines >= self._longest or self._count >= 2 * self._longest:
                raise Busy
            if line is None:
                line = self._lines[asker] = deque()
            line.append(one)
            self._count += 1

    def next(self) -> T:
        """Take one out: the first of the line whose turn it is. Raises StopIteration when nothing waits."""
        with self._lock:
            asker = next(iter(self._lines))
            # Those behind it come before it next time.
            line = self._lines.pop(asker)
            one = line.popleft()
            if line:
                self._lines[asker] = line
            self._count -= 1
            return one
