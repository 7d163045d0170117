"""A channel of one's own: a table of rows, an outbox over it, a function that sends and one registration."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.kernel.models import new_id
from intents.sending import channels, outbox
from intents.sending.channels import Channel, NotSent
from intents.sending.email import EmailOutbox, enqueue_text
from intents.sending.models import Email
from intents.sending.outbox import SendResult
from intents.sending.sender import Sender
from tests.conftest import SettableClock
from tests.intents.pings import Ping, PingOutbox, Provider, enqueue, pings, provider, rows, send, table, wait_for_posts

__all__ = ["pings", "provider", "table"]


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
