"""What is sent keeps its order for people who read it, while digests are over the canonical form."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inbox.tasks import selectors
from inbox.tasks.models import Task
from intents.engine.chains import broken_chains
from intents.engine.models import IntentBody, IntentEvent
from intents.kernel import canonical
from tests.callers import KeyCaller

PAYLOAD: dict[str, Any] = {
    "travel_from": "Berlin",
    "Destination": "Riga",
    "lines": [{"what": "Train", "on": "2026-12-01", "amount": 12.5}, {"what": "Hotel", "on": "2026-12-02", "amount": 99}],
    "approver": "Bob",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"zeta": {"type": "string"}, "midst": {"type": "integer"}, "alpha": {"type": "boolean"}},
    "required": ["zeta"],
}
TASK: dict[str, Any] = {"task_type": "form", "form_schema": SCHEMA}


def by_submit(shop: KeyCaller, worker: KeyCaller) -> str:
    return shop.submit(payload=PAYLOAD, human_task=TASK)


def by_batch(shop: KeyCaller, worker: KeyCaller) -> str:
    item = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": PAYLOAD, "human_task": TASK}
    (made,) = shop.post("/intents/batch", {"intents": [item]}).ok()["intents"]
    return str(made["intent_id"])


def by_waiting(shop: KeyCaller, worker: KeyCaller) -> str:
    intent_id = shop.submit(payload=PAYLOAD)
    worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": TASK}).ok()
    return intent_id


def as_a_child(shop: KeyCaller, worker: KeyCaller) -> str:
    child = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": PAYLOAD, "human_task": TASK}
    answer = worker.post(f"/intents/{shop.submit()}/wait", {"for": "agent", "until": "all", "intents": [child]}).ok()
    return str(answer["child_intent_ids"][0])


DOORS = [by_submit, by_batch, by_waiting, as_a_child]


@pytest.mark.parametrize("door", DOORS)
def test_payload_and_form_keep_the_order_they_were_sent_in(
    door: Callable[[KeyCaller, KeyCaller], str], shop: KeyCaller, worker: KeyCaller
) -> None:
    task = Task.objects.select_related("intent").get(intent_id=door(shop, worker))
    assert json.dumps(selectors.body(task.intent).as_sent) == json.dumps(PAYLOAD)
    assert json.dumps(canonical.loads(task.spec)["form_schema"]) == json.dumps(SCHEMA)


@pytest.mark.parametrize("door", DOORS)
def test_the_digest_of_a_payload_is_over_its_canonical_form(
    door: Callable[[KeyCaller, KeyCaller], str], shop: KeyCaller, worker: KeyCaller
) -> None:
    body = IntentBody.objects.get(intent_id=door(shop, worker))
    first = IntentEvent.objects.get(intent_id=body.intent_id, seq=1)
    promised = json.loads(first.details or "")["payload_sha256"]
    assert canonical.digest(canonical.dumps(PAYLOAD), bytes(body.salt)).hex() == promised


def test_what_was_sent_in_the_canonical_order_is_stored_once(shop: KeyCaller) -> None:
    body = IntentBody.objects.get(intent_id=shop.submit(payload={"a": 1, "b": {"c": 2, "d": 3}}))
    assert body.sent is None
    assert body.as_sent == {"a": 1, "b": {"c": 2, "d": 3}}


def test_the_verifier_finds_that_people_are_shown_something_else(shop: KeyCaller) -> None:
    intent_id = shop.submit(payload={"to": "ACME", "amount": 1})
    assert not list(broken_chains())
    body = IntentBody.objects.filter(intent_id=intent_id)
    body.update(sent='{"to":"EVIL","amount":1}')
    assert [str(one.intent_id) for one in broken_chains()] == [intent_id]
    body.update(sent=None)
