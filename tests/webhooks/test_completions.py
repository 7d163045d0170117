"""Ends of intents, told to the agent in `reply_to` by the binding that it chose."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from intents.accounts.models import Agent
from intents.kernel import statements
from intents.webhooks.models import Subscription, WebhookMessage
from tests.callers import KeyCaller
from tests.intents.pushes import call_at
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import feed_out, finish, of, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]
NO_PAPER = {"action": "fail", "error": {"code": "no_paper", "message": "the tray is empty"}}


@pytest.fixture(autouse=True)
def _looked() -> None:
    """Workers look for what is to be told from their start on."""
    feed_out()


def told(outside: Receiver, path: str = "/takes") -> list[dict[str, Any]]:
    """What was posted to the agent that is called beside deliveries."""
    pairs = zip(outside.requests, posted(outside), strict=True)
    return [body for request, (_, body) in pairs if f" {path} ".encode() in request and "event_id" in body]


def ended(worker: KeyCaller, shop: KeyCaller, reply_to: str, how: dict[str, Any]) -> str:
    intent_id = shop.submit(payload={"order": 7}, reply_to=reply_to)
    worker.post(f"/intents/{intent_id}/resume", how).ok()
    return intent_id


def rows(machine: KeyCaller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = machine.get("/webhooks/subscriptions").ok()["subscriptions"]
    return found


def first_told(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver, path: str = "/takes"
) -> dict[str, Any]:
    """Have the agent `called`, and one end posted to it: the subscription that carries it."""
    call_at(machine, outside, path)
    ended(worker, shop, "called", {"n": 1})
    post_due()
    (row,) = rows(machine)
    return row


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"sum": 3}, "intent.completed"),
        ({"action": "fail", "error": {"code": "no_paper", "message": "empty"}}, "intent.failed"),
    ],
)
def test_the_end_is_posted_to_an_agent_that_is_called(
    machine: KeyCaller,
    shop: KeyCaller,
    worker: KeyCaller,
    called: KeyCaller,
    outside: Receiver,
    how: dict[str, Any],
    kind: str,
) -> None:
    call_at(machine, outside, "/takes")
    intent_id = ended(worker, shop, "called", how)
    ended(worker, shop, "shop", how)  # somebody else's
    post_due()
    post_due()
    (one,) = told(outside)
    assert (one["type"], one["data"]["intent_id"]) == (kind, intent_id)
    assert one["data"]["intent"]["result" if kind == "intent.completed" else "error"]


def test_they_are_signed_as_the_agents_deliveries_are_and_follow_it_to_another_url(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    row = first_told(machine, shop, worker, outside)
    assert row["completions"]
    assert row["owner_agent"].endswith("/called")
    assert row["callback_url"].endswith("/takes")
    call_at(machine, outside, "/ok")
    assert rows(machine)[0]["callback_url"].endswith("/ok")
    account = Agent.objects.get(name="called").id
    machine.post(f"/service-accounts/{account}/signing-secret/rotate", {"overlap_seconds": 60}).ok()
    ended(worker, shop, "called", {"n": 2})
    shop.submit("called")
    post_due()
    signatures = [len(headers["webhook-signature"].split()) for headers, body in posted(outside) if "event_id" in body]
    assert signatures == [1, 2]  # the secret before signs as well while the agent changes over
    assert [len(told(outside, path)) for path in ("/takes", "/ok")] == [1, 1]


def test_a_completion_that_nobody_takes_is_tried_again_and_can_be_replayed(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    row = first_told(machine, shop, worker, outside, "/error")
    sent = WebhookMessage.objects.get(subscription_id=row["subscription_id"])
    assert (sent.state, sent.attempt, sent.event_type) == ("ready", 1, "intent.completed")
    call_at(machine, outside, "/takes")
    machine.post(f"/webhooks/events/{sent.event_id}/replay", {}).ok()
    post_due()
    assert [one["type"] for one in told(outside)] == ["intent.completed"]


def test_an_agent_that_comes_for_its_work_is_posted_nothing(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    first_told(machine, shop, worker, outside)
    machine.patch("/agents/called", {"delivery_mode": "poll"}).ok()
    ended(worker, shop, "called", {"n": 2})
    post_due()
    assert len(told(outside)) == 1
    assert rows(machine) == []
    call_at(machine, outside, "/takes")
    ended(worker, shop, "called", {"n": 3})
    post_due()
    assert len(told(outside)) == 2


def test_the_agents_url_is_changed_at_the_agent_and_a_subscription_to_the_same_stands_beside_it(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    row = first_told(machine, shop, worker, outside)
    path = f"/webhooks/subscriptions/{row['subscription_id']}"
    for refused in (
        machine.patch(path, {"event_types": ["*"]}),
        machine.patch(path, {"callback_url": "https://elsewhere.example/"}),
        machine.post(f"{path}/secret", {}),
        machine.delete(path),
    ):
        assert refused.status == 409
        assert "change the agent" in refused.json["error"]["message"]
    machine.patch(path, {"active": False}).ok()
    finish(shop, worker)
    ended(worker, shop, "called", {"n": 2})
    own = subscribe(called, outside, "/takes", "intent.completed")
    assert of(own) != row["subscription_id"]
    post_due()
    assert len(told(outside)) == 1
    assert Subscription.objects.filter(revoked_at=None).count() == 2


def test_what_takes_the_name_of_a_deleted_agent_gets_its_own(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    first_told(machine, shop, worker, outside)
    machine.delete(f"/service-accounts/{Agent.objects.get(name='called').id}").ok()
    machine.post("/service-accounts", {"name": "called"}).ok()
    ended(worker, shop, "called", {"n": 2})
    post_due()
    assert len(told(outside)) == 1
    call_at(machine, outside, "/ok")
    ended(worker, shop, "called", {"n": 3})
    post_due()
    assert len(told(outside, "/ok")) == 1


HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def test_an_agent_that_is_changed_as_its_first_completion_comes_is_posted_it_where_it_is_called_then(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/takes")
    ended(worker, shop, "called", {"n": 1})

    def feed() -> None:
        try:
            feed_out()
        finally:
            connection.close()

    elsewhere = f"http://127.0.0.1:{outside.port}/ok"
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Agent.objects.filter(name="called").update(callback_url=elsewhere)
            feeding = pool.submit(feed)
            until = time.monotonic() + 60
            while not feeding.done() and not statements.rows(HELD_UP, [])[0][0] and time.monotonic() < until:
                statements.rows("SELECT pg_stat_clear_snapshot()", [])
                time.sleep(0.01)
        feeding.result(30)
    assert Subscription.objects.get().callback_url == elsewhere
