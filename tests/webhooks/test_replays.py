"""What was posted, or was not, is posted again: as the same message."""

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import of, post_due, posted, subscribe, types

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

PUBLISHED = {
    "delivery_id",
    "replay_of_delivery_id",
    "org_id",
    "workspace_id",
    "principal_id",
    "alias",
    "transport_type",
    "route_id",
    "status",
    "correlation_id",
    "idempotency_key",
    "payload",
    "error_detail",
    "created_at",
    "updated_at",
}
"""What the public schema requires of a delivery."""


def test_a_replay_is_the_same_message_with_the_same_id(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    post_due()
    (first,) = machine.get("/deliveries").ok()["deliveries"]
    assert set(first) >= PUBLISHED
    assert (first["status"], first["transport_type"]) == ("delivered", "webhook")
    again = machine.post(f"/deliveries/{first['delivery_id']}/replay").ok()["delivery"]
    assert again["replay_of_delivery_id"] == first["delivery_id"]
    third = machine.post(f"/deliveries/{again['delivery_id']}/replay").ok()["delivery"]
    post_due()
    assert len(outside.requests) == 2 or third["delivery_id"] == again["delivery_id"]
    assert len({headers["webhook-id"] for headers, _ in posted(outside)}) == 1
    assert posted(outside)[0][1] == posted(outside)[1][1] == first["payload"]
    shown = machine.get(f"/deliveries/{again['delivery_id']}").ok()["delivery"]
    assert (shown["status"], shown["error_detail"], shown["attempts"][0]["status"]) == ("delivered", None, 200)


def test_one_that_waits_for_its_next_try_is_tried_at_once(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    subscribe(machine, outside, "/error", "intent.created")
    shop.submit()
    post_due()
    (waiting,) = machine.get("/deliveries").ok()["deliveries"]
    again = machine.post(f"/deliveries/{waiting['delivery_id']}/replay").ok()["delivery"]
    assert again["delivery_id"] == waiting["delivery_id"]
    post_due()
    assert len(outside.requests) == 2


def test_what_happened_while_an_endpoint_was_disabled_is_kept_and_replayed(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    url = f"/webhooks/subscriptions/{of(subscribe(machine, outside, '/takes', 'intent.created'))}"
    assert machine.patch(url, {"active": False}).ok()["subscription"]["disabled_reason"] == "person"
    for _ in range(5):
        shop.submit()
    post_due()
    assert outside.requests == []
    skipped = machine.get("/deliveries", state="skipped").ok()["deliveries"]
    assert [one["status"] for one in skipped] == ["failed"] * 5
    assert machine.post(f"/deliveries/{skipped[0]['delivery_id']}/replay").status == 409
    assert machine.post(f"{url}/test").status == 409
    machine.post(f"{url}/enable").ok()
    post_due()
    assert outside.requests == []
    for one in skipped:
        machine.post(f"/deliveries/{one['delivery_id']}/replay").ok()
    post_due()
    assert types(outside) == ["created"] * 5
    assert {body["data"]["intent_id"] for _, body in posted(outside)} == {one["intent_id"] for one in skipped}


def test_what_waits_for_its_next_try_is_skipped_when_its_endpoint_is_disabled(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    url = f"/webhooks/subscriptions/{of(subscribe(machine, outside, '/error', 'intent.created'))}"
    shop.submit()
    post_due()
    machine.patch(url, {"active": False}).ok()
    (one,) = machine.get("/deliveries").ok()["deliveries"]
    assert one["state"] == "skipped"


def test_an_event_is_replayed_to_those_that_were_told_and_those_that_ask_only_now(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    subscribe(shop, outside, "/page", "intent.waiting")
    shop.submit()
    post_due()
    event_id = posted(outside)[0][1]["event_id"]
    subscribe(machine, outside, "/ok", "intent.*")
    answer = machine.post(f"/webhooks/events/{event_id}/replay").ok()
    assert (answer["event_type"], answer["queued_deliveries"]) == ("intent.created", 2)
    assert {"processed_deliveries", "delivered", "pending", "dead_lettered", "replayed_at"} <= set(answer)
    post_due()
    assert sorted(request.split(b" ")[1] for request in outside.requests) == [b"/ok", b"/takes", b"/takes"]


def test_who_may_not_see_an_event_replays_nothing(
    machine: KeyCaller,
    shop: KeyCaller,
    stranger: KeyCaller,
    foreign_machine: KeyCaller,
    outside: Receiver,
    olga: PersonCaller,
    vera: PersonCaller,
    bob: PersonCaller,
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    post_due()
    (one,) = machine.get("/deliveries").ok()["deliveries"]
    for caller, status in ((stranger, 404), (foreign_machine, 404), (bob, 404), (vera, 403), (shop, 404), (olga, 200)):
        assert caller.post(f"/deliveries/{one['delivery_id']}/replay").status == status
    for caller, status in ((stranger, 404), (foreign_machine, 404), (bob, 404), (vera, 403), (olga, 200)):
        assert caller.post(f"/webhooks/events/{one['event_id']}/replay").status == status


def test_deliveries_are_found_by_what_they_are(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside, "/takes", "intent.created")
    other = subscribe(machine, outside, "/error", "intent.submitted")
    first = shop.submit()
    shop.submit()
    post_due()

    def count(**query: str) -> int:
        return len(machine.get("/deliveries", **query).ok()["deliveries"])

    assert count() == 4
    assert count(subscription_id=of(made)) == count(state="sent") == count(status="delivered") == 2
    assert count(status="pending") == count(event_type="intent.submitted") == count(subscription_id=of(other)) == 2
    assert count(intent_id=first) == 2
    assert count(intent_id=first, state="sent") == 1
    assert count(workspace_id="elsewhere") == count(state="skipped") == 0
    page = machine.get("/deliveries", limit=3).ok()
    rest = machine.get("/deliveries", limit=3, cursor=page["next_cursor"]).ok()
    assert (len(rest["deliveries"]), rest["next_cursor"]) == (1, None)
