"""Every public layout of a scenario's document is valid, and its run goes to its end."""

from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings

from intents.dispatch import pushes
from intents.scenarios.models import RunStep
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.bundles import DO, SHAPES, SIGN, Bundle, new, old
from tests.intents.waiting import look

ANSWERS: dict[str, dict[str, Any]] = {
    "a form that requires approved": {"outcome": "approved", "task_result": {"approved": True}},
    "a form that requires outcome": {"task_result": {"outcome": "deferred", "comment": "next week"}},
    "a form that requires acknowledged": {"task_result": {"outcome": "confirmed", "acknowledged": "true", "level": "3"}},
    "a notice that is a person's task": {"task_result": {"outcome": "completed"}},
    "evidence and a comment": {"task_result": {"outcome": "approved", "comment": "seen"}},
}
"""As the command line and the older runner send them: texts for everything, or the outcome beside."""
APPROVED = {"task_result": {"outcome": "approved"}}


def drive(now: SettableClock, machine: KeyCaller, bob: PersonCaller, run: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Do what the run waits for until it is over: the intent then."""
    for _ in range(20):
        shown = machine.intent(run)
        match shown["waiting_reason"]:
            case None:
                return shown
            case "WAITING_FOR_AGENT":
                open_one = RunStep.objects.get(run_id=run, state="running")
                machine.post(f"/intents/{open_one.child_id}/resume", {"action": "complete", "done": True}).ok()
            case "WAITING_FOR_HUMAN":
                bob.post(f"/intents/{run}/resume", answer).ok()
            case "WAITING_FOR_TIME":
                now.advance(seconds=30)
        look()
    raise AssertionError("the run does not end")


@pytest.fixture(autouse=True)
def _nothing_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent that is called is nobody's."""
    monkeypatch.setattr(settings, "OUTGOING_ALLOWED_NETWORKS", ())
    monkeypatch.setattr(pushes, "run", lambda: 0, raising=False)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_public_layout_is_valid_and_runs_to_its_end(
    now: SettableClock, machine: KeyCaller, bob: PersonCaller, shape: str
) -> None:
    sent = deepcopy(SHAPES[shape])
    told = machine.post("/scenarios/validate", sent).ok()
    assert (told["valid"], told["errors"]) == (True, [])
    applied = machine.post("/scenarios/apply", sent).ok()
    assert applied["scenario_id"] == sent.get("scenario_id", sent.get("scenario"))
    shown = drive(now, machine, bob, applied["intent_id"], ANSWERS.get(shape, APPROVED))
    assert shown["status"] == "COMPLETED", shown["error"]
    steps = machine.get(f"/scenarios/runs/{applied['intent_id']}").ok()["run"]["steps"]
    assert {one["state"] for one in steps} == {"succeeded"}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "scenario_id: is required"),
    "no intent": ({"scenario_id": "a.b"}, "intent: is required"),
    "a target that is not there": (
        new("a.b.c", [{"step_id": "do", "assigned_to": "doer", "on_success": "dne"}]),
        "workflow.steps.0.on_success: no step is called dne",
    ),
    "a step twice": (
        new("a.b.c", [{"step_id": "do", "assigned_to": "doer"}] * 2),
        "workflow.steps.1.step_id: another step is called do",
    ),
    "a role that is not there": (
        new("a.b.c", [{"step_id": "do", "assigned_to": "dr"}]),
        "workflow.steps.0.assigned_to: no agent or human has the role dr; there are: doer, boss",
    ),
    "a kind that is not there": (
        new("a.b.c", [{"step_id": "do", "runtime_type": "sleep"}]),
        "workflow.steps.0.runtime_type: must be one of delay, escalation, human_approval, notification, reminder, timeout",
    ),
    "a delay without a time": (
        new("a.b.c", [{"step_id": "do", "runtime_type": "delay"}]),
        "workflow.steps.0.config.seconds: is required: a number of seconds",
    ),
    "a task of an unknown kind": (
        new(
            "a.b.c",
            [{"step_id": "do", "assigned_to": "boss", "requires_approval": True, "human_task": {"task_type": "guess"}}],
        ),
        "workflow.steps.0.human_task.task_type: must be one of",
    ),
    "an older step": (
        {"scenario_id": "a.b.c", "intent": {"type": "a.b.v1"}, "workflow_steps": [{"step_id": "x", "tool_id": 7}]},
        "workflow_steps.0.tool_id: must be text",
    ),
    "another's agent": (
        new(
            "a.b.c",
            [{"step_id": "do", "assigned_to": "doer"}],
            agents=[{"role": "doer", "address": "agent://rivals/production/x"}],
        ),
        "agents.0.address: no agent has the address",
    ),
    "another's agent in a step": (
        new("a.b.c", [{"step_id": "do", "assigned_to": "agent://rivals/production/x"}]),
        "workflow.steps.0: no agent has the address",
    ),
    "the address of a run": (
        new("a.b.c", [DO], agents=[{"role": "doer", "address": "scenarios/a.b.c"}]),
        "agents.0.address: only runs of scenarios",
    ),
    "a circle without a wait": (
        new("a.b.c", [{"step_id": "t", "runtime_type": "notification", "on_success": "t"}]),
        "workflow.steps: t leads back to itself",
    ),
    "a macro that is not there": (new("a.b.c", [], workflow={"macro_id": "m"}), "workflow.macro_id: must be one of"),
    "a macro's parameter": (
        new("a.b.c", [], workflow={"macro_id": "macro.delay_then_agent.v1", "parameters": {"agnt": "x"}}),
        "workflow.parameters.agnt: unknown",
    ),
    "people in a list where one is named": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "human_approval", "config": {"to": ["ann@myorg.example"]}}]),
        "workflow.steps.0.config.to: must be text",
    ),
    "a person that is a number": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "human_approval", "config": {"assigned_to": 7}}]),
        "workflow.steps.0.config.assigned_to: must be text",
    ),
    "a time to decide of ages": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "human_approval", "config": {"timeout_seconds": 10**15}}]),
        "workflow.steps.0.config: its time is",
    ),
    "a delay of many digits": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "delay", "config": {"seconds": "9" * 5000}}]),
        "workflow.steps.0.config.seconds: must be a number",
    ),
    "a delay until before all times": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "delay", "config": {"until": "0001-01-01T00:00:00+14:00"}}]),
        "workflow.steps.0.config.until: not before the year 1970",
    ),
    "a delay until after all times": (
        new("a.b.c", [{"step_id": "s", "runtime_type": "delay", "config": {"until": "9999-12-31T23:59:59-14:00"}}]),
        "workflow.steps.0.config.until: before the year 3000",
    ),
    "attempts that are a word": (
        new("a.b.c", [{"step_id": "s", "assigned_to": "doer", "policy": {"max_delivery_attempts": "many"}}]),
        "workflow.steps.0.policy.max_delivery_attempts: must be a whole number",
    ),
    "more attempts than can be counted": (
        new("a.b.c", [{"step_id": "s", "assigned_to": "doer", "policy": {"max_delivery_attempts": 2**40}}]),
        "workflow.steps.0.policy.max_delivery_attempts: must be a whole number",
    ),
    "a macro's number of many digits": (
        new(
            "a.b.c",
            [],
            workflow={"macro_id": "macro.delay_then_agent.v1", "parameters": {"agent": "doer", "delay_seconds": "9" * 5000}},
        ),
        "workflow.parameters.delay_seconds: at most 255 characters",
    ),
    "a macro's agent that is a book": (
        new("a.b.c", [], workflow={"macro_id": "macro.delay_then_agent.v1", "parameters": {"agent": "x" * 400}}),
        "workflow.parameters.agent: at most 255 characters",
    ),
    "a deadline that is no time": (
        new("a.b.c", [{"step_id": "do", "assigned_to": "doer"}], intent={"type": "a.b.v1", "deadline_at": "soon"}),
        "intent.deadline_at: must be a time",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_error_names_the_path(machine: KeyCaller, what: str) -> None:
    sent, line = WRONG[what]
    told = machine.post("/scenarios/validate", sent).ok()
    assert told["valid"] is False
    assert any(one.startswith(line) for one in told["errors"]), told["errors"]
    refused = machine.post("/scenarios/apply", sent)
    assert (refused.status, refused.code) == (422, "schema_invalid")
    assert refused.json["error"]["details"]["field"] == line.partition(": ")[0]


def test_what_the_published_schema_refuses_is_warned_about(machine: KeyCaller) -> None:
    told = machine.post("/scenarios/validate", new("with-hyphens.v1", [{"step_id": "do"}], extra=1)).ok()
    assert told["errors"] == []
    places = {line.partition(":")[0] for line in told["warnings"]}
    assert {"scenario_id", "extra", "humans.0.contact", "workflow.steps.0"} <= places


def test_what_the_published_schema_does_not_have_is_warned_about_wherever_it_is(machine: KeyCaller) -> None:
    agent = {"role": "doer", "address": "doer-demo", "delivery_mode": "poll", "handler": {}, "description": ""}
    step = DO | {"input": {"a": 1}, "on_sucess": "sign", "retry": {"max_retries": 1, "retries": 2}}
    asked = SIGN | {"human_task": {"title": "Sign it", "notify_email": "someone@outside.example"}}
    sent = new("a.b.c", [step, asked], agents=[agent], humans=[{"role": "boss", "contact": "approver"}])
    sent["intent"] |= {"_note": "x", "to_agent": "doer"}
    told = machine.post("/scenarios/validate", sent | {"durability": {"_comment": "x"}, "extra": 1}).ok()
    assert told["valid"]
    words = {line.partition(": ")[0]: line.partition(": ")[2] for line in told["warnings"]}
    unread = ["extra", "agents.0.handler", "workflow.steps.0.on_sucess", "workflow.steps.0.retry.retries", "intent._note"]
    read = ["title", "durability", "agents.0.delivery_mode", "workflow.steps.0.input", "intent.to_agent"]
    assert words == {
        **dict.fromkeys([*unread, "durability._comment"], "unknown field: it is kept and does nothing"),
        **dict.fromkeys(
            [*read, "workflow.steps.1.human_task.notify_email"], "is read here, and not in the published schema"
        ),
    }


def test_a_document_of_the_published_schema_has_no_warnings(machine: KeyCaller) -> None:
    sent = new("a.b.c", [DO, SIGN], agents=[{"role": "doer", "address": "doer-demo", "create_if_missing": True}])
    del sent["title"]
    sent["humans"] = [{"role": "boss", "contact": "approver"}]
    assert machine.post("/scenarios/validate", sent).ok()["warnings"] == []


def test_of_another_layout_what_it_has_beyond_is_told_by_one_warning(machine: KeyCaller) -> None:
    warned = machine.post("/scenarios/validate", SHAPES["agents by their framework, and times by intent type"]).ok()[
        "warnings"
    ]
    assert [one for one in warned if "published schema" in one] == []
    assert warned[0].startswith("scenario: another layout")


TWO_PLACES: dict[str, tuple[Bundle, str]] = {
    "steps": (new("a.b.c", [DO], workflow_steps=[SIGN]), "workflow_steps: is not read: workflow.steps is what is read"),
    "steps and a macro": (
        new("a.b.c", [], workflow={"macro_id": "macro.approval.v1"}, workflow_steps=[SIGN]),
        "workflow_steps: is not read: workflow.macro_id is what is read",
    ),
    "the first step": (
        new("a.b.c", [], workflow={"steps": [DO, SIGN], "entry_step": "sign"}, entry_step="do"),
        "entry_step: is not read: workflow.entry_step is what is read",
    ),
    "attempts": (
        new("a.b.c", [DO], durability={"max_delivery_attempts": 5}),
        "durability.max_delivery_attempts: is not read: intent.max_delivery_attempts is what is read",
    ),
    "a deadline": (
        new("a.b.c", [DO], durability={"deadline_minutes": 5, "deadline_seconds": 60}),
        "durability.deadline_minutes: is not read: durability.deadline_seconds is what is read",
    ),
    "how a step is run": (
        old(
            "a.b.c", [{"step_id": "d", "runtime_type": "delay", "config": {"seconds": 1}, "runtime_config": {"seconds": 2}}]
        ),
        "workflow_steps.0.config: is not read: workflow_steps.0.runtime_config is what is read",
    ),
}


@pytest.mark.parametrize("what", TWO_PLACES)
def test_of_two_places_the_one_that_is_not_read_is_warned_about(machine: KeyCaller, what: str) -> None:
    sent, line = TWO_PLACES[what]
    told = machine.post("/scenarios/validate", sent).ok()
    assert (told["errors"], [one for one in told["warnings"] if "is not read" in one]) == ([], [line])


def test_what_two_places_say_alike_is_no_matter(machine: KeyCaller) -> None:
    sent = new("a.b.c", [DO], workflow_steps=[DO], durability={"max_delivery_attempts": 3})
    assert not any("is not read" in one for one in machine.post("/scenarios/validate", sent).ok()["warnings"])


def test_macros_are_listed_and_shown(machine: KeyCaller) -> None:
    listed = machine.get("/tool-registry/macros").ok()["macros"]
    shown = machine.get("/tool-registry/macros/macro.approval.v1").ok()["macro"]
    assert shown in listed
    assert {"name": "approver", "default": "approver"} in shown["parameters"]
    assert machine.get("/tool-registry/macros/none").status == 404


@pytest.mark.parametrize("scenario_id", ["___", "_-.order", "-" * 130 + ".x"])
def test_a_run_of_any_valid_id_has_an_address(machine: KeyCaller, scenario_id: str) -> None:
    sent = new(scenario_id, [DO])
    assert machine.post("/scenarios/validate", sent).ok()["valid"]
    assert machine.post("/scenarios/apply", sent).ok()["scenario_id"] == scenario_id
