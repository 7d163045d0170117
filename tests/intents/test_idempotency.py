"""The same request twice has one effect and one answer."""

import json
from datetime import timedelta
from typing import Any

import pytest

from intents.accounts.models import Workspace
from intents.accounts.services import tenancy
from intents.engine.models import IdempotencyRecord, Intent
from intents.engine.services import idempotency
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_machine, token_for
from tests.conftest import SettableClock

BODY = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {"n": 1}}


def test_the_same_request_gets_the_first_answer_again(machine: KeyCaller) -> None:
    first = machine.post("/intents", BODY, key="k")
    again = machine.post("/intents", BODY, key="k")
    assert first.ok() == again.ok()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert Intent.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"correlation_id": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4"},
        {"correlationId": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4"},
    ],
)
def test_another_correlation_id_is_the_same_request(machine: KeyCaller, change: dict[str, Any]) -> None:
    first = machine.post("/intents", BODY, key="k").ok()
    assert machine.post("/intents", BODY | change, key="k").ok() == first


def test_spelling_and_order_are_the_same_request(machine: KeyCaller) -> None:
    first = machine.post("/intents", BODY, key="k").ok()
    raw = json.dumps(dict(reversed(BODY.items())), indent=3).encode()
    assert machine.send("POST", "/intents", raw=raw, headers={"Idempotency-Key": "k"}).ok() == first


@pytest.mark.parametrize(
    "change", [{"payload": {"n": 2}}, {"to_agent": "other"}, {"reply_to": "shop"}, {"payload": {"n": "1"}}]
)
def test_another_body_under_the_same_key_is_409(machine: KeyCaller, change: dict[str, Any]) -> None:
    machine.post("/intents", BODY, key="k").ok()
    refused = machine.post("/intents", BODY | change, key="k")
    assert (refused.status, refused.code) == (409, "idempotency_conflict")
    assert Intent.objects.count() == 1


def test_a_key_belongs_to_its_account(machine: KeyCaller, shop: KeyCaller, foreign_machine: KeyCaller) -> None:
    made = {caller.post("/intents", BODY, key="k").ok()["intent_id"] for caller in (machine, shop, foreign_machine)}
    assert len(made) == 3


def test_two_keys_of_one_account_share_its_idempotency_keys(workspace: Workspace, shop: KeyCaller) -> None:
    second = make_machine(workspace, "shop")
    assert shop.post("/intents", BODY, key="k").ok() == second.post("/intents", BODY, key="k").ok()


def test_a_key_belongs_to_its_path(machine: KeyCaller) -> None:
    one, other = machine.submit(), machine.submit()
    ending = {"status": "CANCELED", "reason": "x"}
    first = machine.post(f"/intents/{one}/resolve", ending, key="k").ok()
    second = machine.post(f"/intents/{other}/resolve", ending, key="k").ok()
    assert (first["intent"]["intent_id"], second["intent"]["intent_id"]) == (one, other)


def test_a_persons_key_does_not_reach_into_another_workspace(
    other_workspace: Workspace, machine: KeyCaller, foreign_machine: KeyCaller, alice: PersonCaller
) -> None:
    tenancy.set_member(actor=SETUP, workspace=other_workspace, user=alice.user, role=Role.OWNER)
    abroad = token_for(other_workspace, alice.user)
    here = machine.also(alice).post("/intents", BODY, key="k").ok()
    there = foreign_machine.also(abroad).post("/intents", BODY, key="k").ok()
    assert here["intent_id"] != there["intent_id"]


def test_errors_are_not_kept(machine: KeyCaller) -> None:
    intent_id = machine.submit()
    path, body = f"/intents/{intent_id}/resume", {"action": "fail", "error": "no", "lease_token": None}
    refused = machine.post(path, body | {"expected_policy_generation": 7}, key="k")
    assert (refused.status, refused.code) == (409, "stale_policy_generation")
    assert IdempotencyRecord.objects.count() == 0
    assert machine.post(path, body, key="k").ok()["intent"]["status"] == "FAILED"


def test_a_refused_submit_leaves_its_key_free(machine: KeyCaller, now: SettableClock) -> None:
    late = BODY | {"deadline_at": "2000-01-01T00:00:00Z"}
    assert machine.post("/intents", late, key="k").status == 422
    machine.post("/intents", BODY, key="k").ok()


def test_without_a_key_each_request_counts(machine: KeyCaller) -> None:
    assert machine.post("/intents", BODY).ok() != machine.post("/intents", BODY).ok()


@pytest.mark.parametrize("key", ["x" * 256, "\x01", "a\tb"])
def test_a_malformed_key_is_422(machine: KeyCaller, key: str) -> None:
    refused = machine.post("/intents", BODY, key=key)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "Idempotency-Key")
    assert Intent.objects.count() == 0


def test_an_answer_is_kept_for_its_days_and_then_forgotten(machine: KeyCaller, now: SettableClock) -> None:
    first = machine.post("/intents", BODY, key="k").ok()
    now.set(now.now + timedelta(days=7) - timedelta(seconds=1))
    assert idempotency.prune() == 0
    assert machine.post("/intents", BODY, key="k").ok() == first
    now.advance(seconds=2)
    assert idempotency.prune() == 1
    assert machine.post("/intents", BODY, key="k").ok() != first


def test_a_new_keys_secret_is_not_kept_with_its_answer(machine: KeyCaller) -> None:
    made = machine.post(f"/service-accounts/{machine.agent.id}/keys", {}, key="k").ok()["key"]
    (record,) = IdempotencyRecord.objects.all()
    assert made["token"] not in (record.body or "")
