"""Events on their way to endpoints: signed, filtered, once each, in order and at a pace where that is asked for."""

import json
from typing import Any

import pytest

from intents.feed import sequencer
from intents.feed.models import FeedState
from intents.kernel import failpoints
from intents.sending.models import Attempt
from intents.webhooks import fan_out, outbox
from intents.webhooks.models import FanOutCursor, WebhookMessage
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import feed_out, finish, of, post_due, posted, subscribe, types

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_every_step_of_an_intent_is_told_once_and_in_full(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside)
    intent_id = finish(shop, worker)
    post_due()
    happened = shop.events(intent_id)
    assert sorted(types(outside)) == sorted(event["event_type"].partition(".")[2] for event in happened)
    told = {body["type"]: body for _, body in posted(outside)}
    done = told["intent.completed"]
    assert done["data"] | {"at": 0} == done["data"] | happened[-1] | {"at": 0}
    assert done["data"]["intent"]["payload"] == {"order": 7}
    assert done["data"]["intent"]["result"] == {"done": True}
    assert done["timestamp"] == happened[-1]["at"]
    post_due()
    assert len(outside.requests) == len(happened)


def test_a_thin_payload_names_the_intent_and_tells_nothing_of_it(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/takes", "intent.completed", payload="thin")
    intent_id = finish(shop, worker)
    post_due()
    ((_, body),) = posted(outside)
    assert set(body) == {"type", "timestamp", "event_id", "data"}
    assert body["data"] == {"intent_id": intent_id, "seq": body["data"]["seq"], "status": "COMPLETED"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"event_types": ["intent.completed"]}, 1),
        ({"event_types": ["*"], "intent_types": ["order.*"]}, 2),
        ({"event_types": ["intent.created", "intent.completed"], "intent_types": ["order.fulfill.v1"]}, 2),
        ({"event_types": ["intent.created", "intent.completed"], "intent_types": ["order"]}, 0),
        ({"event_types": ["intent.created", "intent.completed"], "agents": ["shop"]}, 2),
        ({"event_types": ["intent.created", "intent.completed"], "agents": ["agent://myorg/production/order-service"]}, 2),
        ({"event_types": ["intent.created", "intent.completed"], "agents": ["billing"]}, 0),
        ({"event_types": ["intent.created", "intent.completed"], "owner_agent": "shop"}, 2),
        ({"event_types": ["intent.created", "intent.completed"], "owner_agent": "billing"}, 0),
        ({"event_types": ["agent.*"]}, 0),
    ],
)
def test_an_endpoint_is_told_what_it_asks_for(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver, fields: dict[str, Any], told: int
) -> None:
    subscribe(machine, outside, **fields)
    finish(shop, worker)
    post_due()
    kinds = {"created", "completed"}
    assert len([kind for kind in types(outside) if kind in kinds]) == told


def test_an_agent_is_told_of_its_own_intents_alone(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, outside: Receiver
) -> None:
    subscribe(shop, outside, "/takes", "intent.completed")
    subscribe(stranger, outside, "/ok", "intent.completed")
    finish(shop, worker)
    finish(machine, worker)
    post_due()
    assert [request.split(b" ")[1] for request in outside.requests] == [b"/takes"]


def test_what_happens_elsewhere_is_not_told(machine: KeyCaller, foreign_machine: KeyCaller, outside: Receiver) -> None:
    subscribe(foreign_machine, outside)
    machine.submit()
    post_due()
    assert outside.requests == []


def test_what_happened_before_a_subscription_is_not_told(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    finish(shop, worker)
    feed_out()
    subscribe(machine, outside)
    post_due()
    assert outside.requests == []


def test_the_first_event_there_ever_was_is_told_if_somebody_had_subscribed(machine: KeyCaller, outside: Receiver) -> None:
    assert (FeedState.objects.count(), FanOutCursor.objects.count()) == (0, 0)
    url = f"http://127.0.0.1:{outside.port}/takes"
    machine.post("/webhooks/subscriptions", {"callback_url": url, "event_types": ["intent.created"]}).ok()
    machine.submit()
    post_due()
    assert types(outside) == ["created"]


def test_what_is_not_taken_is_posted_again_with_the_same_id_and_every_try_is_kept(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/error", "intent.created")
    shop.submit()
    for seconds in (0, 6, 34):
        now.advance(seconds=seconds)
        post_due()
    assert len({headers["webhook-id"] for headers, _ in posted(outside)}) == 1
    assert list(Attempt.objects.order_by("number").values_list("number", "status")) == [(1, 503), (2, 503), (3, 503)]
    (delivery,) = machine.get("/deliveries").ok()["deliveries"]
    assert (delivery["state"], delivery["status"]) == ("ready", "pending")
    assert delivery["webhook_id"] == posted(outside)[0][0]["webhook-id"]
    assert [one["status"] for one in delivery["attempts"]] == [503, 503, 503]


def test_what_was_answered_is_shown_to_admins_alone(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, alice: PersonCaller, olga: PersonCaller
) -> None:
    subscribe(machine, outside, "/error", "intent.created")
    shop.submit()
    post_due()
    (told,) = [one["attempts"][0] for one in alice.get("/deliveries").ok()["deliveries"]]
    assert told["answer"] == "later"
    for caller in (olga, machine):
        (told,) = [one["attempts"][0] for one in caller.get("/deliveries").ok()["deliveries"]]
        assert "answer" not in told


def test_what_an_endpoint_was_told_is_erased_with_the_intent(
    now: SettableClock, alice: PersonCaller, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/error", "intent.completed")
    intent_id = finish(shop, worker)
    post_due()
    alice.post(f"/intents/{intent_id}/erase", {"reason": "asked for"}).ok()
    message = WebhookMessage.objects.get()
    assert (message.body, message.state) == (None, "skipped")
    assert Attempt.objects.get().answer is None
    now.advance(hours=1)
    post_due()
    assert len(outside.requests) == 1
    assert machine.post(f"/deliveries/{message.id}/replay").status == 409


def test_a_message_that_is_given_up_is_an_event_once(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    subscribe(machine, outside, "/gone", "*", intent_types=[])
    subscribe(machine, outside, "/takes", "delivery.*")
    for _ in range(2):
        shop.submit()
    for _ in range(3):
        post_due()
    told = [body["data"] for _, body in posted(outside) if body["type"] == "delivery.dead_lettered"]
    dead = machine.get("/deliveries", state="failed", limit=100).ok()["deliveries"]
    assert {one["details"]["delivery_id"] for one in told} == {
        one["delivery_id"] for one in dead if one["event_type"] != "delivery.dead_lettered"
    }
    assert {one["details"]["reason"] for one in told} == {"answered 410"}
    assert len(told) == len({one["details"]["delivery_id"] for one in told}) > 0


class Dies(Exception):
    """The process ends here."""


@pytest.mark.parametrize("place", ["fanned_out", "before_commit"])
def test_a_process_that_dies_while_it_makes_messages_makes_none_twice_and_leaves_none_out(
    monkeypatch: pytest.MonkeyPatch, machine: KeyCaller, shop: KeyCaller, outside: Receiver, place: str
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    feed_out_of = fan_out.fan_out
    really = failpoints.hit

    def hit(name: str) -> None:
        if name == place:
            raise Dies
        really(name)

    while sequencer.sequence():
        pass
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "hit", hit)
        with pytest.raises(Dies):
            feed_out_of()
    assert not WebhookMessage.objects.exists()
    post_due()
    assert len(outside.requests) == 1


def test_what_is_published_is_posted_once_although_it_is_in_the_feed_as_well(machine: KeyCaller, outside: Receiver) -> None:
    subscribe(machine, outside, "/takes", "inbox.*")
    body = {"event_type": "inbox.reply_received", "source": "crm", "payload": {"text": "hello"}}
    answer = machine.post("/webhooks/events", body).ok()
    assert (answer["queued_deliveries"], answer["pending"], answer["delivered"]) == (1, 1, 0)
    assert answer["owner_agent"] == "agent://myorg/production/demo"
    post_due()
    post_due()
    ((_, told),) = posted(outside)
    assert told["event_id"] == answer["event_id"]
    assert told["data"]["details"] == {"source": "crm", "payload": {"text": "hello"}}


def test_what_is_published_of_an_agent_is_for_its_endpoints_and_those_of_all(
    machine: KeyCaller, shop: KeyCaller, stranger: KeyCaller, outside: Receiver
) -> None:
    for caller, path in ((machine, "/takes"), (shop, "/ok"), (stranger, "/page")):
        subscribe(caller, outside, path, "inbox.*")
    body = {"event_type": "inbox.thread_created", "source": "crm", "payload": {}}
    assert (
        machine.send("POST", "/webhooks/events", raw=json.dumps(body).encode(), query={"owner_agent": "shop"}).ok()[
            "queued_deliveries"
        ]
        == 2
    )
    post_due()
    assert sorted(request.split(b" ")[1] for request in outside.requests) == [b"/ok", b"/takes"]


@pytest.mark.parametrize("event_type", ["intent.completed", "agent.created", "webhook.test", "anything"])
def test_only_the_types_of_clients_can_be_published(machine: KeyCaller, event_type: str) -> None:
    answer = machine.post("/webhooks/events", {"event_type": event_type, "source": "crm", "payload": {}})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "event_type")


def test_what_was_posted_and_not_written_down_is_posted_again_with_the_same_id(
    now: SettableClock, machine: KeyCaller, outside: Receiver
) -> None:
    machine.post(f"/webhooks/subscriptions/{of(subscribe(machine, outside))}/test").ok()
    (leased,) = outbox.CHANNEL.outbox.lease(limit=10)
    outbox.send(leased)
    now.advance(seconds=61)
    post_due()
    first, second = [headers["webhook-id"] for headers, _ in posted(outside)]
    assert first == second
    assert WebhookMessage.objects.get().state == "sent"


def test_messages_are_forgotten_when_they_are_long_over(now: SettableClock, machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside)
    machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    post_due()
    counts = []
    for days in (29, 2):
        now.advance(days=days)
        outbox.prune()
        counts.append((WebhookMessage.objects.count(), Attempt.objects.count()))
    assert counts == [(1, 1), (0, 0)]
