"""A channel of one's own: a table of rows, an outbox over it, a function that sends and one registration."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, models
from django.test.utils import CaptureQueriesContext

from intents.kernel import clock
from intents.kernel.models import new_id
from intents.sending import channels, outbox
from intents.sending.channels import Channel, NotSent
from intents.sending.email import EmailOutbox, enqueue_text
from intents.sending.models import Email, Sending
from intents.sending.outbox import Outbox, SendResult
from intents.sending.sender import Sender
from tests.conftest import SettableClock

WAITED = 60.0


class Ping(Sending):
    """A row of the third kind: something posted to a URL."""

    url = models.TextField()
    address_id = models.UUIDField(null=True)

    class Meta:
        app_label = "pings"
        db_table = "test_ping"


@dataclass(frozen=True, slots=True)
class OutgoingPing:
    id: UUID
    attempt: int
    url: str
    address_id: UUID | None


class PingOutbox(Outbox[OutgoingPing]):
    model = Ping
    columns = ("url", "address_id")
    sendable = "(m.address_id IS NULL OR NOT m.address_id = ANY(%(busy)s))"
    backoff_seconds = (20, 120)
    skipped_as = "it has nowhere to go"

    def __init__(self) -> None:
        self.dead_letters: list[str] = []

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingPing]:
        return (ping for row in rows if (ping := OutgoingPing(*row)).url)

    def dead_letter(self, message: OutgoingPing, *, now: datetime) -> None:
        self.dead_letters.append(message.url)


@dataclass
class Provider:
    """Takes pings while it is `open`, and refuses them with `refusal` if there is one."""

    posted: list[tuple[str, int]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    refusal: NotSent | None = None

    def send(self, message: OutgoingPing) -> str:
        self.posted.append((message.url, message.attempt))
        assert self.open.wait(WAITED)
        if self.refusal:
            raise self.refusal
        return f"taken at try {message.attempt}"


@pytest.fixture
def table(database: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Ping)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Ping)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.open.set()
    yield provider
    provider.open.set()


@pytest.fixture
def pings(now: SettableClock, table: None, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> PingOutbox:
    """The outbox of pings, whose channel is registered."""
    own = PingOutbox()
    monkeypatch.setattr(channels, "_channels", dict(channels._channels))
    channels.register(Channel("ping", own, provider.send, seconds=WAITED))
    return own


def enqueue(url: str, *, address_id: UUID | None = None) -> None:
    moment = clock.now()
    Ping.objects.create(url=url, address_id=address_id, due_at=moment, created_at=moment)


def rows() -> list[tuple[str, str, int, str | None]]:
    """(url, state, attempts, answer) of each, oldest first."""
    return list(Ping.objects.order_by("id").values_list("url", "state", "attempt", "answer"))


def send(sender: Sender) -> None:
    """Work until nothing is leased any more."""
    until = time.monotonic() + WAITED
    sender.work()
    while Ping.objects.filter(state="leased").exists():
        assert time.monotonic() < until
        sender.work()


def wait_for_posts(provider: Provider, count: int) -> None:
    until = time.monotonic() + WAITED
    while len(provider.posted) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_a_registered_channel_owes_is_claimed_under_a_lease_and_sent_once(
    now: SettableClock, pings: PingOutbox, provider: Provider
) -> None:
    provider.open.clear()
    enqueue("a")
    sender = Sender()
    sender.work()
    wait_for_posts(provider, 1)
    (leased,) = Ping.objects.all()
    assert (leased.state, leased.due_at) == ("leased", now.now + timedelta(seconds=outbox.LEASE_SECONDS))
    Sender().work()
    provider.open.set()
    send(sender)
    sender.work()
    assert rows() == [("a", "sent", 1, "taken at try 1")]
    assert provider.posted == [("a", 1)]


def test_what_fails_is_due_again_after_its_back_off_and_a_dead_letter_after_its_last_try(
    now: SettableClock, pings: PingOutbox, provider: Provider
) -> None:
    provider.refusal = NotSent("503 later")
    enqueue("a")
    sender = Sender()
    send(sender)
    assert rows() == [("a", "ready", 1, "503 later")]
    assert Ping.objects.get().due_at == now.now + timedelta(seconds=20)
    send(sender)
    assert len(provider.posted) == 1, "its back-off is not over"
    for seconds in (21, 121, 3600):
        assert pings.dead_letters == [] or seconds == 3600
        now.advance(seconds=seconds)
        send(sender)
    assert rows() == [("a", "failed", 3, "503 later")]
    assert (provider.posted, pings.dead_letters) == ([("a", 1), ("a", 2), ("a", 3)], ["a"])


def test_a_permanent_failure_is_a_dead_letter_at_once(pings: PingOutbox, provider: Provider) -> None:
    provider.refusal = NotSent("410 gone\0", permanent=True)
    enqueue("a")
    send(Sender())
    assert rows() == [("a", "failed", 1, "410 gone")]
    assert pings.dead_letters == ["a"]


def test_what_a_stopping_worker_still_sends_is_released_at_drain_and_its_late_answer_not_believed(
    pings: PingOutbox, provider: Provider
) -> None:
    provider.open.clear()
    enqueue("a")
    stopping = Sender()
    stopping.work()
    wait_for_posts(provider, 1)
    stopping.drain(seconds=0)
    assert rows() == [("a", "ready", 1, None)]
    provider.open.set()
    send(Sender())
    stopping.drain(seconds=1)
    assert rows() == [("a", "sent", 2, "taken at try 2")]


def away(results: Sequence[SendResult[OutgoingPing]]) -> None:
    """Settles nothing, for the database is away."""
    raise OperationalError("the connection is closed")


def test_what_was_sent_is_written_down_once_the_database_is_back(
    pings: PingOutbox, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender()
    for url in ("a", "b"):
        enqueue(url)
    with monkeypatch.context() as patched:
        patched.setattr(pings, "settle", away)
        with pytest.raises(OperationalError):
            send(sender)
    send(sender)
    assert rows() == [("a", "sent", 1, "taken at try 1"), ("b", "sent", 1, "taken at try 1")]
    assert sorted(provider.posted) == [("a", 1), ("b", 1)]


def test_what_can_never_be_written_down_is_sent_again_and_holds_up_no_other(
    now: SettableClock, pings: PingOutbox, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender()
    enqueue("a")
    with monkeypatch.context() as patched:
        patched.setattr(pings, "settle", away)
        for _ in range(2):
            with pytest.raises(OperationalError):
                send(sender)
    enqueue("b")
    until = time.monotonic() + WAITED
    while not Ping.objects.filter(url="b", state="sent").exists():
        assert time.monotonic() < until
        sender.work()
    assert [state for _, state, *_ in rows()] == ["leased", "sent"]
    now.advance(seconds=outbox.LEASE_SECONDS + 1)
    send(sender)
    assert [(url, state, attempt) for url, state, attempt, _ in rows()] == [("a", "sent", 2), ("b", "sent", 1)]


def test_two_results_of_one_try_whose_lease_was_lost_with_the_database_are_one(
    pings: PingOutbox, provider: Provider
) -> None:
    provider.open.clear()
    enqueue("a")
    sender = Sender()
    sender.work()
    wait_for_posts(provider, 1)
    Ping.objects.update(state="ready", attempt=0, due_at=clock.now())
    sender.work()
    wait_for_posts(provider, 2)
    provider.open.set()
    until = time.monotonic() + WAITED
    while sender._in_flight.delivered < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    send(sender)
    assert rows() == [("a", "sent", 1, "taken at try 1")]


def test_a_result_that_comes_after_its_lease_ran_out_changes_nothing(now: SettableClock, pings: PingOutbox) -> None:
    enqueue("a")
    (first,) = pings.lease(limit=10)
    now.advance(seconds=outbox.LEASE_SECONDS + 1)
    (second,) = pings.lease(limit=10)
    pings.settle([SendResult(first, sent=False, answer="late", permanent=True)])
    pings.requeue([first])
    assert (rows(), pings.dead_letters) == ([("a", "leased", 2, None)], [])
    pings.settle([SendResult(second, sent=True, answer="taken")])
    assert rows() == [("a", "sent", 2, "taken")]


def test_what_an_outbox_leaves_out_of_a_claim_is_skipped_for_good(pings: PingOutbox, provider: Provider) -> None:
    enqueue("")
    enqueue("b")
    send(Sender())
    assert rows() == [("", "skipped", 1, "it has nowhere to go"), ("b", "sent", 1, "taken at try 1")]


def test_an_address_that_hangs_gets_no_second_message_and_holds_up_no_other(pings: PingOutbox, provider: Provider) -> None:
    provider.open.clear()
    hanging = new_id()
    enqueue("a", address_id=hanging)
    sender = Sender()
    sender.work()
    wait_for_posts(provider, 1)
    enqueue("b", address_id=hanging)
    enqueue("c", address_id=new_id())
    sender.work()
    wait_for_posts(provider, 2)
    assert [url for url, _ in provider.posted] == ["a", "c"]
    provider.open.set()
    send(sender)
    assert [state for _, state, *_ in rows()] == ["sent"] * 3


def test_another_registration_costs_a_look_no_statement_and_a_claim_and_its_end_are_one_however_many_there_are(
    pings: PingOutbox,
) -> None:
    for _ in range(2):
        Sender().work()  # the first looks of the feed and of what follows it, which find what there is
    with CaptureQueriesContext(
        connection,
    ) as looked:
        Sender().work()
    assert len(looked) == 1
    for number in range(10):
        enqueue_text(f"{number}@example.com", subject="Hello", text="Hello")
    own = EmailOutbox()
    with CaptureQueriesContext(connection) as claimed:
        mails = own.lease(limit=10)
    assert (len(mails), written(claimed)) == (10, 1)
    with CaptureQueriesContext(connection) as settled:
        own.settle([SendResult(mail, sent=True, answer="taken") for mail in mails])
    assert written(settled) == 1
    assert not Email.objects.exclude(state="sent", sealed=None).exists()


def written(queries: CaptureQueriesContext) -> int:
    """How many of the statements are neither a transaction's beginning nor its end."""
    return sum(query["sql"] not in ("BEGIN", "COMMIT") for query in queries)


def test_a_feeder_that_fails_holds_up_no_other(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[str] = []

    def fail() -> int:
        raise RuntimeError("broken")

    def feed() -> int:
        fed.append("other")
        return 0

    monkeypatch.setattr(channels, "_feeders", [channels.Feeder("true", fail), channels.Feeder("true", feed)])
    Sender([]).work()
    assert fed == ["other"]


def test_no_channel_takes_the_name_of_another(pings: PingOutbox, provider: Provider) -> None:
    with pytest.raises(ValueError, match="named ping already"):
        channels.register(Channel("ping", pings, provider.send))
    names = [one.name for one in channels.registered()]
    assert len(names) == len(set(names))
