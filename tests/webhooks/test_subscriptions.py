"""Subscriptions: made, changed, seen by whom they concern, and deleted."""

from typing import Any

import pytest
from django.db import connection

from intents.accounts.models import AuditEntry
from intents.webhooks.models import Subscription, WebhookMessage
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.intents.locks import beside
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import of, post_due, posted, row, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

PUBLISHED = {
    "subscription_id",
    "owner_agent",
    "callback_url",
    "event_types",
    "active",
    "created_at",
    "updated_at",
    "revoked_at",
    "secret_hint",
}
"""What the public schema requires of a subscription."""


def test_the_same_endpoint_is_one_subscription(machine: KeyCaller, outside: Receiver) -> None:
    first = subscribe(machine, outside)
    assert set(first["subscription"]) >= PUBLISHED
    assert first["secret"].startswith("whsec_")
    assert first["subscription"]["secret_hint"] == f"whsec_…{first['secret'][-4:]}"
    again = subscribe(machine, outside, "/takes", "agent.*", description="orders", metadata={"team": 7})
    assert of(again) == of(first)
    assert "secret" not in again
    shown = machine.get(f"/webhooks/subscriptions/{of(first)}").ok()["subscription"]
    assert (shown["event_types"], shown["description"], shown["metadata"]) == (["agent.*"], "orders", {"team": 7})
    assert [one["subscription_id"] for one in machine.get("/webhooks/subscriptions").ok()["subscriptions"]] == [of(first)]


def test_a_secret_is_kept_encrypted_and_shown_once(machine: KeyCaller, outside: Receiver) -> None:
    secret = subscribe(machine, outside)["secret"]
    assert secret not in str(machine.get("/webhooks/subscriptions").raw)
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM intents_subscription s")
        assert secret not in str(cursor.fetchall())
    assert secret not in str(list(AuditEntry.objects.values_list("details", flat=True)))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event_types": ["intent.finished"]}, "event_types.0"),
        ({"event_types": ["intent*"]}, "event_types.0"),
        ({"event_types": ["order.*"]}, "event_types.0"),
        ({"event_types": []}, "event_types"),
        ({"callback_url": "ftp://example.com/x"}, "callback_url"),
        ({"callback_url": "https://a:b@example.com/x"}, "callback_url"),
        ({"secret": "whsec_short-and-no-base64"}, "secret"),
        ({"secret": "whsk_AAAAAAAAAAAAAAAAAAAAAAAA"}, "secret"),
        ({"rate_per_second": 0}, "rate_per_second"),
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"payload": "fat"}, "payload"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    machine: KeyCaller, outside: Receiver, fields: dict[str, Any], field: str
) -> None:
    body = {"callback_url": f"http://127.0.0.1:{outside.port}/takes", "event_types": ["*"]} | fields
    answer = machine.post("/webhooks/subscriptions", body)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, field)
    assert not Subscription.objects.exists()


def test_without_networks_inside_an_endpoint_is_reached_encrypted(machine: KeyCaller, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = []
    answer = machine.post("/webhooks/subscriptions", {"callback_url": "http://example.com/x", "event_types": ["*"]})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "callback_url")


def test_an_agents_own_key_manages_its_own_alone(
    machine: KeyCaller, shop: KeyCaller, stranger: KeyCaller, outside: Receiver
) -> None:
    everything, own = subscribe(machine, outside, "/ok"), subscribe(shop, outside)
    assert own["subscription"]["owner_agent"] == "agent://myorg/production/shop"
    assert everything["subscription"]["owner_agent"] == "agent://myorg/production/*"
    assert [one["subscription_id"] for one in shop.get("/webhooks/subscriptions").ok()["subscriptions"]] == [of(own)]
    url = f"/webhooks/subscriptions/{of(own)}"
    for caller, path in ((stranger, url), (shop, f"/webhooks/subscriptions/{of(everything)}")):
        for call in (caller.get(path), caller.patch(path, {"active": False}), caller.delete(path)):
            assert call.status == 404
        assert caller.post(f"{path}/secret").status == 404
        assert caller.post(f"{path}/test").status == 404
    body = {"callback_url": "https://example.com/x", "event_types": ["*"], "owner_agent": "shop"}
    assert stranger.post("/webhooks/subscriptions", body).status == 403
    assert shop.patch(url, {"description": "mine"}).ok()["subscription"]["description"] == "mine"


def test_people_see_and_manage_by_their_role(
    machine: KeyCaller,
    outside: Receiver,
    alice: PersonCaller,
    olga: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
) -> None:
    url = f"/webhooks/subscriptions/{of(subscribe(machine, outside))}"
    seen = {"alice": alice, "olga": olga, "vera": vera, "bob": bob, "charlie": charlie}
    assert [name for name, who in seen.items() if who.get(url).status == 200] == ["alice", "olga", "vera"]
    assert [name for name, who in seen.items() if who.get("/webhooks/subscriptions").ok()["subscriptions"]] == [
        "alice",
        "olga",
        "vera",
    ]
    assert [name for name, who in seen.items() if who.patch(url, {"description": name}).status == 200] == ["alice"]
    assert [name for name, who in seen.items() if who.post(f"{url}/test").status == 200] == ["alice"]


def test_a_deleted_subscription_is_gone_and_tells_nothing(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside)
    shop.submit()
    url = f"/webhooks/subscriptions/{of(made)}"
    answer = machine.send("DELETE", url, query={"owner_agent": "shop"}).ok()
    assert set(answer) >= {"ok", "subscription_id", "revoked_at"}
    assert (machine.get(url).status, machine.delete(url).status) == (404, 404)
    post_due()
    assert posted(outside) == []
    assert of(subscribe(machine, outside)) != of(made)


def test_what_was_on_its_way_to_a_deleted_subscription_is_skipped(machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside)
    machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    machine.delete(f"/webhooks/subscriptions/{of(made)}").ok()
    post_due()
    assert (WebhookMessage.objects.get().state, posted(outside)) == ("skipped", [])


def test_a_subscription_is_deleted_without_waiting_for_who_has_its_messages_in_hand(
    machine: KeyCaller, outside: Receiver
) -> None:
    """Who leases messages waits for their subscription afterwards, where it has a pace."""
    made = subscribe(machine, outside, rate_per_second=1)
    machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    with beside() as other:
        other.execute("SELECT FROM intents_webhookmessage FOR UPDATE")
        machine.delete(f"/webhooks/subscriptions/{of(made)}").ok()
    post_due()
    assert (WebhookMessage.objects.get().state, posted(outside)) == ("skipped", [])


def test_nothing_is_told_to_an_endpoint_whose_agent_works_no_longer(
    alice: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    made = subscribe(shop, outside)
    alice.post(f"/operations/agents/{shop.agent.id}/suspend", {"reason": "holiday"})
    machine.delete(f"/service-accounts/{shop.agent.id}").ok()
    machine.post("/service-accounts", {"name": "shop"}).ok()
    machine.submit("shop")
    post_due()
    assert posted(outside) == []
    assert row(made).active


def test_changes_are_on_record(machine: KeyCaller, outside: Receiver) -> None:
    url = f"/webhooks/subscriptions/{of(subscribe(machine, outside))}"
    machine.patch(url, {"active": False}).ok()
    machine.post(f"{url}/enable").ok()
    machine.post(f"{url}/secret", {"overlap_seconds": 0}).ok()
    machine.delete(url).ok()
    actions = list(AuditEntry.objects.filter(action__startswith="webhook.").order_by("id").values_list("action", flat=True))
    assert actions == [f"webhook.{verb}" for verb in ("create", "disable", "enable", "rotate_secret", "delete")]


def test_an_upsert_under_an_idempotency_key_shows_its_secret_to_the_same_key_again(
    machine: KeyCaller, shop: KeyCaller
) -> None:
    body = {"callback_url": "https://example.com/x", "event_types": ["*"]}
    first = machine.post("/webhooks/subscriptions", body, key="start-1").ok()
    assert machine.post("/webhooks/subscriptions", body, key="start-1").ok() == first
    other: Caller = shop
    assert other.post("/webhooks/subscriptions", body, key="start-1").ok()["secret"] != first["secret"]


def test_a_put_does_what_a_post_does(machine: KeyCaller) -> None:
    raw = b'{"callback_url": "https://example.com/x", "event_types": ["intent.completed"]}'
    first = machine.send("PUT", "/webhooks/subscriptions", raw=raw).ok()
    assert of(machine.send("PUT", "/webhooks/subscriptions", raw=raw).ok()) == of(first)
