"""What a human task may say."""

from typing import Any

import pytest

from inbox.tasks import specs
from inbox.vocabulary.kinds import KINDS, known
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller

DEFAULTS = {
    "title": "Approval needed",
    "task_type": "approval",
    "allowed_outcomes": ["approved", "rejected"],
    "required_comment": False,
    "evidence_required": False,
    "risk": "medium",
    "separation_of_duties": False,
}


def completed(**spec: Any) -> dict[str, Any]:
    return specs.complete(spec, field="human_task")


def test_an_empty_task_is_an_approval() -> None:
    assert completed() == DEFAULTS


@pytest.mark.parametrize("name", known())
def test_completing_again_changes_nothing(name: str) -> None:
    once = completed(task_type=name, title=" A ", risk="high", form_schema={"properties": {"a": {"default": None}}})
    assert once["title"] == "A"
    assert once["separation_of_duties"] is True
    assert once["form_schema"] == {"properties": {"a": {"default": None}}}
    assert specs.complete(once, field="human_task") == once


def test_there_are_the_eight_kinds_and_all_fourteen_public_names() -> None:
    assert set(KINDS) >= {
        "approval",
        "review",
        "confirmation",
        "assignment",
        "form",
        "clarification",
        "manual_action",
        "override",
    }
    public = "approval review clarification provide_data attach_file manual_action confirmation validate_real_world " + (
        "validate_output assignment delegation reroute override escalate"
    )
    assert set(public.split()) <= set(known())


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"title": "x" * 256}, "human_task.title"),
        ({"title": 1}, "human_task.title"),
        ({"title": "nul \x00"}, "title"),
        ({"description": "x" * 2001}, "human_task.description"),
        ({"task_type": "vote"}, "human_task.task_type"),
        ({"task_type": ["form"]}, "human_task.task_type"),
        ({"allowed_outcomes": []}, "human_task.allowed_outcomes"),
        ({"allowed_outcomes": ["a"] * 2}, "human_task.allowed_outcomes"),
        ({"allowed_outcomes": [str(n) for n in range(21)]}, "human_task.allowed_outcomes"),
        ({"allowed_outcomes": ["ok", ""]}, "human_task.allowed_outcomes.1"),
        ({"allowed_outcomes": ["x" * 65]}, "human_task.allowed_outcomes.0"),
        ({"required_comment": "yes"}, "human_task.required_comment"),
        ({"evidence_required": 1}, "human_task.evidence_required"),
        ({"assignees": []}, "human_task.assignees"),
        ({"assignees": "ann@x.example"}, "human_task.assignees"),
        ({"assignees": ["x" * 384]}, "human_task.assignees.0"),
        ({"notify_email": "nobody"}, "human_task.notify_email"),
        ({"risk": "severe"}, "human_task.risk"),
        ({"separation_of_duties": "on"}, "human_task.separation_of_duties"),
        ({"form_schema": []}, "human_task.form_schema"),
        ({"form_schema": {"type": "string"}}, "human_task.form_schema.type"),
        ({"approve_everything": True}, "human_task.approve_everything"),
    ],
)
def test_what_does_not_fit_is_refused_by_path(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        specs.complete(spec, field="human_task")
    assert refused.value.details["field"] == field


def test_a_refused_task_leaves_no_intent_behind(shop: KeyCaller) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "shop", "payload": {}, "human_task": {"form_schema": {"type": 7}}}
    refused = shop.post("/intents", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "human_task.form_schema.type")
    assert shop.get("/intents").ok()["intents"] == []
