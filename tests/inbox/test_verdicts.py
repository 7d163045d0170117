"""What an answer decides is said once, or the same each time."""

from typing import Any

import pytest

from inbox.tasks import specs, verdicts
from tests.callers import Answer, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask

BOOLEAN, TEXT = {"type": "boolean"}, {"type": "string"}


def form(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def resume(asked: Asked, who: PersonCaller, task_result: dict[str, Any], **beside: Any) -> Answer:
    return who.post(f"/intents/{asked.intent_id}/resume", {"task_result": task_result} | beside)


def place(refused: Answer) -> str:
    assert refused.status == 422, refused.raw
    field: str = refused.json["error"]["details"]["field"]
    return field


@pytest.mark.parametrize(
    ("task", "outcome", "data", "field"),
    [
        ({"form_schema": form("approved", approved=BOOLEAN)}, "approved", {"approved": False}, "data.approved"),
        ({"form_schema": form("approved", approved=BOOLEAN)}, "approved", {"approved": "false"}, "data.approved"),
        ({"form_schema": form("approved", approved=BOOLEAN)}, "rejected", {"approved": True}, "data.approved"),
        ({"form_schema": form(outcome=TEXT)}, "approved", {"outcome": "rejected"}, "data.outcome"),
        ({"form_schema": form(outcome=TEXT)}, "rejected", {"outcome": "approved"}, "data.outcome"),
        ({"form_schema": form(decision=TEXT)}, "approved", {"decision": "reject"}, "data.decision"),
        ({"form_schema": form(decision=TEXT)}, "approved", {"decision": "Denied"}, "data.decision"),
        ({}, "approved", {"approved": False}, "data.approved"),
        ({}, "rejected", {"outcome": "approved"}, "data.outcome"),
        ({"task_type": "confirmation"}, "confirmed", {"approved": False}, "data.approved"),
        ({"task_type": "confirmation"}, "denied", {"outcome": "confirmed"}, "data.outcome"),
        ({"task_type": "review"}, "changes_requested", {"outcome": "approved"}, "data.outcome"),
        ({"task_type": "override"}, "override_approved", {"decision": "rejected"}, "data.decision"),
        ({"allowed_outcomes": ["ship", "hold"]}, "ship", {"outcome": "hold"}, "data.outcome"),
        ({"allowed_outcomes": ["Approve", "no"]}, "approved", {"decision": "no"}, "data.decision"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused_by_its_field(
    shop: KeyCaller, bob: PersonCaller, task: dict[str, Any], outcome: str, data: dict[str, Any], field: str
) -> None:
    asked = ask(shop, **task)
    assert place(asked.decide(bob, outcome, data=data)) == field
    assert place(resume(asked, bob, {"outcome": outcome, "data": data})) == f"task_result.{field}"
    assert asked.task(bob)["state"] == "open"


@pytest.mark.parametrize(
    ("task", "outcome", "data"),
    [
        ({"form_schema": form("approved", approved=BOOLEAN)}, "approved", {"approved": True}),
        ({"form_schema": form(outcome={"enum": ["healthy", "sick"]})}, "approved", {"outcome": "sick"}),
        ({"form_schema": form(decision=TEXT)}, "approved", {"decision": "as discussed"}),
        ({"task_type": "form", "form_schema": form(approved=BOOLEAN)}, "submitted", {"approved": False}),
        ({"task_type": "form", "form_schema": form(outcome=TEXT)}, "submitted", {"outcome": "rejected"}),
        ({"task_type": "review"}, "changes_requested", {"approved": False}),
        ({"allowed_outcomes": ["deferred", "approved"]}, "deferred", {"approved": False}),
        ({}, "approved", {"approved": "somewhat", "outcome": 7, "decision": None}),
        ({}, "rejected", {"outcome": "reject"}),
    ],
)
def test_what_is_no_contradiction_is_taken_as_it_was_sent(
    shop: KeyCaller, bob: PersonCaller, task: dict[str, Any], outcome: str, data: dict[str, Any]
) -> None:
    decided = ask(shop, **task).decide(bob, outcome, data=data).ok()["decision"]
    assert (decided["outcome"], decided["data"]) == (outcome, data)


MODES = {"enum": ["approve", "reject"]}


@pytest.mark.parametrize(
    ("schema", "outcome", "data"),
    [
        (form("outcome", outcome=TEXT), "approved", {"outcome": "approved"}),
        (form("outcome", "comment", outcome=TEXT, comment=TEXT), "approved", {"outcome": "approved", "comment": "x"}),
        (form("outcome", outcome={"enum": ["approved", "rejected"]}), "approved", {"outcome": "approved"}),
        (form("decision", decision=MODES), "approved", {"decision": "approve"}),
        (form("approved", approved=BOOLEAN), "approved", {"approved": True}),
        (form(approved=BOOLEAN), "approved", {"approved": True}),
        (form("outcome", outcome=TEXT), "deferred", {"outcome": "deferred"}),
        (form(comment=TEXT), "approved", {"comment": "x"}),
        ({"$ref": "#/$defs/f", "$defs": {"f": form("outcome", outcome=TEXT)}}, "approved", {"outcome": "approved"}),
        ({"allOf": [form("approved", approved=BOOLEAN)]}, "approved", {"approved": True}),
    ],
)
def test_a_form_that_asks_for_the_outcome_or_comment_takes_the_answers_own(
    shop: KeyCaller, bob: PersonCaller, schema: dict[str, Any], outcome: str, data: dict[str, Any]
) -> None:
    task = {"form_schema": schema, "allowed_outcomes": ["approved", "rejected", "deferred"]}
    asked = ask(shop, **task)
    resume(asked, bob, {"outcome": outcome, "comment": "x"}).ok()
    assert shop.intent(asked.intent_id)["result"] == {"outcome": outcome, "comment": "x", "data": data}
    asked = ask(shop, **task)
    assert asked.decide(bob, outcome, comment="x").ok()["decision"]["data"] == data
    asked = ask(shop, **task)
    assert asked.decide_on_page(bob, outcome, comment="x").task.outcome == outcome
    for verdict in ("approve", "reject") if outcome == "approved" else ():
        asked = ask(shop, **task)
        bob.post(f"/approvals/{asked.task_id}/decision", {"decision": verdict, "comment": "x"}).ok()
        asked = ask(shop, **task)
        bob.post(f"/inbox/{asked.intent_id}/{verdict}", {"comment": "x"}).ok()


def test_what_does_not_fit_the_form_is_asked_for_as_before(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, form_schema=form("outcome", "comment", outcome={"enum": ["healthy", "sick"]}, comment=TEXT))
    details = asked.decide(bob, "approved").json["error"]["details"]
    assert [one["field"] for one in details["errors"]] == ["data.comment", "data.outcome"]
    asked.decide(bob, "rejected").ok()


@pytest.mark.parametrize(
    ("kind", "task_result", "beside", "outcome", "data"),
    [
        ("approval", {"approved": True}, {}, "approved", {"approved": True}),
        ("approval", {"approved": False}, {}, "rejected", {"approved": False}),
        ("approval", {"approved": "true"}, {}, "approved", {"approved": "true"}),
        ("confirmation", {"approved": False}, {}, "denied", {"approved": False}),
        ("approval", {"approved": True}, {"outcome": "approved"}, "approved", {"approved": True}),
        ("approval", {}, {"outcome": "approved", "comment": "beside"}, "approved", None),
        ("approval", {}, {"approved": False}, "rejected", None),
        ("approval", {"data": {"n": 1}}, {"outcome": "rejected"}, "rejected", {"n": 1}),
        ("approval", {"data": {"approved": True}}, {}, "approved", {"approved": True}),
        ("approval", {"data": {"decision": "reject"}}, {}, "rejected", {"decision": "reject"}),
        ("approval", {"data": {"n": 1}, "approved": True}, {}, "approved", {"n": 1}),
        ("approval", {"outcome": "approve"}, {}, "approved", None),
        ("form", {"approved": True}, {}, "submitted", {"approved": True}),
    ],
)
def test_a_verdict_is_understood_wherever_it_stands(
    shop: KeyCaller,
    bob: PersonCaller,
    kind: str,
    task_result: dict[str, Any],
    beside: dict[str, Any],
    outcome: str,
    data: dict[str, Any] | None,
) -> None:
    asked = ask(shop, task_type=kind)
    resume(asked, bob, task_result, **beside).ok()
    result = shop.intent(asked.intent_id)["result"]
    assert (result["outcome"], result.get("data"), result.get("comment")) == (outcome, data, beside.get("comment"))


@pytest.mark.parametrize(
    ("task_result", "beside", "field"),
    [
        ({}, {}, "task_result.outcome"),
        ({"n": 1}, {}, "task_result.outcome"),
        ({"outcome": 7}, {}, "task_result.outcome"),
        ({"outcome": "maybe", "approved": True}, {}, "task_result.outcome"),
        ({"approved": True}, {"outcome": "maybe"}, "outcome"),
        ({"approved": False}, {"outcome": "approved"}, "task_result.approved"),
        ({"outcome": "approved"}, {"outcome": "rejected"}, "outcome"),
        ({"outcome": "approved"}, {"approved": False}, "approved"),
        ({"outcome": "approved", "approved": False}, {}, "task_result.approved"),
        ({"outcome": "approved", "approved": False, "data": {}}, {}, "task_result.approved"),
    ],
)
def test_no_verdict_and_two_verdicts_are_refused(
    shop: KeyCaller, bob: PersonCaller, task_result: dict[str, Any], beside: dict[str, Any], field: str
) -> None:
    asked = ask(shop)
    assert place(resume(asked, bob, task_result, **beside)) == field
    assert asked.task(bob)["state"] == "open"


def test_a_decision_may_leave_the_outcome_to_its_data(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, form_schema=form("approved", approved=BOOLEAN))
    assert place(bob.post(f"/tasks/{asked.task_id}/decide", {"data": {}})) == "outcome"
    done = bob.post(f"/tasks/{asked.task_id}/decide", {"data": {"approved": False}}).ok()
    assert done["decision"]["outcome"] == "rejected"


def test_a_word_for_the_outcome_is_no_extra_field_of_a_closed_form(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, form_schema=form("n", n={"type": "integer"}) | {"additionalProperties": False})
    resume(asked, bob, {"n": "3"}, outcome="approved").ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"n": 3}
    asked = ask(shop, form_schema=form("n", n={"type": "integer"}) | {"additionalProperties": False})
    resume(asked, bob, {"n": 3, "approved": True}).ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"n": 3}


@pytest.mark.parametrize(
    ("schema", "outcomes", "names"),
    [
        (form(approved=BOOLEAN, n=TEXT), ["approved", "rejected"], {"approved"}),
        (form(outcome=TEXT, decision=MODES), ["approved", "rejected"], {"outcome", "decision"}),
        (form(approved=BOOLEAN), ["approved", "deferred", "rejected"], set()),
        (form(outcome={"enum": ["healthy", "sick"]}), ["approved", "rejected"], set()),
        (None, ["approved", "rejected"], set()),
    ],
)
def test_a_page_need_not_ask_for_what_the_button_says(
    schema: dict[str, Any] | None, outcomes: list[str], names: set[str]
) -> None:
    spec = {"allowed_outcomes": outcomes} | ({"form_schema": schema} if schema else {})
    assert verdicts.by_button(specs.complete(spec, field="human_task")) == names
