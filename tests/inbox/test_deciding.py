"""Deciding by API: what each kind becomes, and everything that is refused."""

from typing import Any

import pytest

from inbox.vocabulary.kinds import ALIASES, KINDS, kind_of, known
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway


@pytest.mark.parametrize(("kind", "outcome"), [(k.name, one) for k in KINDS.values() for one in k.outcomes])
def test_each_outcome_of_each_kind_ends_the_intent_with_it(
    shop: KeyCaller, bob: PersonCaller, kind: str, outcome: str
) -> None:
    asked = ask(shop, task_type=kind)
    asked.decide(bob, outcome, comment="as agreed", data={"n": 1}).ok()
    intent = shop.intent(asked.intent_id)
    assert intent["status"] == "COMPLETED"
    assert intent["result"] == {"outcome": outcome, "comment": "as agreed", "data": {"n": 1}}


@pytest.mark.parametrize("kind", sorted(known()))
def test_approved_and_rejected_mean_each_kinds_own_yes_and_no(shop: KeyCaller, bob: PersonCaller, kind: str) -> None:
    row = kind_of(kind)
    for word, outcomes in (("approved", row.positive), ("rejected", row.negative)):
        asked = ask(shop, task_type=kind)
        answer = asked.decide(bob, word)
        if outcomes:
            assert answer.ok()["decision"]["outcome"] == outcomes[0]
        else:
            assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "outcome")


@pytest.mark.parametrize("name", sorted(ALIASES))
def test_other_names_of_a_kind_stay_as_given(shop: KeyCaller, bob: PersonCaller, name: str) -> None:
    task = ask(shop, task_type=name).task(bob)
    assert task["human_task"]["task_type"] == name
    assert task["kind"] == ALIASES[name]
    assert task["human_task"]["title"] == KINDS[ALIASES[name]].title


def test_an_agent_that_asked_midway_gets_its_intent_back_with_the_decision(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, title="Go on?")
    asked.decide(bob, "approved", comment="yes").ok()
    assert shop.intent(asked.intent_id)["status"] == "IN_PROGRESS"
    event = shop.events(asked.intent_id)[-1]
    assert event["event_type"] == "intent.resumed"
    assert event["details"]["resume"] == {"task_result": {"outcome": "approved", "comment": "yes"}}
    assert event["actor"] == "bob@myorg.example"


def test_the_history_names_what_was_decided_by_whom_and_how(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    digest = asked.task(bob)["payload_digest"]
    asked.decide(bob, "rejected", comment="too much", payload_digest=digest.upper()).ok()
    event = shop.events(asked.intent_id)[-1]
    assert event["details"]["decision"] == {
        "task_id": asked.task_id,
        "revision": 1,
        "digest": digest,
        "outcome": "rejected",
        "negative": True,
        "authority": "direct",
        "channel": "api",
    }
    assert asked.task(bob)["decision"] | {"decided_at": ""} == {
        "outcome": "rejected",
        "comment": "too much",
        "data": None,
        "decided_by": "bob@myorg.example",
        "decided_at": "",
        "authority": "direct",
        "delegated_by": None,
        "channel": "api",
        "revision": 1,
        "payload_digest": digest,
        "final": True,
    }


def test_an_outcome_of_its_own_making_is_decided_as_it_is_called(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, allowed_outcomes=["ship", "hold"])
    refused = asked.decide(bob, "approved")
    assert (refused.status, refused.json["error"]["details"]) == (
        422,
        {"field": "outcome", "allowed_outcomes": ["ship", "hold"]},
    )
    assert asked.decide(bob, "hold").ok()["decision"]["outcome"] == "hold"


@pytest.mark.parametrize("comment", [None, "", "  \n "])
def test_a_required_comment_is_required_and_the_task_stays_open(
    shop: KeyCaller, bob: PersonCaller, comment: str | None
) -> None:
    asked = ask(shop, required_comment=True)
    refused = asked.decide(bob, "approved", comment=comment)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "comment")
    asked.decide(bob, "approved", comment="because").ok()


FORM = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "minimum": 1}, "reason": {"type": "string", "minLength": 3}},
    "required": ["amount"],
    "additionalProperties": False,
}


def test_a_form_takes_texts_for_numbers_and_names_each_field_that_is_wrong(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, task_type="form", form_schema=FORM)
    refused = asked.decide(bob, "submitted", data={"reason": "x", "more": 1})
    assert refused.status == 422
    assert refused.json["error"]["details"] == {
        "field": "data.amount",
        "errors": [
            {"field": "data.amount", "message": "this field is required"},
            {"field": "data.more", "message": "unknown field"},
            {"field": "data.reason", "message": "must hold at least 3 characters"},
        ],
    }
    asked.decide(bob, "submitted", data={"amount": "12", "reason": "because"}).ok()
    assert shop.intent(asked.intent_id)["result"]["data"] == {"amount": 12, "reason": "because"}


def test_a_form_must_be_filled_in_but_by_who_refuses(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, task_type="clarification", form_schema=FORM)
    assert asked.decide(bob, "provided").json["error"]["details"]["field"] == "data.amount"
    assert asked.decide(bob, "declined", data={"amount": 0}).json["error"]["details"]["field"] == "data.amount"
    asked.decide(bob, "declined").ok()


def test_the_second_decision_learns_who_was_first_when_and_with_what(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, asked: Asked
) -> None:
    decided = asked.decide(bob, "approved").ok()["decision"]
    later = [
        asked.decide(alice, "rejected"),
        alice.post(f"/approvals/{asked.intent_id}/decision", {"decision": "reject"}),
        alice.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "rejected"}}),
    ]
    for refused in later:
        assert (refused.status, refused.code) == (409, "already_decided")
        details = refused.json["error"]["details"]
        assert details["decided_by"] == "bob@myorg.example"
        assert details["decided_at"] == decided["decided_at"]
        assert details["outcome"] == "approved"
    assert shop.intent(asked.intent_id)["result"] == {"outcome": "approved"}


def test_another_digest_than_the_tasks_is_refused(bob: PersonCaller, asked: Asked) -> None:
    refused = asked.decide(bob, "approved", payload_digest="0" * 64)
    assert (refused.status, refused.code) == (409, "digest_mismatch")
    assert refused.json["error"]["details"]["payload_digest"] == asked.task(bob)["payload_digest"]
    assert asked.decide(bob, "approved", payload_digest="xyz").status == 422


def test_two_tasks_never_share_a_digest(shop: KeyCaller, bob: PersonCaller) -> None:
    first, second = (ask(shop, {"n": 1}, title="The same") for _ in range(2))
    digest = first.task(bob)["payload_digest"]
    assert second.decide(bob, "approved", payload_digest=digest).code == "digest_mismatch"


def test_an_ended_intent_takes_its_task_along(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    assert asked.task(bob)["state"] == "withdrawn"
    assert bob.get("/me/tasks").ok()["tasks"] == []
    for refused in (
        asked.decide(bob, "approved"),
        bob.post(f"/approvals/{asked.task_id}/decision", {"decision": "approve"}),
        bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved"}}),
    ):
        assert (refused.status, refused.code) == (409, "invalid_transition")
        assert refused.json["error"]["details"]["state"] == "withdrawn"


def test_unknown_fields_are_refused_by_name(bob: PersonCaller, asked: Asked) -> None:
    refused = asked.decide(bob, "approved", authority="override")
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "authority")


def test_a_repeated_request_gets_its_first_answer(bob: PersonCaller, asked: Asked) -> None:
    path, body = f"/tasks/{asked.task_id}/decide", {"outcome": "approved"}
    first, again = bob.post(path, body, key="k"), bob.post(path, body, key="k")
    assert first.ok() == again.ok()
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("which", ["intent_id", "task_id"])
@pytest.mark.parametrize(("decision", "outcome"), [("approve", "confirmed"), ("reject", "denied")])
def test_an_approval_is_decided_by_the_id_of_the_task_or_its_intent(
    shop: KeyCaller, bob: PersonCaller, which: str, decision: str, outcome: str
) -> None:
    asked = ask(shop, task_type="confirmation")
    body = {"decision": decision, "comment": "so be it"}
    approval = bob.post(f"/approvals/{getattr(asked, which)}/decision", body).ok()["approval"]
    assert set(approval) == {"approval_id", "decision", "comment", "decided_at"}
    assert (approval["approval_id"], approval["decision"]) == (asked.task_id, decision)
    assert shop.intent(asked.intent_id)["result"]["outcome"] == outcome


def test_all_that_an_answer_lacks_is_told_at_once(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, task_type="form", form_schema=FORM, required_comment=True, evidence_required=True)
    refused = asked.decide(bob, "submitted", data={"amount": "none"})
    details = refused.json["error"]["details"]
    assert (refused.status, details["field"]) == (422, "data.amount")
    assert [one["field"] for one in details["errors"]] == ["data.amount", "data.evidence", "comment"]


def test_a_person_decides_by_resuming_and_other_keys_are_the_data(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, task_type="form", form_schema=FORM)
    path = f"/intents/{asked.intent_id}/resume"
    refused = bob.post(path, {"task_result": {"outcome": "submitted", "amount": "none"}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "task_result.data.amount")
    bob.post(path, {"task_result": {"outcome": "submitted", "amount": "7"}}).ok()
    assert shop.intent(asked.intent_id)["result"] == {"outcome": "submitted", "data": {"amount": 7}}


@pytest.mark.parametrize(
    ("task_result", "field"),
    [
        ({}, "task_result.outcome"),
        ({"outcome": 1}, "task_result.outcome"),
        ({"outcome": "approved", "comment": 1}, "task_result.comment"),
        ({"outcome": "approved", "data": []}, "task_result.data"),
        ({"outcome": "maybe"}, "task_result.outcome"),
    ],
)
def test_a_malformed_task_result_is_refused_by_field(
    bob: PersonCaller, asked: Asked, task_result: dict[str, Any], field: str
) -> None:
    refused = bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": task_result})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert asked.task(bob)["state"] == "open"


def test_without_credentials_nothing_is_shown(nobody: Caller, asked: Asked) -> None:
    assert nobody.get(f"/tasks/{asked.task_id}").status == 401
    assert nobody.post(f"/tasks/{asked.task_id}/decide", {"outcome": "approved"}).status == 401
