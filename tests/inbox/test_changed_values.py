"""Approving with changes by API: what may be changed, what the agent is told, and what stays on record."""

from typing import Any

import pytest

from inbox.tasks.models import Decision, Task
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway

PAYLOAD = {
    "amount": 129.0,
    "currency": "EUR",
    "payee": {"name": "ACME", "since": "2026-01-31"},
    "lines": [{"price": "9.50"}],
}


def refund(shop: KeyCaller, *fields: Any, **more: Any) -> Asked:
    return ask(shop, PAYLOAD, title="Refund?", editable_fields=list(fields) or ["amount"], **more)


def test_the_agent_gets_what_was_approved_and_what_that_was_before(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop, "amount", "/payee/name")
    asked.decide(bob, "approved", data={"approved": {"amount": 100}}, comment="Not the fee").ok()
    assert shop.intent(asked.intent_id)["result"] == {
        "outcome": "approved",
        "comment": "Not the fee",
        "data": {
            "approved": {"amount": 100, "/payee/name": "ACME"},
            "changes": [{"field": "amount", "pointer": "/amount", "proposed": 129.0, "approved": 100}],
        },
    }


def test_who_approves_as_proposed_approves_the_values_all_the_same(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop)
    asked.decide(bob, "approved").ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"approved": {"amount": 129.0}}
    assert asked.task(bob)["revision"] == 1


def test_an_agent_that_asked_midway_is_resumed_with_them(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    intent_id = shop.submit(payload=PAYLOAD)
    wait = {"for": "human", "human_task": {"title": "Refund?", "editable_fields": ["/lines/0/price"]}}
    worker.post(f"/intents/{intent_id}/wait", wait).ok()
    (task,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    bob.post(
        f"/tasks/{task['task_id']}/decide", {"data": {"approved": {"/lines/0/price": "8.00"}}, "outcome": "approved"}
    ).ok()
    result = shop.events(intent_id)[-1]["details"]["resume"]["task_result"]
    assert result["data"]["approved"] == {"/lines/0/price": "8.00"}


def test_what_is_decided_is_a_revision_of_its_own_with_another_digest(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop)
    before = asked.task(bob)
    done = asked.decide(bob, "approved", data={"approved": {"amount": 100}}, payload_digest=before["payload_digest"]).ok()
    assert (done["task"]["revision"], done["decision"]["revision"]) == (2, 2)
    assert done["decision"]["payload_digest"] not in ("", before["payload_digest"])
    assert Task.objects.get(id=asked.task_id).amount == 100  # what its row says
    decision = shop.events(asked.intent_id)[-1]["details"]["decision"]
    assert (decision["revision"], decision["digest"]) == (2, done["decision"]["payload_digest"])
    happened = asked.task(bob)["history"][-1]["details"]
    assert happened["changes"] == [{"field": "amount", "pointer": "/amount", "proposed": 129.0, "approved": 100}]


def test_undoing_proposes_the_first_values_again(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop, risk="low")
    asked.decide_on_page(bob, data={"approved": {"amount": 1}})
    assert Task.objects.get(id=asked.task_id).approved == '{"amount":1}'
    asked.post(bob, "undo").ok()
    row = Task.objects.get(id=asked.task_id)
    assert (row.revision, row.approved, row.state, row.amount) == (3, None, "open", 129)
    asked.decide(bob, "approved", payload_digest=bytes(row.digest).hex()).ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"approved": {"amount": 129.0}}
    assert sorted(Decision.objects.filter(task_id=asked.task_id).values_list("revision", flat=True)) == [2, 3]


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"approved": {"payee": {"name": "Me"}}}, "data.approved.payee", "may not be changed"),
        ({"approved": {"amount": "much"}}, "data.approved.amount", "must be a number"),
        ({"approved": {"amount": -1}}, "data.approved.amount", "must be at least 0"),
        ({"approved": [1]}, "data.approved", "an object of values by their names"),
        ({"changes": []}, "data.changes", "is told by the server"),
    ],
)
def test_what_may_not_be_changed_is_refused_and_the_task_stays_open(
    shop: KeyCaller, bob: PersonCaller, data: dict[str, Any], field: str, words: str
) -> None:
    asked = refund(shop)
    refused = asked.decide(bob, "approved", data=data)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert words in str(refused.json["error"])
    assert asked.task(bob)["state"] == "open"


@pytest.mark.parametrize("by", ["/amount", "amount"])
@pytest.mark.parametrize("given", [100, "100"])
def test_a_value_is_named_as_its_agent_does_or_by_its_pointer(
    shop: KeyCaller, bob: PersonCaller, by: str, given: Any
) -> None:
    asked = refund(shop)
    asked.decide(bob, "approved", data={"approved": {by: given}}).ok()
    assert shop.intent(asked.intent_id)["result"]["data"]["approved"] == {"amount": 100}


def test_who_refuses_approves_no_values(shop: KeyCaller, bob: PersonCaller) -> None:
    for outcome, kind in (("rejected", "approval"), ("changes_requested", "review")):
        asked = refund(shop, task_type=kind)
        refused = asked.decide(bob, outcome, data={"approved": {"amount": 1}})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "data.approved")
        asked.decide(bob, outcome, data={"approved": {"amount": 129}, "note": "x"}).ok()
        assert shop.intent(asked.intent_id)["result"]["data"] == {"note": "x"}


def test_a_required_comment_is_required_of_changes_too(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop, required_comment=True)
    refused = asked.decide(bob, "approved", data={"approved": {"amount": 1}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "comment")


def test_all_that_is_wrong_is_told_at_once(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop, required_comment=True, form_schema={"properties": {"n": {"type": "integer"}}, "required": ["n"]})
    refused = asked.decide(bob, "approved", data={"approved": {"amount": "x"}})
    told = {one["field"] for one in refused.json["error"]["details"]["errors"]}
    assert told == {"data.n", "data.approved.amount", "comment"}


def test_values_beside_data_are_refused_and_not_passed_on_unread(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = refund(shop)
    result = {"outcome": "approved", "data": {"x": 1}, "approved": {"payee": "Me"}}
    refused = bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": result})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "task_result.approved")
    flat = {"outcome": "approved", "approved": {"amount": 7}}
    bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": flat}).ok()
    assert shop.intent(asked.intent_id)["result"]["data"]["approved"] == {"amount": 7}


def test_none_of_several_changes_what_the_others_decide(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    asked = refund(shop, quorum=2, assignees=["bob@myorg.example", "alice@myorg.example"])
    refused = asked.decide(bob, "approved", data={"approved": {"amount": 1}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "data.approved")
    for who in (bob, alice):
        asked.decide(who, "approved").ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"approved": {"amount": 129.0}}


def test_a_machine_changes_nothing(shop: KeyCaller, worker: KeyCaller) -> None:
    asked = refund(shop)
    for key in (shop, worker):
        assert asked.decide(key, "approved", data={"approved": {"amount": 1}}).status == 403
    assert Task.objects.get(id=asked.task_id).revision == 1


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        (["/amoutn"], "0", "/amoutn points to nothing in the payload"),
        (["amount", "/payee"], "1", "/payee is more than one value"),
        (["/lines/1/price"], "0", "/lines/1/price points to nothing"),
        (["amount", "/amount"], "1", "each only once"),
        ([{"pointer": "/amount", "maximum": 100}], "0", "/amount does not fit as it is: must be at most 100"),
        ([{"pointer": "/payee/name", "type": "number"}], "0", "/payee/name does not fit as it is: must be a number"),
        ([{"pointer": "/lines/0/price", "type": "number"}], "0", "/lines/0/price is of another type in the payload"),
        ([{"pointer": "/amount", "schema": {"type": "number"}, "minimum": 1}], "0", "a schema says all"),
        ([{"pointer": "/amount", "schema": {"type": "numbr"}}], "0.schema", ""),
    ],
)
def test_a_pointer_that_misses_is_named(shop: KeyCaller, fields: list[Any], place: str, words: str) -> None:
    task = {"title": "Refund?", "editable_fields": fields}
    body = {"intent_type": "a.b.v1", "to_agent": "x", "payload": PAYLOAD, "human_task": task}
    refused = shop.post("/intents", body)
    assert refused.status == 422
    assert refused.json["error"]["details"]["field"].startswith(f"human_task.editable_fields.{place}")
    assert words in str(refused.json["error"])


def test_a_pointer_that_misses_is_named_midway_too(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit(payload=PAYLOAD)
    wait = {"for": "human", "human_task": {"title": "Refund?", "editable_fields": ["/amoutn"]}}
    refused = worker.post(f"/intents/{intent_id}/wait", wait)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "human_task.editable_fields.0")


def test_a_form_cannot_ask_for_what_changes_are_told_by(shop: KeyCaller) -> None:
    task = {"editable_fields": ["amount"], "form_schema": {"properties": {"approved": {"type": "boolean"}}}}
    body = {"intent_type": "a.b.v1", "to_agent": "x", "payload": PAYLOAD, "human_task": task}
    assert "human_task.form_schema.properties.approved" in str(shop.post("/intents", body).json)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"pointer": "/lines/0/price", "maximum": 10}, "10.00", "10.01"),
        ({"pointer": "/lines/0/price"}, "0", "1e5"),
        ({"pointer": "/payee/since"}, "2026-02-28", "2026-02-30"),
        ({"pointer": "/payee/name", "choices": ["ACME", "Initech"]}, "Initech", "Hooli"),
        ({"pointer": "/amount", "schema": {"type": "number", "multipleOf": 3}}, 126, 100),
        ({"pointer": "/amount", "minimum": 100, "maximum": 129}, 100, 99),
    ],
)
def test_each_value_stays_of_its_type_and_within_its_bounds(
    shop: KeyCaller, bob: PersonCaller, field: dict[str, Any], good: Any, bad: Any
) -> None:
    asked, name = refund(shop, field), field["pointer"]
    refused = asked.decide(bob, "approved", data={"approved": {name: bad}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, f"data.approved.{name}")
    asked.decide(bob, "approved", data={"approved": {name: good}}).ok()
    assert shop.intent(asked.intent_id)["result"]["data"]["approved"] == {name: good}


def test_a_task_without_editable_fields_passes_such_data_on(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    asked = ask_midway(shop, worker)
    asked.decide(bob, "approved", data={"approved": {"n": 1}, "changes": [2]}).ok()
    result = shop.events(asked.intent_id)[-1]["details"]["resume"]["task_result"]
    assert result["data"] == {"approved": {"n": 1}, "changes": [2]}
    assert "changes" not in asked.task(bob)["history"][-1]["details"]
