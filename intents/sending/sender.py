"""Sends what is due, each channel in threads of its own, so that one that hangs delays no other."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence

from intents.kernel.batches import Batches
from intents.sending import channels as registry
from intents.sending import in_flight, looks
from intents.sending.channels import Channel
from intents.sending.in_flight import InFlightMessages, Landed
from intents.sending.outbox import Outgoing
from intents.sending.pacing import Pace

WORK_SECONDS = 0.5
"""How long one call works at most; the next goes on."""
SETTLE_SECONDS = 0.1
"""How long a call waits for what it has sent."""
WRITE_SECONDS = 0.05
WRITE_MOST = 64
"""How long what was sent waits to be written down, and for how many others at most, while more is being sent. What is
urgent does not."""
DRAIN_SECONDS = 8.0
"""How long a worker that stops waits for what it is sending."""


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
        self._in_flight = InFlightMessages(self.nudge)
        self._unwritten: list[Landed] = []
        self._unsent: defaultdict[str, list[Outgoing]] = defaultdict(list)
        self._write_at = 0.0
        self._failed = False

    def work(self, seconds: float = WORK_SECONDS) -> None:
        """Feed the outboxes, settle what was sent and send what is due, for some time at most."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + seconds
            while self._round() and time.monotonic() < until:
                if self._in_flight.awaited() and not self._in_flight.is_worth_a_look and not self._more:
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
            self._release(whole=True)
            self._settle(0.0)
            while self._in_flight.awaited() and (left := until - time.monotonic()) > 0:
                self._settle(min(left, SETTLE_SECONDS))
            for flight in self._in_flight.awaited():
                flight.given_up = True
                flight.channel.outbox.requeue([flight.message])

    def _channels(self) -> Sequence[Channel]:
        return registry.registered() if self._chosen is None else self._chosen

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
        landed = self._in_flight.landed()
        self._keep(landed)
        self._release()
        resting = self._pace.resting
        channels = self._channels()
        feeders = [feeder for feeder in registry.feeders() if not (resting and feeder.batch)]
        if not resting:
            self._pace.wanted = False
        fed, ready, followed = looks.look(channels, feeders)
        needed = [feeder for feeder, needed in zip(feeders, fed, strict=True) if needed]
        # What adds to messages that wait comes before they are sent.
        made = {feeder.feed: looks.feed(feeder) for feeder in needed if not feeder.batch}
        # What is due goes out next: while it is on its way, what became of the others is written down.
        due = [channel for channel, is_due in zip(channels, ready, strict=True) if is_due]
        count = sum(self._start(channel) for channel in due)
        if self._is_time_to_write():
            self._write_down()
        made |= {feeder.feed: looks.feed(feeder) for feeder in needed if feeder.batch}
        if not resting:
            paced = [(made.get(feeder.feed, 0), feeder.batch) for feeder in feeders if feeder.batch]
            more = any(found >= batch for found, batch in paced)
            self._pace.looked(sum(found for found, _ in paced), more=more, followed=followed)
        return bool(count or landed or self._unwritten or any(made.values()))

    def _start(self, channel: Channel) -> int:
        places, ahead = self._in_flight.places(channel), self._in_flight.ahead(channel)
        if not (places or ahead.room):
            return 0
        taken = [result.message.id for by, result in self._unwritten if by is channel and result.sent]
        busy = self._in_flight.busy(channel)
        leased = channel.outbox.lease(limit=places, busy=busy, taken=taken, ahead=ahead)
        self._in_flight.start(channel, leased)
        return len(leased)

    def _release(self, *, whole: bool = False) -> None:
        """End the leases of what queued, and is not sent here after all."""
        for channel in self._channels():
            if not whole:
                self._in_flight.go_on(channel)
            # Where that fails they are kept for the next look.
            unsent = self._unsent[channel.name] = self._unsent[channel.name] + self._in_flight.unsent(channel, whole=whole)
            if unsent:
                channel.outbox.requeue(unsent, unsent=True)
                self._unsent[channel.name] = []

    def _settle(self, seconds: float) -> None:
        """Wait up to `seconds` for what is being sent, and write down what became of it."""
        if self._in_flight.awaited() and not self._in_flight.delivered:
            self._wake.wait(seconds)
            self._wake.clear()
        self._keep(self._in_flight.landed())
        self._write_down()

    def _keep(self, landed: Sequence[Landed]) -> None:
        if landed and not self._unwritten:
            self._write_at = time.monotonic() + WRITE_SECONDS
        self._unwritten += landed

    def _is_time_to_write(self) -> bool:
        if len(self._unwritten) >= WRITE_MOST or not self._in_flight.awaited() or time.monotonic() >= self._write_at:
            return True
        return any(in_flight.is_urgent(*landed) for landed in self._unwritten)

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
