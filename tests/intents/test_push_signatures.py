"""Whom the server posts to, and by what an agent knows that the server does."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from intents.accounts.models import Agent
from intents.engine import invariants
from tests.conftest import KeyCaller, SettableClock
from tests.intents.pushes import call_at, post_due, posted
from tests.intents.receivers import Receiver
from tests.intents.test_signing import verified_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_a_delivery_is_posted_signed_and_acknowledged_by_its_status(
    machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    secret = call_at(machine, outside, "/takes")
    intent_id = shop.submit("called", payload={"name": "Zoë"})
    post_due()
    headers, body = posted(outside)
    assert (body["intent_id"], body["payload"], body["delivery_attempt"]) == (intent_id, {"name": "Zoë"}, 1)
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    assert Webhook(secret).verify(text, headers) == body
    assert shop.intent(intent_id)["status"] == "ACKNOWLEDGED"
    assert called.post(f"/intents/{intent_id}/resume", {"total": 3, "lease_token": body["lease_token"]}).ok()["applied"]
    assert (shop.intent(intent_id)["status"], shop.intent(intent_id)["result"]) == ("COMPLETED", {"total": 3})
    assert invariants.findings() == []


def test_the_older_signature_is_over_the_body_alone(
    machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    secret = call_at(machine, outside, "/takes")
    shop.submit("called")
    post_due()
    headers, _ = posted(outside)
    body = outside.requests[-1].partition(b"\r\n\r\n")[2]
    assert headers["x-axme-signature"] == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.usefixtures("called")
def test_both_secrets_sign_while_one_is_rotated(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    old = call_at(machine, outside, "/takes")
    account = Agent.objects.get(name="called").id
    new = machine.post(f"/service-accounts/{account}/signing-secret/rotate", {"overlap_seconds": 60}).ok()["signing_secret"]
    verified = []
    for seconds in (0, 61):
        now.advance(seconds=seconds)
        shop.submit("called")
        post_due()
        headers, _ = posted(outside)
        verified.append([bool(_verifies(secret, outside, headers)) for secret in (old, new)])
    assert verified == [[True, True], [False, True]]


@pytest.mark.usefixtures("called")
def test_an_agent_changes_over_to_a_key_pair_and_back_without_a_gap(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    shared = call_at(machine, outside, "/takes")
    account = f"/service-accounts/{Agent.objects.get(name='called').id}"
    rotate = f"{account}/signing-secret/rotate"
    made = machine.post(rotate, {"overlap_seconds": 60, "kind": "ed25519"}).ok()
    assert (made["signing_secret"], made["signing_public_key"][:5]) == (None, "whpk_")
    again = machine.post(rotate, {"overlap_seconds": 30}).ok()
    publics = [made["signing_public_key"], again["signing_public_key"]]
    assert [one[:5] for one in sorted(set(publics))] == ["whpk_", "whpk_"]
    verified = []
    for seconds in (0, 61):
        now.advance(seconds=seconds)
        shop.submit("called")
        post_due()
        headers, _ = posted(outside)
        text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
        verified.append((_verifies(shared, outside, headers), *(verified_by(one, headers, text) for one in publics)))
    assert verified == [(True, True, True), (False, False, True)]
    assert "whsk_" not in json.dumps([made, again, machine.get(f"{account}/signing-keys").ok()])
    back = machine.post(rotate, {"overlap_seconds": 60, "kind": "hmac"}).ok()
    assert (back["signing_secret"][:6], back["signing_public_key"]) == ("whsec_", None)
    shown = machine.get(f"{account}/signing-keys").ok()["keys"]
    assert [(one["kind"], one["public_key"]) for one in shown] == [("hmac", None), ("ed25519", publics[1])]
    assert [one["until"] is None for one in shown] == [True, False]


def _verifies(secret: str, outside: Receiver, headers: dict[str, str]) -> bool:
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], at, text) in headers["webhook-signature"].split(" ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"delivery_mode": "http"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "ftp://agent.example/"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "https://user:secret@agent.example/"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "https://agent.example/#part"}, "callback_url"),
        ({"callback_url": "agent.example"}, "callback_url"),
    ],
)
@pytest.mark.usefixtures("called")
def test_a_url_that_cannot_be_called_is_refused(machine: KeyCaller, body: dict[str, str], field: str) -> None:
    refused = machine.patch("/agents/called", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


@pytest.mark.usefixtures("called")
def test_an_unencrypted_url_is_refused_where_nothing_inside_is_allowed(machine: KeyCaller, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = []
    refused = machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": "http://agent.example/"})
    assert refused.json["error"]["details"]["field"] == "callback_url"
