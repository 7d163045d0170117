"""What the threads of this process are sending, what queues for them, and what has landed.

The threads use no database: what became of a message is written by whoever works next. A thread that takes too long is given
up and its place taken by another; its message counts as failed.
"""

import logging
import queue
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from intents.kernel import failpoints
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.crew import Crew
from intents.sending.outbox import ALONE, Ahead, Outgoing, SendResult
from intents.sending.queues import InFlight, Queues

GATHER_SECONDS = 0.004
"""How long the first of what has landed waits for more, while more is being sent: one look is for many."""
GATHER_MOST = 64
"""For so many a look is worth its cost, though more queues."""
GIVEN_UP_MOST = 20
"""Threads of a channel that were given up and still hang; with more, nothing is sent by it until some return."""
WAITS_SECONDS = 1.0
"""After which a message only waits for its answer, and takes no slot from others where its channel has places for that."""
AHEAD = 4
"""So many times as many messages are held as may be sent at once, where their targets are quick: those that answer within"""
QUICK_SECONDS = 0.25
KNOWN_MOST = 1000

log = logging.getLogger(__name__)

Landed: TypeAlias = tuple[Channel, SendResult[Any]]
"""What became of a message, and the channel that sent it."""


def is_urgent(channel: Channel, result: SendResult[Any]) -> bool:
    """Whether what became of a message is to be written down at once. What failed is: others are not sent to where nobody
    answers. So is what holds others up."""
    return not result.sent or channel.outbox.holds_up(result.message)


class InFlightMessages:
    """Those of one sender; `landing` is called by their threads when a look is worth it."""

    def __init__(self, landing: Callable[[], None]) -> None:
        self._landing = landing
        self._crews: dict[str, Crew] = {}
        self._queues: defaultdict[str, Queues] = defaultdict(Queues)
        self._by_try: dict[tuple[UUID, int], InFlight] = {}
        self._delivered: queue.SimpleQueue[tuple[InFlight, SendResult[Any]]] = queue.SimpleQueue()
        self._urgent = False
        self._quick: dict[str, set[UUID]] = defaultdict(set)

    @property
    def delivered(self) -> int:
        """How many have landed since `landed` was called."""
        return self._delivered.qsize()

    def awaited(self) -> list[InFlight]:
        """Those that are being sent, or have landed, and were not given up."""
        return [one for one in self._by_try.values() if not one.given_up and one.begun is not None]

    def places(self, channel: Channel) -> int:
        """How many messages of a channel may be sent now beside those that are."""
        mine = self._of(channel)
        begun = [one.begun for one in mine if not one.over and one.begun is not None]
        waiting = sum(time.monotonic() - since > WAITS_SECONDS for since in begun)
        free = channel.slots + min(waiting, channel.waiting) - len(begun)
        return 0 if sum(flight.given_up for flight in mine) > GIVEN_UP_MOST else max(free, 0)

    def busy(self, channel: Channel) -> list[UUID]:
        """The addresses that a channel is sending to, whether given up or not."""
        return list({address_id for flight in self._of(channel) if (address_id := flight.message.address_id) is not None})

    def ahead(self, channel: Channel) -> Ahead:
        """What may be leased beside what can be sent at once: nothing while much of that still queues."""
        quick = self._quick[channel.name]
        if not quick or self._queues[channel.name].length > channel.slots // 2:
            return ALONE
        held = [flight.message.id for flight in self._of(channel)]
        return Ahead(max(AHEAD * channel.slots - len(held), 0), list(quick), held)

    def start(self, channel: Channel, messages: Sequence[Outgoing]) -> None:
        """Have threads send them, and what queues."""
        queues = self._queues[channel.name]
        for message in messages:
            flight = InFlight(channel, message, time.monotonic())
            self._by_try[message.id, message.attempt] = flight
            queues.add(flight, channel.outbox.target_of(message))
        self.go_on(channel)

    def go_on(self, channel: Channel) -> None:
        """Have as many threads send what queues as there are places for."""
        queues = self._queues[channel.name]
        if not queues.length:
            return
        crew = self._crews.setdefault(channel.name, Crew(channel.name))
        for _ in range(self.places(channel)):
            if (begun := queues.take()) is None:
                break
            crew.do(partial(self._work, begun))

    def unsent(self, channel: Channel, *, whole: bool = False) -> list[Outgoing]:
        """What was leased and is not sent by this process after all, since the last call: all that queues, when `whole`."""
        found = self._queues[channel.name].unsent(whole=whole)
        for flight in found:
            self._by_try.pop((flight.message.id, flight.message.attempt), None)
        return [flight.message for flight in found]

    def landed(self) -> list[Landed]:
        """What became of messages since the last call, and what took too long. Where there is some and more is on its way,
        this waits a moment for that."""
        results: list[Landed] = []
        self._urgent, until = False, 0.0
        with suppress(queue.Empty):
            while True:
                left = until - time.monotonic()
                flight, result = self._delivered.get(timeout=left) if left > 0 else self._delivered.get_nowait()
                # A database that crashed may have lost the lease, and given the same try once more.
                self._by_try.pop((flight.message.id, flight.message.attempt), None)
                if not flight.given_up:
                    results.append((flight.channel, result))
                self._learn(flight, sent=result.sent)
                if not self._by_try or len(results) >= GATHER_MOST:
                    until = 0.0
                elif not until:
                    until = time.monotonic() + GATHER_SECONDS
        return results + self._overdue()

    def _of(self, channel: Channel) -> list[InFlight]:
        return [flight for flight in self._by_try.values() if flight.channel is channel]

    def _overdue(self) -> list[Landed]:
        results: list[Landed] = []
        for flight in self.awaited():
            if flight.begun is not None and time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                self._queues[flight.channel.name].leave(flight)
                self._learn(flight, sent=False)
                answer = f"no answer within {flight.channel.seconds:g} s"
                late = SendResult(flight.message, sent=False, answer=answer, detail=flight.channel.overdue)
                results.append((flight.channel, late))
        return results

    def _learn(self, flight: InFlight, *, sent: bool) -> None:
        """Remember whether a target answers quickly."""
        if (target := flight.channel.outbox.target_of(flight.message)) is None:
            return
        quick = self._quick[flight.channel.name]
        if sent and flight.seconds < QUICK_SECONDS:
            if len(quick) >= KNOWN_MOST:
                quick.clear()
            quick.add(target.id)
        else:
            quick.discard(target.id)

    @property
    def is_worth_a_look(self) -> bool:
        """Whether something has landed that is better seen to at once: it is urgent, it is much, or little more is to be
        sent."""
        count = self._delivered.qsize()
        return count > 0 and (self._urgent or count >= GATHER_MOST or not self._much_queues)

    @property
    def _much_queues(self) -> bool:
        return any(one.length > GATHER_MOST // 4 for one in list(self._queues.values()))

    def _work(self, flight: InFlight | None) -> None:
        """A thread's job: to send a message, and what queues after it."""
        while flight is not None:
            begun = time.monotonic()
            result = self._sent(flight)
            flight.seconds = time.monotonic() - begun
            self._urgent = self._urgent or is_urgent(flight.channel, result)
            self._delivered.put((flight, result))
            following = self._queues[flight.channel.name].done(flight, sent=result.sent)
            if following is None or self.is_worth_a_look:
                self._landing()
            flight = following

    def _sent(self, flight: InFlight) -> SendResult[Any]:
        message = flight.message
        try:
            said = flight.channel.send(message)
            failpoints.hit("message_taken")
            taken = Sent(said) if isinstance(said, str) else said
            return SendResult(message, sent=True, answer=taken.answer, detail=taken.detail)
        except NotSent as refusal:
            said_no = {"answer": refusal.answer, "permanent": refusal.permanent, "detail": refusal.detail}
            return SendResult(message, sent=False, **said_no)
        except Exception as error:
            log.exception("a message could not be made", extra={"action": "sending.deliver", "message_id": str(message.id)})
            return SendResult(message, sent=False, answer=type(error).__name__)
