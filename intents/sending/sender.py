"""Sends what is due, each channel in threads of its own, so that one that hangs delays no other.

The threads use no database: what became of a message is written by whoever works next. A thread that takes too long is given
up and its place taken by another; its message counts as failed.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection

from intents.kernel import clock, failpoints, statements
from intents.kernel.batches import Batches
from intents.sending import channels as registry
from intents.sending.channels import Channel, Feeder, NotSent, Sent
from intents.sending.crew import Crew
from intents.sending.outbox import Outgoing, SendResult
from intents.sending.pacing import Pace

WORK_SECONDS = 0.5
"""How long one call works at most; the next goes on."""
SETTLE_SECONDS = 0.1
"""How long a call waits for what it has sent."""
GATHER_SECONDS = 0.004
"""How long the first of what has landed waits for more, while more is being sent: one look is for many."""
WRITE_SECONDS = 0.05
WRITE_MOST = 64
"""How long what was sent waits to be written down, and for how many others at most, while more is being sent. What failed
does not: others are not sent to where nobody answers."""
GIVEN_UP_MOST = 20
"""Threads of a channel that were given up and still hang; with more, nothing is sent by it until some return."""
WAITS_SECONDS = 1.0
"""After which a message only waits for its answer, and takes no slot from others where its channel has places for that."""
DRAIN_SECONDS = 8.0
"""How long a worker that stops waits for what it is sending."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class InFlight:
    """A message that a thread is sending since `begun`, by the monotonic clock."""

    channel: Channel
    message: Outgoing
    begun: float
    given_up: bool = False


Landed: TypeAlias = tuple[Channel, SendResult[Any]]
"""What became of a message, and the channel that sent it."""


class Sender:
    """The messages that this process is sending: by `channels`, or by all that are registered."""

    def __init__(self, channels: Sequence[Channel] | None = None) -> None:
        self._chosen = channels
        self._turn = threading.Lock()
        self._more = False
        self._pace = Pace()
        self._wake = threading.Event()
        self._keeping = threading.Lock()
        self._until = 0.0
        self._crews: dict[str, Crew] = {}
        self._in_flight: dict[tuple[UUID, int], InFlight] = {}
        self._delivered: queue.SimpleQueue[tuple[InFlight, SendResult[Any]]] = queue.SimpleQueue()
        self._unwritten: list[Landed] = []
        self._write_at = 0.0
        self._failed = False

    def work(self, seconds: float = WORK_SECONDS) -> None:
        """Feed the outboxes, settle what was sent and send what is due, for some time at most."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + seconds
            while self._round() and time.monotonic() < until:
                if self._awaited() and self._delivered.empty() and not self._more:
                    self._wake.wait(WRITE_SECONDS if self._unwritten else SETTLE_SECONDS)
                    self._wake.clear()
            self._write_down()
        finally:
            self._turn.release()

    def keep_working(self, seconds: float) -> None:
        """`work` at once, and for `seconds` from now whenever a message has landed, a nudge came, or it is time to look for
        what was recorded. One thread does; the calls of others only have it go on for longer."""
        self._until = time.monotonic() + seconds
        self._pace.look_now()
        self.nudge()
        if not self._keeping.acquire(blocking=False):
            return
        try:
            while self._wait():
                self.work()
        finally:
            self._keeping.release()

    def nudge(self) -> None:
        """There is something to send."""
        self._more = True
        self._wake.set()

    def recorded(self) -> None:
        """Events were recorded, of which feeders make something."""
        if not self._pace.wanted:
            self._pace.wanted = True
            self._wake.set()

    def followed(self) -> None:
        """Somebody follows what feeders make of events, and will for some time."""
        self._pace.followed()
        self._wake.set()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Let what is being sent come to its end, for some time at most, and release the rest, so that it is sent by another
        process at once. For when nobody calls `work` any more."""
        with self._turn:
            until = time.monotonic() + seconds
            self._settle(0.0)
            while self._awaited() and (left := until - time.monotonic()) > 0:
                self._settle(min(left, SETTLE_SECONDS))
            for flight in self._awaited():
                flight.given_up = True
                flight.channel.outbox.requeue([flight.message])

    def _channels(self) -> Sequence[Channel]:
        return registry.registered() if self._chosen is None else self._chosen

    def _awaited(self) -> list[InFlight]:
        return [flight for flight in self._in_flight.values() if not flight.given_up]

    def _wait(self) -> bool:
        """Wait until there is something to look for. False when the time of `keep_working` is over before."""
        while not self._more and (due := self._pace.next_look) > (now := time.monotonic()):
            if now >= self._until:
                return False
            self._wake.wait(min(due, self._until) - now)
            self._wake.clear()
        self._more = False
        if not self._pace.resting:
            self._pace.wanted = False
        return True

    def _round(self) -> bool:
        """One look. Whether there may be more to do at once."""
        self._more = False
        landed = self._landed()
        self._keep(landed)
        resting = self._pace.resting
        channels = self._channels()
        feeders = [feeder for feeder in registry.feeders() if not (resting and feeder.batch)]
        if not resting:
            self._pace.wanted = False
        fed, ready, followed = _look(channels, feeders)
        needed = [feeder for feeder, needed in zip(feeders, fed, strict=True) if needed]
        # What adds to messages that wait comes before they are sent.
        made = {feeder.feed: _fed(feeder) for feeder in needed if not feeder.batch}
        # What is due goes out next: while it is on its way, what became of the others is written down.
        due = [channel for channel, is_due in zip(channels, ready, strict=True) if is_due]
        count = sum(self._start(channel) for channel in due)
        if self._is_time_to_write():
            self._write_down()
        made |= {feeder.feed: _fed(feeder) for feeder in needed if feeder.batch}
        if not resting:
            paced = [(made.get(feeder.feed, 0), feeder.batch) for feeder in feeders if feeder.batch]
            more = any(found >= batch for found, batch in paced)
            self._pace.looked(sum(found for found, _ in paced), more=more, followed=followed)
        return bool(count or landed or self._unwritten or any(made.values()))

    def _start(self, channel: Channel) -> int:
        mine = [flight for flight in self._in_flight.values() if flight.channel is channel]
        awaited = [flight for flight in mine if not flight.given_up]
        waiting = sum(time.monotonic() - flight.begun > WAITS_SECONDS for flight in awaited)
        free = channel.slots + min(waiting, channel.waiting) - len(awaited)
        if free <= 0 or sum(flight.given_up for flight in mine) > GIVEN_UP_MOST:
            return 0
        busy = {address_id for flight in mine if (address_id := flight.message.address_id) is not None}
        taken = [result.message.id for by, result in self._unwritten if by is channel and result.sent]
        leased = channel.outbox.lease(limit=free, busy=list(busy), taken=taken)
        crew = self._crews.setdefault(channel.name, Crew(channel.name))
        for message in leased:
            flight = InFlight(channel, message, time.monotonic())
            self._in_flight[message.id, message.attempt] = flight
            crew.do(partial(self._deliver, flight))
        return len(leased)

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
        self.nudge()

    def _settle(self, seconds: float) -> None:
        """Wait up to `seconds` for what is being sent, and write down what became of it."""
        if self._awaited() and self._delivered.empty():
            self._wake.wait(seconds)
            self._wake.clear()
        self._keep(self._landed())
        self._write_down()

    def _keep(self, landed: Sequence[Landed]) -> None:
        if landed and not self._unwritten:
            self._write_at = time.monotonic() + WRITE_SECONDS
        self._unwritten += landed

    def _is_time_to_write(self) -> bool:
        if len(self._unwritten) >= WRITE_MOST or not self._awaited() or time.monotonic() >= self._write_at:
            return True
        return not all(result.sent for _, result in self._unwritten)

    def _write_down(self) -> None:
        """Write down what became of messages. Where that fails it is kept for the next call, which comes when there is a
        database again; what fails then as well is sent again when its lease is over."""
        try:
            for channel in self._channels():
                if settled := [result for by, result in self._unwritten if by is channel]:
                    Batches("sending.settle", channel.outbox.settle, lambda result: result.message.id).run(settled)
                    self._unwritten = [landed for landed in self._unwritten if landed[0] is not channel]
        except Exception:
            if self._failed:
                self._unwritten = []
            self._failed = not self._failed
            raise
        self._unwritten, self._failed = [], False

    def _landed(self) -> list[Landed]:
        """What became of messages since the last call, and what took too long. Where there is some and more is on its way,
        this waits a moment for that."""
        results: list[Landed] = []
        until = 0.0
        with suppress(queue.Empty):
            while True:
                left = until - time.monotonic()
                flight, result = self._delivered.get(timeout=left) if left > 0 else self._delivered.get_nowait()
                # A database that crashed may have lost the lease, and given the same try once more.
                self._in_flight.pop((flight.message.id, flight.message.attempt), None)
                if not flight.given_up:
                    results.append((flight.channel, result))
                if not self._in_flight:
                    until = 0.0
                elif not until:
                    until = time.monotonic() + GATHER_SECONDS
        for flight in self._awaited():
            if time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                answer = f"no answer within {flight.channel.seconds:g} s"
                late = SendResult(flight.message, sent=False, answer=answer, detail=flight.channel.overdue)
                results.append((flight.channel, late))
        return results


def _look(channels: Sequence[Channel], feeders: Sequence[Feeder]) -> tuple[list[bool], list[bool], bool]:
    """Which feeders have something to do, which channels have something due, and whether somebody follows."""
    waiting = ", ".join(feeder.waiting for feeder in feeders)
    due = ", ".join(f"coalesce({channel.outbox.earliest} <= {clock.NOW}, false)" for channel in channels)
    asking = feeders if any(feeder.batch for feeder in feeders) else ()
    followed = " OR ".join(["false", *(feeder.followed for feeder in asking if feeder.followed)])
    look = f"SELECT ARRAY[{waiting}]::bool[], ARRAY[{due}]::bool[], {followed}"
    ((fed, ready, somebody),) = statements.rows(look, {"now": clock.override()})
    return fed, ready, somebody


def _fed(feeder: Feeder) -> int:
    """How much a feeder has made. What is broken for one must not hold up the others; it is asked again at the next look."""
    try:
        return feeder.feed()
    except Exception:
        log.exception("a feeder failed", extra={"action": "sending.feed", "feeder": feeder.feed.__qualname__})
        connection.close_if_unusable_or_obsolete()
        return 0


_sender = Sender()


def work(seconds: float) -> None:
    """Send what is due in this process's threads, and for `seconds` what becomes due by a nudge."""
    _sender.keep_working(seconds)


def nudge() -> None:
    """Something that this process has written is due now."""
    _sender.nudge()


def recorded() -> None:
    """Events were recorded, here or elsewhere."""
    _sender.recorded()


def followed() -> None:
    """Somebody follows, here or elsewhere, what feeders make of events."""
    _sender.followed()


def drain() -> None:
    """This process is about to end: leave no message under a lease."""
    _sender.drain()
