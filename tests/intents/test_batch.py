"""Many intents in one call: an answer for each, in one transaction."""

import time
from typing import Any

import pytest

from inbox.tasks.models import Task
from intents.engine.models import Delivery, Intent, IntentEvent
from intents.kernel import failpoints
from tests.callers import KeyCaller, PersonCaller
from tests.intents.factory import take

ITEM: dict[str, Any] = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}


def test_500_intents_are_taken_in_one_call(shop: KeyCaller, worker: KeyCaller) -> None:
    began = time.monotonic()
    answers = shop.post("/intents/batch", {"intents": [ITEM | {"payload": {"n": n}} for n in range(500)]}).ok()["intents"]
    print(f"500 in {time.monotonic() - began:.3f} s")
    assert {one["status"] for one in answers} == {"SUBMITTED"}
    ids = [one["intent_id"] for one in answers]
    assert len(set(ids)) == Intent.objects.count() == Delivery.objects.count() == 500
    assert IntentEvent.objects.count() == 1000
    assert [shop.get(f"/intents/{ids[n]}").ok()["intent"]["payload"] for n in (0, 250, 499)] == [
        {"n": 0},
        {"n": 250},
        {"n": 499},
    ]
    assert len(take(worker, limit=100)) == 100


@pytest.mark.parametrize("items", [[], [ITEM] * 501, "x", {}, [5], [None]])
def test_a_batch_of_none_or_too_many_or_no_objects_is_422(shop: KeyCaller, items: Any) -> None:
    assert shop.post("/intents/batch", {"intents": items}).status == 422
    assert not Intent.objects.exists()


def test_what_one_item_is_refused_for_does_not_keep_the_others_out(shop: KeyCaller) -> None:
    items = [
        ITEM,
        ITEM | {"intent_type": "no type at all"},
        {},
        ITEM | {"surprise": 1},
        ITEM | {"to_agent": "agent://rivals/production/x"},
        ITEM | {"payload": {"text": "x" * 129 * 1024}},
        ITEM | {"deadline_at": "2001-01-01T00:00:00Z"},
        ITEM | {"human_task": {"task_type": "dance"}},
        ITEM | {"to_agent": "a/b/c/d"},
        ITEM | {"payload": {"last": True}},
    ]
    answers = shop.post("/intents/batch", {"intents": items}).ok()["intents"]
    assert [one["ok"] for one in answers] == [True] + [False] * 8 + [True]
    codes = [one["error"]["code"] for one in answers[1:-1]]
    assert codes == [
        "schema_invalid",
        "schema_invalid",
        "schema_invalid",
        "agent_not_found",
        "payload_too_large",
        "schema_invalid",
        "schema_invalid",
        "invalid_agent_address",
    ]
    assert answers[3]["error"]["details"]["field"] == "surprise"
    assert Intent.objects.count() == 2
    assert shop.intent(answers[-1]["intent_id"])["payload"] == {"last": True}


def test_a_batch_of_refused_items_makes_nothing(shop: KeyCaller) -> None:
    answers = shop.post("/intents/batch", {"intents": [{}] * 3}).ok()["intents"]
    assert [one["ok"] for one in answers] == [False] * 3
    assert not Intent.objects.exists()


def test_a_repeated_batch_is_answered_as_the_first(shop: KeyCaller) -> None:
    body = {"intents": [ITEM, {}, ITEM]}
    first = shop.post("/intents/batch", body, key="b1")
    again = shop.post("/intents/batch", body, key="b1")
    assert first.ok() == again.ok()
    assert again.headers["idempotent-replayed"] == "true"
    assert shop.post("/intents/batch", {"intents": [ITEM]}, key="b1").code == "idempotency_conflict"
    assert Intent.objects.count() == 2


def test_an_item_with_a_human_task_goes_to_people(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    items = [ITEM, ITEM | {"human_task": {"title": "Go?"}}, ITEM]
    answers = shop.post("/intents/batch", {"intents": items}).ok()["intents"]
    assert [one["status"] for one in answers] == ["SUBMITTED", "WAITING", "SUBMITTED"]
    assert shop.intent(answers[1]["intent_id"])["waiting_reason"] == "WAITING_FOR_HUMAN"
    assert Task.objects.count() == 1
    assert {str(one.intent.id) for one in take(worker, limit=10)} == {answers[0]["intent_id"], answers[2]["intent_id"]}
    bob.post(f"/approvals/{answers[1]['intent_id']}/decision", {"decision": "approve"}).ok()
    assert shop.intent(answers[1]["intent_id"])["status"] == "COMPLETED"


class Crashed(BaseException):
    pass


@pytest.mark.parametrize("place", ["mid_batch", "before_commit"])
def test_a_batch_that_dies_on_the_way_made_nothing(shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def die(name: str) -> None:
        if name == place:
            raise Crashed

    body = {"intents": [ITEM, ITEM | {"human_task": {"title": "Go?"}}]}
    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "hit", die)
        with pytest.raises(Crashed):
            shop.post("/intents/batch", body, key="b1")
    assert not Intent.objects.exists()
    assert len(shop.post("/intents/batch", body, key="b1").ok()["intents"]) == 2
    assert Intent.objects.count() == 2


def test_a_person_submits_no_batch(alice: PersonCaller) -> None:
    assert alice.post("/intents/batch", {"intents": [ITEM]}).status == 401
