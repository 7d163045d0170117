"""More is leased for a quick target than is sent to it at a time; what is not sent after all is given back."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.dispatch.posted import OutgoingPush
from intents.engine import invariants
from intents.kernel import statements
from intents.sending import posting, queues
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.connector import Answer
from intents.sending.models import EndpointHealth
from intents.sending.outbox import Ahead
from intents.sending.sender import Sender
from tests.conftest import KeyCaller, SettableClock
from tests.intents.pushes import call_at
from tests.intents.receivers import Receiver
from tests.intents.waiting import look

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

WAITED = 60.0
MANY = 40


@dataclass
class Target:
    """Takes pushes, and counts how many at a time; not those whose number is in `refused`, and none while `closed`."""

    refused: set[int] = field(default_factory=set)
    taken: list[UUID] = field(default_factory=list)
    tries: list[int] = field(default_factory=list)
    most: int = 0
    open: threading.Event = field(default_factory=threading.Event)
    _count: int = 0
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: OutgoingPush) -> Sent:
        with self._mutex:
            self._count += 1
            self.most = max(self.most, self._count)
            number = len(self.tries)
            self.tries.append(message.attempt)
        time.sleep(0.002)
        assert self.open.wait(WAITED)
        with self._mutex:
            self._count -= 1
            if number in self.refused:
                raise NotSent("answered 503", detail=Answer(503, {}, b"", False, 1))
            self.taken.append(message.id)
        return Sent("answered 204", Answer(204, {}, b"", False, 1))


@pytest.fixture
def target() -> Iterator[Target]:
    found = Target()
    found.open.set()
    yield found
    found.open.set()


def channel(target: Target) -> Channel:
    return Channel("push", http.PushOutbox(), target.send, slots=8, seconds=WAITED)


@pytest.fixture
def shop_of(inside: None, called: KeyCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> KeyCaller:
    """Who sends to an agent that is called."""
    call_at(machine, outside, "/takes")
    return shop


@pytest.fixture
def due(shop_of: KeyCaller) -> None:
    enqueue(shop_of, MANY)


def enqueue(shop: KeyCaller, count: int) -> None:
    for _ in range(count):
        shop.submit("called")
    look()
    assert Push.objects.filter(state="ready").count() == count


def work(sender: Sender, *, sent: int = MANY) -> None:
    """Let a sender work until so many are sent."""
    ends = time.monotonic() + WAITED
    while Push.objects.filter(state="sent").count() < sent:
        sender.work(0.2)
        assert time.monotonic() < ends


def agent_id() -> UUID:
    return Push.objects.values_list("agent_id", flat=True)[0]


def lease(*, held: Sequence[UUID] = (), taken: Sequence[UUID] = ()) -> list[OutgoingPush]:
    """Lease as a process does that knows the agent to be quick."""
    return http.CHANNEL.outbox.lease(limit=8, taken=taken, ahead=Ahead(MANY, [agent_id()], held))


@pytest.mark.usefixtures("due")
def test_many_to_one_target_take_few_leases_and_no_more_than_it_takes_at_a_time(target: Target) -> None:
    with CaptureQueriesContext(connection) as captured:
        work(Sender([channel(target)]))
    leases = sum("SET state = 'leased', attempt" in query["sql"] for query in captured)
    assert leases < MANY / posting.IN_FLIGHT
    assert target.most == posting.IN_FLIGHT
    assert Counter(target.taken) == dict.fromkeys(Push.objects.values_list("id", flat=True), 1)
    assert set(target.tries) == {1}
    assert invariants.findings() == []


@pytest.mark.usefixtures("due")
def test_another_process_has_nothing_of_a_target_while_one_holds_more_than_may_be_sent_at_a_time() -> None:
    ours = lease()
    assert len(ours) == posting.IN_FLIGHT * posting.AHEAD
    assert lease() == []
    held = [one.id for one in ours]
    assert lease(held=held) == []
    # What was sent, and is not written down, is under way for others.
    sent = held[:3]
    assert lease(held=held[3:]) == []
    assert len(lease(held=held[3:], taken=sent)) == len(sent)


@pytest.mark.usefixtures("due")
def test_who_shares_a_target_with_another_process_leases_nothing_ahead() -> None:
    (theirs,) = http.CHANNEL.outbox.lease(limit=1)
    ours = lease()
    assert len(ours) == posting.IN_FLIGHT - 1
    assert lease(held=[one.id for one in ours]) == []
    http.CHANNEL.outbox.requeue([theirs])
    assert len(lease(held=[one.id for one in ours])) == posting.IN_FLIGHT * posting.AHEAD - len(ours)


@pytest.mark.usefixtures("due")
def test_a_lease_locks_no_more_than_it_takes() -> None:
    assert len(http.CHANNEL.outbox.lease(limit=1)) == 1
    assert http.CHANNEL.outbox.lease(limit=0) == []
    assert statements.rows("SELECT id FROM intents_push WHERE xmax <> 0 AND state = 'ready'", ()) == []


@pytest.mark.usefixtures("due")
def test_nothing_is_leased_ahead_for_a_target_with_which_something_is_wrong(workspace: Any, now: SettableClock) -> None:
    EndpointHealth.objects.create(id=agent_id(), workspace=workspace, failing_since=now.now, marked_at=now.now, faults=1)
    assert len(lease()) == posting.IN_FLIGHT


@pytest.mark.usefixtures("due")
def test_what_queues_behind_one_that_failed_is_given_back_untried(target: Target) -> None:
    sender = Sender([channel(target)])
    target.refused = {20}
    work(sender, sent=MANY - 1)
    assert Counter(Push.objects.values_list("state", "attempt")) == {("sent", 1): MANY - 1, ("ready", 1): 1}
    assert set(target.tries) == {1}
    assert target.most <= posting.IN_FLIGHT


def quick(target: Target, shop: KeyCaller) -> Sender:
    """A sender that knows the target to be quick."""
    sender = Sender([channel(target)])
    enqueue(shop, posting.IN_FLIGHT)
    work(sender, sent=posting.IN_FLIGHT)
    return sender


def test_what_queues_too_long_is_given_back_untried(
    shop_of: KeyCaller, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = quick(target, shop_of)
    enqueue(shop_of, MANY)
    with monkeypatch.context() as patched:
        patched.setattr(queues, "STALE_SECONDS", -1.0)
        sender.work(0.2)
        sender.drain()
    assert len(target.tries) == posting.IN_FLIGHT
    work(sender, sent=MANY + posting.IN_FLIGHT)
    assert set(target.tries) == {1}


def test_what_could_not_be_given_back_is_at_the_next_look(
    shop_of: KeyCaller, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise OperationalError("the database is away")

    sender = quick(target, shop_of)
    enqueue(shop_of, MANY)
    with monkeypatch.context() as patched:
        patched.setattr(queues, "STALE_SECONDS", -1.0)
        patched.setattr(http.PushOutbox, "requeue", away)
        with pytest.raises(OperationalError):
            sender.work(0.2)
    assert Push.objects.filter(state="leased").count() == posting.IN_FLIGHT * posting.AHEAD
    sender.drain()
    assert Counter(Push.objects.exclude(state="sent").values_list("state", "attempt")) == {("ready", 0): MANY}


def test_a_process_that_stops_gives_back_what_queues_untried(shop_of: KeyCaller, target: Target) -> None:
    sender = quick(target, shop_of)
    target.open.clear()
    enqueue(shop_of, MANY)
    sender.work(0.2)
    assert Push.objects.filter(state="leased").count() == posting.IN_FLIGHT * posting.AHEAD
    sender.drain(seconds=0)
    states = Counter(Push.objects.exclude(state="sent").values_list("state", "attempt"))
    assert states == {("ready", 1): posting.IN_FLIGHT, ("ready", 0): MANY - posting.IN_FLIGHT}
