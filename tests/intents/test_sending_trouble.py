"""What is being sent when a worker stops, a lease ends or the database goes away."""

import time
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from intents.kernel import clock
from intents.sending import outbox
from intents.sending.outbox import SendResult
from intents.sending.sender import Sender
from tests.conftest import SettableClock
from tests.intents.pings import (
    WAITED,
    OutgoingPing,
    Ping,
    PingOutbox,
    Provider,
    enqueue,
    pings,
    provider,
    rows,
    send,
    table,
    wait_for_posts,
)

__all__ = ["pings", "provider", "table"]


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
