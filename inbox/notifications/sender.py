"""Sends what is due, each channel in threads of its own, so that one that hangs delays no other.

The threads use no database: what became of a message is written by whoever works next. A thread that takes too long is given
up and its place taken by another; its message counts as failed.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from inbox.notifications.channels import chat, email, letters
from inbox.notifications.channels.base import Channel, NotSent, Owed
from inbox.notifications.preferences import EMAIL
from inbox.notifications.services import fan_out, messages
from intents.kernel import clock, failpoints, statements
from intents.kernel.batches import Batches
from intents.sending import email as mail
from intents.sending.email import Outcome

WORK_SECONDS = 0.5
"""How long one call works at most; the next goes on."""
LAND_SECONDS = 0.1
"""How long a call waits for what it has sent."""
GIVEN_UP_MOST = 20
"""Threads of a channel that were given up and still hang; with more, nothing is sent by it until some return."""
LANDING_SECONDS = 8.0
"""How long a worker that stops waits for what it is sending."""
LETTER = "letter"

_by = partial(Channel, settle=messages.settle, give_back=messages.give_back, slots=8, seconds=30)
CHANNELS = (
    _by(EMAIL, partial(messages.claim, channel=EMAIL), email.send),
    _by(messages.CHAT, partial(messages.claim, channel=messages.CHAT), chat.send),
    Channel(LETTER, letters.claim, letters.send, mail.settle, mail.give_back, slots=4, seconds=30),
)

log = logging.getLogger(__name__)

_LOOK = f"""
SELECT EXISTS (SELECT FROM inbox_notice), ARRAY(
    SELECT channel FROM unnest(%(channels)s::text[]) AS known (channel) WHERE (
        SELECT min(due_at) FROM inbox_message m WHERE m.channel = known.channel AND m.state IN ('ready', 'leased')
    ) <= {clock.NOW}
    UNION ALL SELECT '{LETTER}' FROM (
        SELECT min(due_at) AS due_at FROM intents_letter WHERE state IN ('ready', 'leased')
    ) l WHERE due_at <= {clock.NOW}
)
"""


@dataclass(slots=True)
class _Flight:
    channel: Channel
    parcel: Owed
    begun: float
    given_up: bool = False


class Sender:
    """The messages that this process is sending."""

    def __init__(self, channels: Sequence[Channel] = CHANNELS) -> None:
        self._channels = {channel.name: channel for channel in channels}
        self._turn = threading.Lock()
        self._flights: dict[tuple[UUID, int], _Flight] = {}
        self._landed: queue.SimpleQueue[tuple[_Flight, Outcome[Any]]] = queue.SimpleQueue()

    def work(self, seconds: float = WORK_SECONDS) -> None:
        """Tell people what they are owed, settle what was sent and send what is due, for some time at most."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + seconds
            while self._round() and time.monotonic() < until:
                pass
        finally:
            self._turn.release()

    def land(self, seconds: float = LANDING_SECONDS) -> None:
        """Let what is being sent come to its end, for some time at most, and end the leases of the rest, so that it is sent
        by another process at once. For when nobody calls `work` any more."""
        with self._turn:
            until = time.monotonic() + seconds
            self._settle()
            while self._flying() and (left := until - time.monotonic()) > 0:
                self._settle(min(left, LAND_SECONDS))
            for flight in self._flying():
                flight.given_up = True
                flight.channel.give_back([flight.parcel])

    def _flying(self) -> list[_Flight]:
        return [flight for flight in self._flights.values() if not flight.given_up]

    def _round(self) -> bool:
        """One look. Whether there may be more to do at once."""
        self._settle()
        ((owed, due),) = statements.rows(_LOOK, {"channels": list(self._channels), "now": clock.override()})
        told = fan_out.tell() if owed else 0
        started = sum(self._start(self._channels[name]) for name in due)
        if not told and not started:
            return False
        self._settle(LAND_SECONDS)
        return True

    def _start(self, channel: Channel) -> int:
        flying = [flight for flight in self._flights.values() if flight.channel is channel]
        free = channel.slots - sum(not flight.given_up for flight in flying)
        if free <= 0 or sum(flight.given_up for flight in flying) > GIVEN_UP_MOST:
            return 0
        busy = {flight.parcel.address_id for flight in flying} - {None}
        claimed = channel.claim(limit=free, busy=[one for one in busy if one is not None])
        for parcel in claimed:
            flight = _Flight(channel, parcel, time.monotonic())
            self._flights[parcel.id, parcel.attempt] = flight
            threading.Thread(target=self._fly, args=(flight,), name=channel.name, daemon=True).start()
        return len(claimed)

    def _fly(self, flight: _Flight) -> None:
        parcel = flight.parcel
        try:
            answer = flight.channel.send(parcel)
            failpoints.hit("message_taken")
            outcome = Outcome(parcel, sent=True, answer=answer)
        except NotSent as refusal:
            outcome = Outcome(parcel, sent=False, answer=refusal.answer, lasting=refusal.lasting)
        except Exception as error:
            log.exception("a message could not be made", extra={"action": "notify.send", "message_id": str(parcel.id)})
            outcome = Outcome(parcel, sent=False, answer=type(error).__name__)
        self._landed.put((flight, outcome))

    def _settle(self, seconds: float = 0.0) -> None:
        """Write down what was sent, and what took too long; waits up to `seconds` for the first."""
        landed: list[tuple[Channel, Outcome[Any]]] = []
        try:
            while True:
                flight, outcome = self._landed.get(timeout=0 if landed else seconds)
                del self._flights[flight.parcel.id, flight.parcel.attempt]
                if not flight.given_up:
                    landed.append((flight.channel, outcome))
        except queue.Empty:
            pass
        for flight in self._flying():
            if time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                answer = f"no answer within {flight.channel.seconds:g} s"
                landed.append((flight.channel, Outcome(flight.parcel, sent=False, answer=answer)))
        for channel in self._channels.values():
            if outcomes := [outcome for by, outcome in landed if by is channel]:
                Batches("notify.settle", channel.settle, lambda outcome: outcome.parcel.id).run(outcomes)


_sender = Sender()


def work() -> None:
    """Send what is due in this process's threads."""
    _sender.work()


def land() -> None:
    """This process is about to end: leave no message under a lease."""
    _sender.land()
