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
from uuid import UUID

from inbox.notify import chat, email
from inbox.notify.channels import Channel, NotSent
from inbox.preferences import EMAIL
from inbox.services import messages, notifying
from inbox.services.messages import Outcome, Parcel
from intents import clock, statements

WORK_SECONDS = 0.5
"""How long one call works at most; the next goes on."""
LAND_SECONDS = 0.1
"""How long a call waits for what it has sent."""
GIVEN_UP_MOST = 20
"""Threads of a channel that were given up and still hang; with more, nothing is sent by it until some return."""

CHANNELS = (
    Channel(EMAIL, email.send, slots=8, seconds=30),
    Channel(messages.CHAT, chat.send, slots=8, seconds=30),
)

log = logging.getLogger(__name__)

_LOOK = f"""
SELECT EXISTS (SELECT FROM inbox_notice), ARRAY(
    SELECT channel FROM unnest(%(channels)s::text[]) AS known (channel) WHERE (
        SELECT min(due_at) FROM inbox_message m WHERE m.channel = known.channel AND m.state IN ('ready', 'leased')
    ) <= {clock.NOW}
)
"""


@dataclass(slots=True)
class _Flight:
    channel: Channel
    parcel: Parcel
    begun: float
    given_up: bool = False


class Sender:
    """The messages that this process is sending."""

    def __init__(self, channels: Sequence[Channel] = CHANNELS) -> None:
        self._channels = {channel.name: channel for channel in channels}
        self._turn = threading.Lock()
        self._flights: dict[tuple[UUID, int], _Flight] = {}
        self._landed: queue.SimpleQueue[tuple[_Flight, Outcome]] = queue.SimpleQueue()

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

    def _round(self) -> bool:
        """One look. Whether there may be more to do at once."""
        self._settle()
        ((owed, due),) = statements.rows(_LOOK, {"channels": list(self._channels), "now": clock.override()})
        told = notifying.tell() if owed else 0
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
        claimed = messages.claim(channel=channel.name, limit=free, busy=[one for one in busy if one is not None])
        for parcel in claimed:
            flight = _Flight(channel, parcel, time.monotonic())
            self._flights[parcel.id, parcel.attempt] = flight
            threading.Thread(target=self._fly, args=(flight,), name=channel.name, daemon=True).start()
        return len(claimed)

    def _fly(self, flight: _Flight) -> None:
        parcel = flight.parcel
        try:
            answer = flight.channel.send(parcel)
            outcome = Outcome(parcel, sent=True, answer=answer)
        except NotSent as refusal:
            outcome = Outcome(parcel, sent=False, answer=refusal.answer, lasting=refusal.lasting)
        except Exception as error:
            log.exception("a message could not be made", extra={"action": "notify.send", "message_id": str(parcel.id)})
            outcome = Outcome(parcel, sent=False, answer=type(error).__name__)
        self._landed.put((flight, outcome))

    def _settle(self, seconds: float = 0.0) -> None:
        """Write down what was sent, and what took too long; waits up to `seconds` for the first."""
        outcomes: list[Outcome] = []
        try:
            while True:
                flight, outcome = self._landed.get(timeout=0 if outcomes else seconds)
                del self._flights[flight.parcel.id, flight.parcel.attempt]
                if not flight.given_up:
                    outcomes.append(outcome)
        except queue.Empty:
            pass
        for flight in self._flights.values():
            if not flight.given_up and time.monotonic() - flight.begun > flight.channel.seconds:
                flight.given_up = True
                outcomes.append(Outcome(flight.parcel, sent=False, answer=f"no answer within {flight.channel.seconds:g} s"))
        if outcomes:
            messages.settle(outcomes)


_sender = Sender()


def work() -> None:
    """Send what is due in this process's threads."""
    _sender.work()
