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
from typing import Any
from uuid import UUID

from django.db import connection

from intents.kernel import clock, failpoints, statements
from intents.kernel.batches import Batches
from intents.sending import channels as registry
from intents.sending.channels import Channel, Feeder, NotSent, Sent
from intents.sending.outbox import Outgoing, SendResult

WORK_SECONDS = 0.5
"""How long one call works at most; the next goes on."""
SETTLE_SECONDS = 0.1
"""How long a call waits for what it has sent."""
FEED_SECONDS = 0.01
"""The same where nothing is being sent, as what feeders made may be due, or make more, at once."""
GATHER_SECONDS = 0.004
"""How long the first of what has landed waits for more, while more is being sent: many are written down at once."""
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


class Sender:
    """The messages that this process is sending: by `channels`, or by all that are registered."""

    def __init__(self, channels: Sequence[Channel] | None = None) -> None:
        self._chosen = channels
        self._turn = threading.Lock()
        self._more = threading.Event()
        self._keeping = threading.Lock()
        self._until = 0.0
        self._in_flight: dict[tuple[UUID, int], InFlight] = {}
        self._delivered: queue.SimpleQueue[tuple[InFlight, SendResult[Any]]] = queue.SimpleQueue()

    def work(self, seconds: float = WORK_SECONDS) -> None:
        """Feed the outboxes, settle what was sent and send what is due, for some time at most."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + seconds
            while self._round() and time.monotonic() < until:
                pass
        finally:
            self._turn.release()

    def keep_working(self, seconds: float) -> None:
        """`work` at once, and for `seconds` from now whenever a message has landed or a nudge came. One thread does; the
        calls of others only have it go on for longer."""
        self._until = time.monotonic() + seconds
        self._more.set()
        if not self._keeping.acquire(blocking=False):
            return
        try:
            while self._more.wait(max(0.0, self._until - time.monotonic())):
                self._more.clear()
                self.work()
        finally:
            self._keeping.release()

    def nudge(self) -> None:
        """There is something to send."""
        self._more.set()

    def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Let what is being sent come to its end, for some time at most, and release the rest, so that it is sent by another
        process at once. For when nobody calls `work` any more."""
        with self._turn:
            until = time.monotonic() + seconds
            self._settle()
            while self._awaited() and (left := until - time.monotonic()) > 0:
                self._settle(min(left, SETTLE_SECONDS))
            for flight in self._awaited():
                flight.given_up = True
                flight.channel.outbox.requeue([flight.message])

    def _channels(self) -> Sequence[Channel]:
        return registry.registered() if self._chosen is None else self._chosen

    def _awaited(self) -> list[InFlight]:
        return [flight for flight in self._in_flight.values() if not flight.given_up]

    def _round(self) -> bool:
        """One look. Whether there may be more to do at once."""
        self._settle()
        channels, feeders = self._channels(), registry.feeders()
        waiting = ", ".join(feeder.waiting for feeder in feeders)
        due = ", ".join(f"coalesce({channel.outbox.earliest} <= {clock.NOW}, false)" for channel in channels)
        look = f"SELECT ARRAY[{waiting}]::bool[], ARRAY[{due}]::bool[]"
        ((fed, ready),) = statements.rows(look, {"now": clock.override()})
        count = sum(_fed(feeder) for feeder, needed in zip(feeders, fed, strict=True) if needed)
        count += sum(self._start(channel) for channel, needed in zip(channels, ready, strict=True) if needed)
        if not count:
            return False
        self._settle(SETTLE_SECONDS if self._awaited() else FEED_SECONDS)
        return True

    def _start(self, channel: Channel) -> int:
        mine = [flight for flight in self._in_flight.values() if flight.channel is channel]
        awaited = [flight for flight in mine if not flight.given_up]
        waiting = sum(time.monotonic() - flight.begun > WAITS_SECONDS for flight in awaited)
        free = channel.slots + min(waiting, channel.waiting) - len(awaited)
        if free <= 0 or sum(flight.given_up for flight in mine) > GIVEN_UP_MOST:
            return 0
        busy = {address_id for flight in mine if (address_id := flight.message.address_id) is not None}
        leased = channel.outbox.lease(limit=free, busy=list(busy))
        for message in leased:
            flight = InFlight(channel, message, time.monotonic())
            self._in_flight[message.id, message.attempt] = flight
            threading.Thread(target=self._deliver, args=(flight,), name=channel.name, daemon=True).start()
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
        self._more.set()

    def _settle(self, seconds: float = 0.0) -> None:
        """Write down what was sent, and what took too long; waits up to `seconds` for the first."""
        results = self._landed(seconds)
        for flight in self._awaited():
            if time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                answer = f"no answer within {flight.channel.seconds:g} s"
                late = SendResult(flight.message, sent=False, answer=answer, detail=flight.channel.overdue)
                results.append((flight.channel, late))
        for channel in self._channels():
            if settled := [result for by, result in results if by is channel]:
                Batches("sending.settle", channel.outbox.settle, lambda result: result.message.id).run(settled)

    def _landed(self, seconds: float) -> list[tuple[Channel, SendResult[Any]]]:
        """What became of messages since the last call, all of it; waits up to `seconds` for the first."""
        results: list[tuple[Channel, SendResult[Any]]] = []
        until = time.monotonic() + seconds
        with suppress(queue.Empty):
            while True:
                flight, result = self._delivered.get(timeout=max(0.0, until - time.monotonic()))
                del self._in_flight[flight.message.id, flight.message.attempt]
                if not results or not self._in_flight:
                    until = time.monotonic() + (GATHER_SECONDS if self._in_flight else 0.0)
                if not flight.given_up:
                    results.append((flight.channel, result))
        return results


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


def drain() -> None:
    """This process is about to end: leave no message under a lease."""
    _sender.drain()
