"""Messages that were leased ahead: to each target so many are sent at a time, and the others queue for whoever is done.

A lease and a look cost the same for one message as for many. To one target that answers quickly more are leased than may be
sent to it at a time, and a thread that is done with one takes the next of those itself. The first that fails, and time, give
back what still queues: it was never sent, and another look leases it anew.
"""

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from intents.sending.channels import Channel
from intents.sending.outbox import Outgoing, Target

STALE_SECONDS = 5.0
"""How long a message queues at most: its lease has to last for its try."""


@dataclass(slots=True, eq=False)
class InFlight:
    """A message that was leased at `leased` and that a thread is sending since `begun`, by the monotonic clock; None while
    it queues. `over` when the thread is done with it, after so many `seconds`, or was given up."""

    channel: Channel
    message: Outgoing
    leased: float
    begun: float | None = None
    seconds: float = 0.0
    over: bool = False
    given_up: bool = False
    queue: "_Queue | None" = None


@dataclass(slots=True, eq=False)
class _Queue:
    """What is to be sent to one target, `at_once` at a time; `active` are being sent."""

    at_once: float
    waiting: deque[InFlight] = field(default_factory=deque)
    active: int = 0
    listed: bool = False


class Queues:
    """Those of one channel. Targets take turns."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._by_target: dict[UUID | None, _Queue] = {}
        self._next: deque[_Queue] = deque()
        self._unsent: list[InFlight] = []
        self.length = 0

    def add(self, flight: InFlight, target: Target | None) -> None:
        """Queue a message for its target; one that has none waits for no other."""
        with self._mutex:
            key = target.id if target else None
            queue = self._by_target.setdefault(key, _Queue(math.inf))
            queue.at_once = target.at_once if target else queue.at_once
            flight.queue = queue
            queue.waiting.append(flight)
            self.length += 1
            self._list(queue)

    def take(self) -> InFlight | None:
        """The next that may be sent, which is begun now."""
        with self._mutex:
            return self._take()

    def done(self, flight: InFlight, *, sent: bool) -> InFlight | None:
        """A thread is done with a message: the next for it. What queues behind one that was not sent is unsent."""
        with self._mutex:
            self._leave(flight)
            if not sent:
                self._release_behind(flight)
            return self._take()

    def leave(self, flight: InFlight) -> None:
        """A message was given up, with whatever queues behind it."""
        with self._mutex:
            self._leave(flight)
            self._release_behind(flight)

    def unsent(self, *, whole: bool = False) -> list[InFlight]:
        """What will not be sent by this process, since the last call: all that still queues, when `whole`."""
        with self._mutex:
            if whole:
                for queue in list(self._by_target.values()):
                    self._release(queue)
            found, self._unsent = self._unsent, []
            return found

    def _take(self) -> InFlight | None:
        while self._next:
            queue = self._next.popleft()
            queue.listed = False
            if not queue.waiting or queue.active >= queue.at_once:
                continue
            flight = queue.waiting.popleft()
            self.length -= 1
            now = time.monotonic()
            if now - flight.leased > STALE_SECONDS:
                self._unsent.append(flight)
                self._list(queue)
                continue
            flight.begun = now
            queue.active += 1
            self._list(queue)
            return flight
        return None

    def _leave(self, flight: InFlight) -> None:
        """Only once, though a thread that was given up may be done at last."""
        if flight.queue is None or flight.over:
            return
        flight.over = True
        flight.queue.active -= 1
        self._list(flight.queue)
        self._tidy()

    def _release_behind(self, flight: InFlight) -> None:
        if flight.queue is not None and flight.queue.at_once < math.inf:
            self._release(flight.queue)

    def _release(self, queue: _Queue) -> None:
        self.length -= len(queue.waiting)
        self._unsent += queue.waiting
        queue.waiting.clear()

    def _list(self, queue: _Queue) -> None:
        if queue.waiting and queue.active < queue.at_once and not queue.listed:
            queue.listed = True
            self._next.append(queue)

    def _tidy(self) -> None:
        if len(self._by_target) > 1000:
            self._by_target = {key: queue for key, queue in self._by_target.items() if queue.waiting or queue.active}
