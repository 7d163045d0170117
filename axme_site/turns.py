"""Who of those that wait goes next, and with whom.

Of those that wait each workspace has its turn. One of which more waits than a share goes apart from the others, so that
these wait for none of its groups; and while others come too its groups are no larger than a share, so that neither the loop
nor a statement is taken up by it for long.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

MOST = 64
"""Requests of a group: beyond that a transaction takes longer, and each of them costs no less."""
SHARE = 16
"""Requests of a workspace that wait. One of which more do is crowded; so many of such go in a group beside others'."""
SHARED_SECONDS = 10.0
"""For so long after the requests of one workspace others' are expected too."""

T = TypeVar("T")


class Neighbours:
    """Whether more workspaces than one use this process, whatever they call."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: UUID | None = None
        self._until = 0.0

    def note(self, workspace_id: UUID) -> None:
        """One of its requests came."""
        if workspace_id != self._last:
            if self._last is not None:
                self._until = self._now() + SHARED_SECONDS
            self._last = workspace_id

    @property
    def is_shared(self) -> bool:
        return self._now() < self._until


class Turn(NamedTuple, Generic[T]):
    """Those that go together; `crowded` when they are of workspaces of which more wait than a share."""

    group: list[T]
    crowded: bool


class Turns(Generic[T]):
    """What waits in a lane."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._queues: dict[UUID, deque[T]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def add(self, workspace_id: UUID, one: T) -> None:
        self._neighbours.note(workspace_id)
        self._queues.setdefault(workspace_id, deque()).append(one)

    def clear(self) -> list[T]:
        """All that waited."""
        left, self._queues = self._queues, {}
        return [one for queue in left.values() for one in queue]

    def share(self, workspace_id: UUID) -> int:
        """How many would wait if as many did of each workspace as of this one."""
        return len(self._queues.get(workspace_id, ())) * len(self._queues)

    def is_crowded(self, workspace_id: UUID) -> bool:
        return len(self._queues.get(workspace_id, ())) > SHARE

    def next(self, *, held: Iterable[UUID], kinds: Iterable[bool], late: Callable[[UUID], int], most_late: int) -> Turn[T]:
        """Who goes next: none of a workspace that is `held`, and none of these `kinds` (crowded or not). The first of each
        workspace, the second of each, and so on. Of one of which groups are `late` its own alone, and none where `most_late`
        are."""
        out, running = set(held), set(kinds)
        ready = [one for one in self._queues if one not in out and late(one) < most_late]
        for crowded in (False, True):
            turn = [one for one in ready if self.is_crowded(one) is crowded]
            if turn and crowded not in running:
                turn = turn[:1] if late(turn[0]) else [one for one in turn if not late(one)]
                return Turn(self._deal(turn, SHARE if crowded and self._neighbours.is_shared else MOST), crowded)
        return Turn([], False)

    def _deal(self, turn: list[UUID], most: int) -> list[T]:
        group: list[T] = []
        while turn and len(group) < most:
            turn = turn[: most - len(group)]
            for workspace_id in turn:
                # Those behind it come before it next time.
                queue = self._queues.pop(workspace_id)
                group.append(queue.popleft())
                if queue:
                    self._queues[workspace_id] = queue
            turn = [one for one in turn if one in self._queues]
        return group
