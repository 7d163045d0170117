"""A kind of human task is one row: people are asked by it, and what they say means what the row says."""

import pytest

from inbox.vocabulary.kinds import KINDS, Kind
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask


@pytest.mark.parametrize(
    ("said", "outcome"), [("passed", "passed"), ("recalled", "recalled"), ("approved", "passed"), ("rejected", "recalled")]
)
def test_a_task_of_a_new_kind_is_asked_and_decided(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, bob: PersonCaller, said: str, outcome: str
) -> None:
    monkeypatch.setitem(KINDS, "inspection", Kind("inspection", "Inspection needed", ("passed",), ("recalled",)))
    asked = ask(shop, task_type="inspection")
    task = asked.task(bob)
    assert (task["kind"], task["human_task"]["title"]) == ("inspection", "Inspection needed")
    assert task["human_task"]["allowed_outcomes"] == ["passed", "recalled"]
    assert asked.decide(bob, said).ok()["decision"]["outcome"] == outcome
    shown = shop.intent(asked.intent_id)
    assert (shown["status"], shown["result"]["outcome"]) == ("COMPLETED", outcome)


def test_a_kind_that_has_no_row_is_refused(shop: KeyCaller) -> None:
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
    refused = shop.post("/intents", body | {"human_task": {"task_type": "no_such_kind"}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "human_task.task_type")
