"""Events of threads: what happens to intents as inboxes see it, for the endpoints that name them."""

from typing import Any

import pytest

from intents.webhooks.models import WebhookMessage
from tests.callers import KeyCaller
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import finish, of, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def told(outside: Receiver, path: str) -> list[dict[str, Any]]:
    """What came to a path, in order of the steps."""
    found = [
        one for request, (_, one) in zip(outside.requests, posted(outside), strict=True) if f" {path} ".encode() in request
    ]
    return sorted(found, key=lambda one: one["data"]["seq"])


def test_an_inbox_is_told_of_its_threads_from_their_beginning_to_their_end(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, outside: Receiver
) -> None:
    subscribe(worker, outside, "/takes", "inbox.*")
    subscribe(stranger, outside, "/ok", "inbox.*")
    subscribe(shop, outside, "/page", "inbox.*")
    intent_id = shop.submit(reply_to="shop")
    worker.post(f"/inbox/{intent_id}/reply", {"message": "It ships tomorrow."}).ok()
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
    post_due()
    seen = told(outside, "/takes")
    assert seen[0]["type"] == "inbox.thread_created"
    (reply,) = [one["data"] for one in seen if one["type"] == "inbox.reply_received"]
    assert reply["details"]["message"] == "It ships tomorrow."
    assert (reply["thread_id"], reply["event_type"]) == (intent_id, "intent.comment")
    assert (seen[-1]["type"], seen[-1]["data"]["status"]) == ("inbox.thread_updated", "COMPLETED")
    # Who wanted the completion has the thread once it is over; others never.
    assert [one["data"]["status"] for one in told(outside, "/page")] == ["COMPLETED"]
    assert told(outside, "/ok") == []


def test_who_had_a_thread_delegated_to_it_is_told_of_it(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, outside: Receiver
) -> None:
    subscribe(stranger, outside, "/ok", "inbox.thread_updated", payload="thin")
    intent_id = shop.submit()
    post_due()
    assert told(outside, "/ok") == []
    worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "stranger"}).ok()
    post_due()
    (one,) = told(outside, "/ok")
    assert one["data"] == {"thread_id": intent_id, "intent_id": intent_id, "seq": one["data"]["seq"], "status": "SUBMITTED"}


def test_only_who_names_them_is_told_and_nothing_comes_twice(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    every = subscribe(machine, outside, "/takes", "*")
    both = subscribe(machine, outside, "/ok", "*", "inbox.thread_created")
    finish(shop, worker)
    post_due()
    names = {
        one: list(WebhookMessage.objects.filter(subscription_id=of(one_of)).values_list("event_type", flat=True))
        for one, one_of in (("every", every), ("both", both))
    }
    assert [name for name in names["every"] if name.startswith("inbox.")] == []
    assert [name for name in names["both"] if name.startswith("inbox.")] == ["inbox.thread_created"]
    assert sorted(names["both"]) == sorted([*names["every"], "inbox.thread_created"])


def test_one_is_replayed_as_the_same_message(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    subscribe(machine, outside, "/takes", "inbox.thread_created")
    shop.submit()
    post_due()
    (row,) = WebhookMessage.objects.all()
    machine.post(f"/webhooks/events/{row.event_id}/replay").ok()
    machine.post(f"/deliveries/{row.id}/replay").ok()
    post_due()
    assert len({headers["webhook-id"] for headers, _ in posted(outside)}) == 1
    assert len(outside.requests) == 3
