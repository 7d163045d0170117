"""How endpoints fare: disabled when nothing but failures come, one try at a time where nobody answers."""

import re
from typing import Any

import pytest

from inbox.operations.bulk import runner
from intents.kernel import secrets
from intents.sending import breaker
from intents.sending.models import Email, EndpointHealth
from intents.webhooks import outbox
from intents.webhooks.models import WebhookMessage
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.receivers import Receiver, says
from tests.intents.test_push_settling import post as _post
from tests.webhooks.endpoints import feed_out, of, post_due, posted, row, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

HUNG = 300


def states() -> dict[str, int]:
    found = WebhookMessage.objects.values_list("state", flat=True)
    return {state: list(found).count(state) for state in set(found)}


def replay(person: PersonCaller, q: str, **fields: Any) -> dict[str, Any]:
    body = {"action": "replay", "reason": "it was down", "filter": {"q": q}} | fields
    return dict(person.post("/operations/bulk", body).ok())


def test_what_a_disabled_endpoint_missed_is_replayed_by_one_act(
    olga: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subscribe(machine, outside, "/gone", "intent.created")
    shop.submit()
    post_due()
    assert (row(made).active, row(made).disabled_reason) == (False, "gone")
    for _ in range(5):
        shop.submit()
    post_due()
    assert (states(), len(outside.requests)) == ({"failed": 1, "skipped": 5}, 1)
    told = replay(olga, "is:failed is:skipped", preview=True)
    assert told["skipped"] == [{"reason": "its endpoint is disabled", "count": 6}]
    monkeypatch.setitem(outside._behaviours, "/gone", says("200 OK"))
    machine.post(f"/webhooks/subscriptions/{of(made)}/enable").ok()
    assert not EndpointHealth.objects.exists()
    ordered = replay(olga, "is:skipped")
    assert (ordered["matched"], ordered["skipped"]) == (5, [])
    assert ordered["kinds"] == [{"event_type": "intent.created", "count": 5}]
    runner.work()
    post_due()
    done = olga.get(f"/operations/bulk/{ordered['bulk_id']}").ok()
    assert (done["state"], done["succeeded"], done["skipped"]) == ("done", 5, 0)
    assert states() == {"failed": 1, "skipped": 5, "sent": 5}
    names = [headers["webhook-id"] for headers, _ in posted(outside)]
    assert len(set(names)) == len(names) == 6
    again = replay(olga, "is:failed is:skipped")
    assert (again["matched"], again["skipped"]) == (6, [{"reason": "was sent again already", "count": 5}])


def test_all_that_failed_in_a_span_of_time_is_replayed(
    now: SettableClock, olga: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    made = subscribe(machine, outside, "/takes", "intent.created")
    other = subscribe(machine, outside, "/page", "intent.submitted")
    for _ in range(4):
        shop.submit()
        post_due()
        now.advance(hours=1)
    WebhookMessage.objects.update(state="failed", ended_at=now.now)
    first, second = (now.now.replace(hour=hour).isoformat() for hour in (10, 12))
    wanted = f"is:failed since:{first} until:{second}"
    for q, count in (
        (wanted, 4),
        (f"{wanted} endpoint:{of(made)}", 2),
        (f"{wanted} type:intent.subm*", 2),
        ("type:auth.*", 0),
    ):
        assert replay(olga, q, preview=True)["matched"] == count
    ordered = replay(olga, f"{wanted} endpoint:{of(other)}")
    runner.work()
    items = olga.get(f"/operations/bulk/{ordered['bulk_id']}/items").ok()["items"]
    assert [one["result"] for one in items] == ["succeeded", "succeeded"]
    replayed = WebhookMessage.objects.filter(replay_of__isnull=False).values_list("replay_of", "event_type")
    assert sorted(replayed) == sorted((_id(one["delivery_id"]), "intent.submitted") for one in items)


def _id(text: str) -> Any:
    return WebhookMessage.objects.get(id=text).id


@pytest.mark.parametrize("q", ["", "refund", "is:happy", "endpoint:here", "since:yesterday", "colour:red"])
def test_a_filter_that_is_not_understood_replays_nothing(olga: PersonCaller, q: str) -> None:
    body = {"action": "replay", "reason": "it was down", "filter": {"q": q}}
    assert olga.post("/operations/bulk", body).status == 422


def test_deliveries_of_another_workspace_are_not_replayed(
    charlie: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    post_due()
    (message,) = WebhookMessage.objects.all()
    body = {"action": "replay", "reason": "it was down"}
    picked = charlie.post("/operations/bulk", body | {"ids": [str(message.id)]}).ok()
    assert (picked["matched"], picked["skipped"]) == (1, [{"reason": "not found", "count": 1}])
    assert charlie.post("/operations/bulk", body | {"filter": {"q": "is:sent"}}).ok()["matched"] == 0
    runner.work()
    assert WebhookMessage.objects.count() == 1


def test_an_endpoint_of_nothing_but_failures_is_disabled_and_somebody_is_told(
    now: SettableClock, alice: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    made = subscribe(machine, outside, "/error", "intent.created", description="The warehouse")
    for _ in range(11):
        shop.submit()
        post_due()
        now.advance(hours=12)
    assert row(made).disabled_reason == "failing"
    now.advance(days=2)
    post_due()  # what was in flight at that moment waited for its next try, by chance for longer than half a day
    assert set(states()) <= {"failed", "skipped"}
    told = list(Email.objects.order_by("created_at").values_list("to", "subject"))
    assert told == [
        ("alice@myorg.example", "Deliveries to The warehouse are failing"),
        ("alice@myorg.example", "Deliveries to The warehouse are failing"),
        ("alice@myorg.example", "The warehouse is disabled: nothing is sent to it any more"),
    ]
    text = secrets.decrypt(bytes(Email.objects.latest("created_at").sealed or b""))
    assert re.search(r"has failed since \d+ \w{3} \d{4} \d\d:\d\d UTC\.", text)


def test_what_was_given_up_is_told_to_other_endpoints_and_so_is_the_end_of_one(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    dead = subscribe(machine, outside, "/gone", "*")
    subscribe(machine, outside, "/takes", "delivery.*", "endpoint.*")
    shop.submit()
    post_due()
    post_due()
    told = [body for headers, body in posted(outside) if body["type"].startswith(("delivery.", "endpoint."))]
    given_up = [body["data"]["details"] for body in told if body["type"] == "delivery.dead_lettered"]
    assert {one["subscription_id"] for one in given_up} == {of(dead)}
    assert {one["tries"] for one in given_up} == {1}
    (ended,) = [body["data"] for body in told if body["type"] == "endpoint.disabled"]
    assert (ended["subject"], ended["details"]["reason"]) == ("127.0.0.1", "gone")


def test_hundreds_for_an_endpoint_where_nobody_answers_take_no_place_of_one_that_lives(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, nowhere: str
) -> None:
    """What is in flight to it is counted: four, and once the circuit is broken none until it is time for one."""
    feed_out()
    body = {"callback_url": nowhere, "event_types": ["intent.created"]}
    dead = machine.post("/webhooks/subscriptions", body).ok()
    lively = subscribe(machine, outside, "/takes", "intent.submitted")
    item = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
    shop.post("/intents/batch", {"intents": [item] * HUNG}).ok()
    feed_out()
    WebhookMessage.objects.filter(subscription_id=of(lively)).delete()
    counted = []
    for _ in range(4):
        shop.submit()
        feed_out()
        leased = outbox.CHANNEL.outbox.lease(limit=outbox.SLOTS)
        to = [str(message.subscription_id) for message in leased]
        counted.append((to.count(of(dead)), to.count(of(lively))))
        outbox.CHANNEL.outbox.settle([_posted(message) for message in leased])
    assert counted == [(4, 1), (4, 1), (0, 1), (0, 1)]
    now.advance(seconds=breaker.LONGEST_PAUSE.total_seconds())
    leased = outbox.CHANNEL.outbox.lease(limit=outbox.SLOTS)
    assert [str(message.subscription_id) for message in leased] == [of(dead)]


def _posted(message: Any) -> Any:
    return _post(message, outbox.send)
