"""What endpoints get at a time, how soon, and in which order."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from intents.sending import sender
from intents.sending.sender import Sender
from intents.webhooks import outbox
from intents.webhooks.models import WebhookMessage
from tests.callers import KeyCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.receivers import Receiver
from tests.intents.waiting import at_once
from tests.webhooks.endpoints import feed_out, finish, of, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_the_events_of_an_intent_come_in_order_where_that_is_asked_for(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/error", ordered=True, max_in_flight=10)
    first, second = finish(shop, worker), finish(shop, worker)
    post_due()
    begun = [(body["data"]["intent_id"], body["data"]["seq"]) for _, body in posted(outside)]
    assert sorted(begun) == sorted([(first, 1), (second, 1)])
    machine.patch(f"/webhooks/subscriptions/{of_only(machine)}", {"callback_url": f"http://127.0.0.1:{outside.port}/takes"})
    now.advance(seconds=10)
    post_due()
    for intent_id in (first, second):
        seqs = [body["data"]["seq"] for _, body in posted(outside) if body["data"]["intent_id"] == intent_id]
        assert seqs == [1, *range(1, len(shop.events(intent_id)) + 1)]


def test_what_waits_in_line_is_not_due_before_it_can_be_posted(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/error", ordered=True)
    intent_id = shop.submit()
    post_due()
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
    feed_out()
    assert WebhookMessage.objects.count() == len(shop.events(intent_id))
    assert not WebhookMessage.objects.filter(state="ready", due_at__lte=now.now).exists()
    machine.patch(f"/webhooks/subscriptions/{of_only(machine)}", {"callback_url": f"http://127.0.0.1:{outside.port}/takes"})
    now.advance(seconds=6)
    post_due()
    assert not WebhookMessage.objects.exclude(state="sent").exists()


@pytest.mark.parametrize(("fields", "most"), [({"max_in_flight": 3}, 3), ({"rate_per_second": 0.01}, 1), ({}, 4)])
def test_several_workers_together_keep_to_what_an_endpoint_takes(
    machine: KeyCaller, outside: Receiver, fields: dict[str, Any], most: int
) -> None:
    made = subscribe(machine, outside, **fields)
    for _ in range(10):
        machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    with ThreadPoolExecutor(4) as pool:
        leased = at_once(pool, *[lambda: outbox.CHANNEL.outbox.lease(limit=10)] * 4)
    assert sum(map(len, leased)) == most


def of_only(caller: KeyCaller) -> str:
    (one,) = caller.get("/webhooks/subscriptions").ok()["subscriptions"]
    id_: str = one["subscription_id"]
    return id_


def test_an_endpoint_is_posted_to_at_its_pace(now: SettableClock, machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside, rate_per_second=2)
    for _ in range(7):
        machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    counts = []
    for _ in range(5):
        post_due()
        counts.append(len(outside.requests))
        now.advance(seconds=1)
    assert counts == [2, 4, 6, 7, 7]


def test_a_pace_of_less_than_one_a_second_is_kept_too(now: SettableClock, machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside, rate_per_second=0.1)
    for _ in range(2):
        machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    counts = []
    for _ in range(4):
        post_due()
        counts.append(len(outside.requests))
        now.advance(seconds=4)
    assert counts == [1, 1, 1, 2]


def test_an_endpoint_that_hangs_holds_up_no_other(machine: KeyCaller, outside: Receiver, workspace: Any) -> None:
    make_machine(workspace, "quick")
    hanging = subscribe(machine, outside, "/hangs", max_in_flight=3)
    quick = subscribe(machine, outside, "/takes")
    for _ in range(20):
        machine.post(f"/webhooks/subscriptions/{of(hanging)}/test").ok()
    for _ in range(5):
        machine.post(f"/webhooks/subscriptions/{of(quick)}/test").ok()
    sender = Sender([outbox.CHANNEL])
    until = time.monotonic() + 30
    while WebhookMessage.objects.filter(subscription_id=of(quick), state="sent").count() < 5:
        sender.work(1)
        assert time.monotonic() < until
    assert WebhookMessage.objects.filter(subscription_id=of(hanging), state="leased").count() == 3
    outside.close()
    sender.drain(10)


def test_the_next_in_order_waits_for_no_other_endpoint(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "WRITE_SECONDS", 600.0)
    hanging = subscribe(machine, outside, "/hangs", "webhook.test")
    in_order = subscribe(machine, outside, "/takes", ordered=True)
    machine.post(f"/webhooks/subscriptions/{of(hanging)}/test").ok()
    count = len(shop.events(finish(shop, worker)))
    feed_out()
    sending, until = Sender([outbox.CHANNEL]), time.monotonic() + 12
    while WebhookMessage.objects.filter(subscription_id=of(in_order), state="sent").count() < count:
        sending.work(1)
        assert time.monotonic() < until
    assert WebhookMessage.objects.filter(subscription_id=of(hanging), state="leased").count() == 1
    outside.close()
    sending.drain(10)


def test_what_was_leased_and_not_sent_gives_its_pace_back(now: SettableClock, machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside, rate_per_second=0.01)
    for _ in range(2):
        machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    webhooks = outbox.CHANNEL.outbox
    (leased,) = webhooks.lease(limit=10)
    webhooks.requeue([leased], unsent=True)
    webhooks.requeue([leased], unsent=True)  # whose lease is over already
    (again,) = webhooks.lease(limit=10)
    webhooks.requeue([again])  # nobody knows whether it was sent
    assert webhooks.lease(limit=10) == []
    now.advance(seconds=100)
    assert len(webhooks.lease(limit=10)) == 1
