"""What groups of requests hold of the threads, those of all lanes together, and who holds them up.

A group that takes long waits for a lock of one of its workspaces, or its connection hangs. Then nobody knows yet whose fault
that is, so that each of its workspaces goes on in groups of its own; one whose own group is late as well waits.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

MOST_LATE = 2
"""Late groups of a workspace: while it has so many, its requests wait and hold no more threads."""


@dataclass(eq=False, slots=True)
class Place:
    """Of a group of requests of these workspaces."""

    workspaces: frozenset[UUID]
    is_late: bool = False
    is_left: bool = False


class Places:
    """All of the threads but one, so that other requests find one while groups hang. Used on the event loop alone."""

    def __init__(self, threads: int) -> None:
        self._free = max(1, threads - 1)
        self._late: Counter[UUID] = Counter()
        self._waiting: deque[Callable[[], object]] = deque()
        self._held_up: dict[Callable[[], object], None] = {}

    def is_free(self, begin: Callable[[], object]) -> bool:
        """Whether a group may begin; if not, `begin` is called once one may, after those who asked before."""
        if not self._free:
            self._waiting.append(begin)
        return self._free > 0

    def take(self, workspaces: Iterable[UUID]) -> Place:
        self._free -= 1
        return Place(frozenset(workspaces))

    def be_late(self, place: Place) -> None:
        place.is_late = True
        self._late.update(place.workspaces)

    def late(self, workspace_id: UUID) -> int:
        """How many groups of this workspace are late."""
        return self._late.get(workspace_id, 0)

    def when_fewer_are_late(self, begin: Callable[[], object]) -> None:
        """Call `begin` once then."""
        self._held_up[begin] = None

    def leave(self, place: Place) -> None:
        """Once the group is done, or is given up; after that it changes nothing."""
        if place.is_left:
            return
        place.is_left = True
        self._free += 1
        if place.is_late:
            self._late -= Counter(place.workspaces)
            held_up, self._held_up = self._held_up, {}
            for begin in held_up:
                begin()
        while self._free and self._waiting:
            self._waiting.popleft()()
