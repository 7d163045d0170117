"""Receipts of decisions: verified offline by the example that executors copy, redeemed once, and worth nothing otherwise."""

import base64
import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from intents.kernel import canonical, clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway

EXAMPLE = Path(django_settings.BASE_DIR) / "examples/receipt_verification"
PAYLOAD = {"amount": 129.5, "currency": "EUR", "payee": "Bäckerei 😀", "small": 1e-7, "n": [1, None, True], "z\u20ac": 1e21}


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("receipts", EXAMPLE / "receipts.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


receipts = _module()


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> Asked:
    return ask(shop, PAYLOAD, title="Refund?", editable_fields=["amount"], receipt=True)


def receipt_of(shop: KeyCaller, asked: Asked) -> str:
    text: str = shop.intent(asked.intent_id)["result"]["receipt"]
    return text


def keys(shop: KeyCaller) -> Any:
    return shop.get("/receipts/keys").ok()


def test_an_executor_verifies_offline_what_was_approved(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    done = asked.decide(bob, "approved", data={"approved": {"amount": 100}}).ok()
    claims = receipts.verify(receipt_of(shop, asked), keys(shop), payload=PAYLOAD, intent_id=asked.intent_id)
    assert claims["approved"] == {"amount": 100}
    assert (claims["decided_by"], claims["outcome"], claims["revision"]) == ("bob@myorg.example", "approved", 2)
    assert claims["payload_digest"] == done["decision"]["payload_digest"]
    assert claims["exp"] - claims["iat"] == 86_400
    assert claims["to_agent"].endswith("order-service")


def test_an_agent_that_asked_midway_gets_it_with_the_result(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    asked = ask_midway(shop, worker, receipt={"valid_seconds": 60})
    asked.decide(bob, "approved").ok()
    text = shop.events(asked.intent_id)[-1]["details"]["resume"]["task_result"]["receipt"]
    claims = receipts.verify(text, keys(shop), payload={}, intent_id=asked.intent_id)
    assert claims["exp"] - claims["iat"] == 60


def test_a_held_decision_has_a_receipt_once_it_takes_effect(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, PAYLOAD, title="Refund?", risk="low", receipt=True)
    asked.decide_on_page(bob)
    assert shop.get(f"/tasks/{asked.task_id}/receipt").code == "no_receipt"


def test_it_can_be_had_by_api_and_is_the_same_each_time(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    assert shop.get(f"/tasks/{asked.task_id}/receipt").code == "no_receipt"
    asked.decide(bob, "approved").ok()
    found = shop.get(f"/tasks/{asked.task_id}/receipt").ok()
    assert found["receipt"] == receipt_of(shop, asked)
    assert shop.get(f"/receipts/{found['receipt_id']}").ok() == found
    assert found["redeemed_at"] is None


def test_nobody_who_did_not_ask_for_one_finds_it_in_the_result(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, PAYLOAD, title="Refund?", receipt=False)
    asked.decide(bob, "approved").ok()
    assert "receipt" not in shop.intent(asked.intent_id)["result"]
    text = shop.get(f"/tasks/{asked.task_id}/receipt").ok()["receipt"]
    assert receipts.verify(text, keys(shop), payload=PAYLOAD, intent_id=asked.intent_id)


def test_a_refusal_grants_nothing(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "rejected").ok()
    assert "receipt" not in shop.intent(asked.intent_id)["result"]
    assert shop.get(f"/tasks/{asked.task_id}/receipt").code == "no_receipt"


def test_the_second_who_redeems_it_is_told_who_was_first_and_when(
    shop: KeyCaller, machine: KeyCaller, bob: PersonCaller, asked: Asked
) -> None:
    asked.decide(bob, "approved").ok()
    receipt_id = shop.get(f"/tasks/{asked.task_id}/receipt").ok()["receipt_id"]
    first = machine.post(f"/receipts/{receipt_id}/redeem", key="one").ok()
    assert machine.post(f"/receipts/{receipt_id}/redeem", key="one").ok() == first
    for who in (machine, shop):
        again = who.post(f"/receipts/{receipt_id}/redeem")
        assert (again.status, again.code) == (409, "already_redeemed")
        details = again.json["error"]["details"]
        assert (details["redeemed_at"], details["redeemed_by"]) == (first["redeemed_at"], first["redeemed_by"])
    assert shop.get(f"/receipts/{receipt_id}").ok()["redeemed_by"] == first["redeemed_by"]


def test_a_person_redeems_nothing(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "approved").ok()
    receipt_id = shop.get(f"/tasks/{asked.task_id}/receipt").ok()["receipt_id"]
    assert bob.post(f"/receipts/{receipt_id}/redeem").status == 403
    assert shop.get(f"/receipts/{receipt_id}").ok()["redeemed_at"] is None


def test_one_that_has_expired_is_worth_nothing(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "approved").ok()
    found = shop.get(f"/tasks/{asked.task_id}/receipt").ok()
    late = found["claims"]["exp"]
    with pytest.raises(receipts.BadReceipt, match="expired"):
        receipts.verify(found["receipt"], keys(shop), payload=PAYLOAD, intent_id=asked.intent_id, now=late)
    with clock.frozen_at(datetime.fromtimestamp(late, UTC) + timedelta(seconds=1)):
        refused = shop.post(f"/receipts/{found['receipt_id']}/redeem")
    assert (refused.status, refused.code) == (409, "no_receipt")


def test_one_whose_intent_was_given_up_is_redeemed_no_more(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    asked = ask_midway(shop, worker, receipt=True)
    asked.decide(bob, "approved").ok()
    receipt_id = shop.get(f"/tasks/{asked.task_id}/receipt").ok()["receipt_id"]
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "No"}).ok()
    assert shop.post(f"/receipts/{receipt_id}/redeem").code == "no_receipt"


ALTERED = {"iss", "jti", "iat", "exp", "intent_id", "intent_type", "to_agent", "task_id", "revision", "outcome"}
ALTERED |= {"payload_sha256", "payload_digest", "decided_by", "authority", "approved"}


def test_an_alteration_of_any_field_is_found(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "approved", data={"approved": {"amount": 100}}).ok()
    header, claims, signature = receipt_of(shop, asked).split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert said.keys() == ALTERED
    for name in ALTERED:
        other = (
            said[name] + 1 if isinstance(said[name], int) else {"amount": 999} if name == "approved" else f"{said[name]}x"
        )
        text = base64.urlsafe_b64encode(canonical.dumps(said | {name: other}).encode()).rstrip(b"=").decode()
        with pytest.raises(receipts.BadReceipt):
            receipts.verify(f"{header}.{text}.{signature}", keys(shop), payload=PAYLOAD, intent_id=asked.intent_id)
    lines = {"alg": "none"}, {"typ": "JWT"}, {"alg": "HS256"}
    for other in lines:
        made = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))) | other
        text = base64.urlsafe_b64encode(canonical.dumps(made).encode()).rstrip(b"=").decode()
        with pytest.raises(receipts.BadReceipt):
            receipts.verify(f"{text}.{claims}.{signature}", keys(shop), payload=PAYLOAD, intent_id=asked.intent_id)


@pytest.mark.parametrize("text", ["", "a.b.c", "..", "é.é.é", None, "e30.e30.e30"])
def test_what_is_no_receipt_is_refused_as_such(shop: KeyCaller, text: Any) -> None:
    with pytest.raises(receipts.BadReceipt):
        receipts.verify(text, keys(shop), payload={}, intent_id="x")


def test_it_counts_for_its_own_intent_payload_and_outcome_alone(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "approved").ok()
    text, known = receipt_of(shop, asked), keys(shop)
    for other in ({"payload": PAYLOAD | {"amount": 1}}, {"intent_id": "another"}, {"outcomes": ("confirmed",)}):
        with pytest.raises(receipts.BadReceipt):
            receipts.verify(text, known, **({"payload": PAYLOAD, "intent_id": asked.intent_id} | other))


def test_after_a_change_of_the_key_it_is_signed_anew(
    shop: KeyCaller, bob: PersonCaller, asked: Asked, settings: Settings
) -> None:
    asked.decide(bob, "approved").ok()
    old, before = receipt_of(shop, asked), keys(shop)
    settings.AUDIT_KEY = bytes(range(32))
    fresh, after = shop.get(f"/tasks/{asked.task_id}/receipt").ok()["receipt"], keys(shop)
    known = {"payload": PAYLOAD, "intent_id": asked.intent_id}
    with pytest.raises(receipts.UnknownKey):
        receipts.verify(old, after, **known)
    with pytest.raises(receipts.UnknownKey):
        receipts.verify(fresh, before, **known)
    assert receipts.verify(old, before, **known) == receipts.verify(fresh, after, **known)
    assert receipts.verify(old, {"keys": before["keys"] + after["keys"]}, **known)


@pytest.mark.parametrize("value", [0.1, 1e-6, 1e-7, 1e20, 1e21, -1.5e300, 5e-324, 100.0, -0.0, 123456789.125, 2**53 - 1])
def test_the_example_writes_numbers_as_the_server_does(value: float) -> None:
    assert receipts.canonical([value, {"é": 1, "\U0001f600": 2, "\ufb33": '\u2028\x1f"'}]) == canonical.dumps(
        [value, {"é": 1, "\U0001f600": 2, "\ufb33": '\u2028\x1f"'}]
    )


def test_the_example_executor_pays_what_was_approved_and_nothing_that_was_altered(
    shop: KeyCaller, bob: PersonCaller, asked: Asked, tmp_path: Path
) -> None:
    asked.decide(bob, "approved", data={"approved": {"amount": 100}}).ok()
    (tmp_path / "keys.json").write_text(json.dumps(keys(shop)))
    request = {"intent_id": asked.intent_id, "payload": PAYLOAD, "receipt": receipt_of(shop, asked)}

    def executed(**more: Any) -> str:
        program = [sys.executable, str(EXAMPLE / "executor.py"), str(tmp_path / "keys.json")]
        asked_for = json.dumps(request | more)
        ran = subprocess.run(program, input=asked_for, capture_output=True, text=True, env={}, timeout=240, check=False)
        return ran.stdout.strip()

    assert executed() == "paid 100, approved by bob@myorg.example"
    assert executed(payload=PAYLOAD | {"amount": 100}) == "refused: it is for another payload"
