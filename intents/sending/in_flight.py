"""What the threads of this process are sending, and what has landed.

The threads use no database: what became of a message is written by whoever works next. A thread that takes too long is given
up and its place taken by another; its message counts as failed.
"""

import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from intents.kernel import failpoints
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.crew import Crew
from intents.sending.outbox import Outgoing, SendResult

GATHER_SECONDS = 0.004
"""How long the first of what has landed waits for more, while more is being sent: one look is for many."""
GIVEN_UP_MOST = 20
"""Threads of a channel that were given up and still hang; with more, nothing is sent by it until some return."""
WAITS_SECONDS = 1.0
"""After which a message only waits for its answer, and takes no slot from others where its channel has places for that."""

log = logging.getLogger(__name__)

Landed: TypeAlias = tuple[Channel, SendResult[Any]]
"""What became of a message, and the channel that sent it."""


@dataclass(slots=True)
class InFlight:
    """A message that a thread is sending since `begun`, by the monotonic clock."""

    channel: Channel
    message: Outgoing
    begun: float
    given_up: bool = False


class InFlightMessages:
    """Those of one sender; `landing` is called by their threads when one has landed."""

    def __init__(self, landing: Callable[[], None]) -> None:
        self._landing = landing
        self._crews: dict[str, Crew] = {}
        self._by_try: dict[tuple[UUID, int], InFlight] = {}
        self._delivered: queue.SimpleQueue[tuple[InFlight, SendResult[Any]]] = queue.SimpleQueue()

    @property
    def delivered(self) -> int:
        """How many have landed since `landed` was called."""
        return self._delivered.qsize()

    def awaited(self) -> list[InFlight]:
        """Those that were not given up."""
        return [flight for flight in self._by_try.values() if not flight.given_up]

    def places(self, channel: Channel) -> int:
        """How many messages of a channel may be sent now beside those that are."""
        mine = self._of(channel)
        awaited = [flight for flight in mine if not flight.given_up]
        waiting = sum(time.monotonic() - flight.begun > WAITS_SECONDS for flight in awaited)
        free = channel.slots + min(waiting, channel.waiting) - len(awaited)
        return 0 if sum(flight.given_up for flight in mine) > GIVEN_UP_MOST else max(free, 0)

    def busy(self, channel: Channel) -> list[UUID]:
        """The addresses that a channel is sending to, whether given up or not."""
        return list({address_id for flight in self._of(channel) if (address_id := flight.message.address_id) is not None})

    def start(self, channel: Channel, message: Outgoing) -> None:
        """Have a thread send it."""
        flight = InFlight(channel, message, time.monotonic())
        self._by_try[message.id, message.attempt] = flight
        self._crews.setdefault(channel.name, Crew(channel.name)).do(partial(self._deliver, flight))

    def landed(self) -> list[Landed]:
        """What became of messages since the last call, and what took too long. Where there is some and more is on its way,
        this waits a moment for that."""
        results: list[Landed] = []
        until = 0.0
        with suppress(queue.Empty):
            while True:
                left = until - time.monotonic()
                flight, result = self._delivered.get(timeout=left) if left > 0 else self._delivered.get_nowait()
                # A database that crashed may have lost the lease, and given the same try once more.
                self._by_try.pop((flight.message.id, flight.message.attempt), None)
                if not flight.given_up:
                    results.append((flight.channel, result))
                if not self._by_try:
                    until = 0.0
                elif not until:
                    until = time.monotonic() + GATHER_SECONDS
        return results + self._overdue()

    def _of(self, channel: Channel) -> list[InFlight]:
        return [flight for flight in self._by_try.values() if flight.channel is channel]

    def _overdue(self) -> list[Landed]:
        results: list[Landed] = []
        for flight in self.awaited():
            if time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                answer = f"no answer within {flight.channel.seconds:g} s"
                late = SendResult(flight.message, sent=False, answer=answer, detail=flight.channel.overdue)
                results.append((flight.channel, late))
        return results

    def _deliver(self, flight: InFlight) -> None:
        message = flight.message
        try:
            said = flight.channel.send(message)
            failpoints.hit("message_taken")
            taken = Sent(said) if isinstance(said, str) else said
            result = SendResult(message, sent=True, answer=taken.answer, detail=taken.detail)
        except NotSent as refusal:
            said_no = {"answer": refusal.answer, "permanent": refusal.permanent, "detail": refusal.detail}
            result = SendResult(message, sent=False, **said_no)
        except Exception as error:
            log.exception("a message could not be made", extra={"action": "sending.deliver", "message_id": str(message.id)})
            result = SendResult(message, sent=False, answer=type(error).__name__)
        self._delivered.put((flight, result))
        self._landing()
