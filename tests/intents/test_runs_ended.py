"""Runs that end from outside, at whatever they wait for, and what goes on in their place."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.operations.bulk import runner
from inbox.tasks import specs
from intents.engine.invariants import findings
from intents.engine.lifecycle import EventType
from intents.engine.models import Intent
from intents.engine.services.submit import submit_many
from intents.kernel.actors import Machine
from intents.kernel.errors import InvalidField
from intents.scenarios.models import RunStep, ScenarioRun, ScenarioVersion
from intents.scenarios.services import batching
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents import waiting
from tests.intents.factory import take
from tests.intents.scenario_runs import CHECK, COOL, MEND, SIGN, apply, bundle, decide, finish, states
from tests.intents.waiting import at_once, handed, look, nothing_is_left

pool = waiting.pool

AT: dict[str, list[dict[str, Any]]] = {
    "an agent": [CHECK],
    "a person": [SIGN],
    "a time": [COOL],
    "its next try": [CHECK | {"retry": {"max_retries": 3, "retry_delay_seconds": 60}}],
}

TOLD = {"runtime_type": "notification", "config": {"subject": "On {{intent_id}}", "channels": ["inbox"]}}


def fail(worker: KeyCaller, **error: Any) -> None:
    """The agent fails at what it is handed."""
    work = handed(worker)
    worker.post(f"/intents/{work['intent_id']}/fail", {"error": {"code": "no"} | error}).ok()
    look()


@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("how", ["sender", "bulk"])
def test_a_run_is_canceled_whatever_it_waits_for(
    now: SettableClock, machine: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller, at: str, how: str
) -> None:
    run = apply(machine, *AT[at], MEND)
    if at == "its next try":
        fail(worker)
    if how == "sender":
        machine.post(f"/intents/{run}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
    else:
        olga.post("/operations/bulk", {"action": "cancel", "reason": "no more", "ids": [run]}).ok()
        runner.work()
    assert machine.intent(run)["status"] == "CANCELED"
    assert nothing_is_left(run)
    assert set(Intent.objects.filter(parent_id=run).values_list("status", flat=True)) <= {"CANCELED", "FAILED"}
    now.advance(days=2)
    look()
    assert machine.intent(run)["status"] == "CANCELED"
    assert bob.get("/me/tasks").ok()["tasks"] == []
    assert take(worker, limit=10) == []
    assert findings() == []


def test_what_a_step_waits_for_ends_with_its_run(machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, CHECK)
    child = handed(worker)["intent_id"]
    part = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
    worker.post(f"/intents/{child}/wait", {"for": "agent", "intents": [part]}).ok()
    machine.post(f"/intents/{run}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
    (grandchild,) = Intent.objects.filter(parent_id=child)
    assert (machine.intent(child)["status"], grandchild.status) == ("CANCELED", "CANCELED")


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_step_that_is_canceled_fails(machine: KeyCaller, worker: KeyCaller, olga: PersonCaller, goes_on: bool) -> None:
    step = CHECK | ({"on_failure": "mend", "on_success": "end"} if goes_on else {})
    run = apply(machine, step, MEND)
    child = str(RunStep.objects.get(run_id=run).child_id)
    olga.post("/operations/bulk", {"action": "cancel", "reason": "no more", "ids": [child]}).ok()
    runner.work()
    look()
    if goes_on:
        assert states(run) == [("check", "failed"), ("mend", "running")]
        return
    shown = machine.intent(run)
    assert (shown["status"], shown["error"]["code"], shown["error"]["step_id"]) == ("FAILED", "canceled", "check")


def test_a_step_is_late_though_its_agent_is_paused(
    now: SettableClock, machine: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    run = apply(machine, CHECK | {"step_deadline_seconds": 30, "on_failure": "tell"}, {"step_id": "tell", **TOLD})
    olga.post("/mesh/agents/order-service/pause", {"reason": "let it be"}).ok()
    assert take(worker, limit=10) == []
    now.advance(seconds=31)
    look()
    look()
    assert states(run) == [("check", "failed"), ("tell", "succeeded")]
    assert '"step_timeout"' in RunStep.objects.get(run_id=run, step_id="check").error


def test_a_run_that_goes_on_from_a_step_is_treated_as_the_one_before(
    machine: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    run = apply(machine, CHECK, MEND)
    machine.post(f"/intents/{run}/controls", {"controls_patch": {"region": "eu", "max_retry_count": 2}}).ok()
    granted = {"resume": ["agent://myorg/production/helper"]}
    machine.post(f"/intents/{run}/policy", {"grants_patch": granted, "envelope_patch": {"budget": 3}}).ok()
    finish(worker, in_stock=3)
    fail(worker)
    before = Intent.objects.get(id=run)
    again = olga.post(f"/scenarios/runs/{run}/retry", {"step_id": "mend", "reason": "mended"}).ok()["run_id"]
    after = Intent.objects.get(id=again)
    assert (after.controls, after.policy) == (before.controls, before.policy)
    assert after.correlation_id == before.correlation_id
    created = next(one for one in machine.events(again) if one["event_type"] == "intent.created")
    assert (created["actor"], created["details"]["from_step"]) == (olga.user.email, "mend")
    assert states(again) == [("check", "reused"), ("mend", "running")]
    assert handed(worker)["payload"]["results"] == {"check": {"in_stock": 3}}
    assert findings() == []


def test_a_run_goes_on_at_the_version_that_it_began_with(machine: KeyCaller, worker: KeyCaller, olga: PersonCaller) -> None:
    run = apply(machine, CHECK, MEND)
    fail(worker)
    apply(machine, MEND)
    handed(worker)
    again = olga.post(f"/scenarios/runs/{run}/retry", {"step_id": "check", "reason": "mended"}).ok()["run_id"]
    finish(worker)
    assert states(again) == [("check", "succeeded"), ("mend", "running")]


def test_applied_several_times_at_once_under_one_key_it_is_one_run(machine: KeyCaller, pool: ThreadPoolExecutor) -> None:
    sent = bundle(CHECK) | {"idempotency_key": "once"}
    answers = at_once(pool, *[lambda: machine.post("/scenarios/apply", sent)] * 6)
    assert {one.ok()["intent_id"] for one in answers} == {str(ScenarioRun.objects.get().intent_id)}
    assert ScenarioVersion.objects.count() == 1
    other = at_once(pool, *[lambda: machine.post("/scenarios/apply", sent | {"title": "Other"})] * 2)
    assert [(one.status, one.code) for one in other] == [(409, "idempotency_conflict")] * 2


@pytest.mark.parametrize(
    "then", [[{"step_id": "note", **TOLD}, MEND], [SIGN], [COOL], []], ids=["agent", "person", "time", "end"]
)
def test_runs_that_go_on_together_cost_no_statements_of_their_own(
    machine: KeyCaller, worker: KeyCaller, then: list[dict[str, Any]]
) -> None:
    def sent(count: int) -> int:
        for _ in range(count):
            apply(machine, CHECK, *then)
        for work in take(worker, limit=50):
            worker.post(f"/intents/{work.json()['intent_id']}/resume", {"n": 1}).ok()
        with CaptureQueriesContext(connection) as captured:
            look()
        take(worker, limit=50)
        return len(captured)

    few, many = sent(2), sent(12)
    assert many <= few, (few, many)
    assert findings() == []


def test_what_a_run_told_stands_between_its_waits(machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, {"step_id": "began", **TOLD}, CHECK, {"step_id": "note", **TOLD}, {"step_id": "more", **TOLD}, MEND)
    finish(worker)
    told = [(one["event_type"].removeprefix("intent."), one["details"].get("step_id")) for one in machine.events(run)]
    note = EventType.COMMENT.removeprefix("intent.")
    assert told[2:] == [
        (note, "began"),
        ("waiting", "check"),
        ("resumed", None),
        (note, "note"),
        (note, "more"),
        ("waiting", "mend"),
    ]
    assert findings() == []


def test_who_is_asked_after_nobody_answered_is_asked(now: SettableClock, machine: KeyCaller, bob: PersonCaller) -> None:
    again = SIGN | {"step_id": "again"}
    run = apply(machine, SIGN | {"step_deadline_seconds": 30, "on_failure": "again", "on_success": "end"}, again)
    now.advance(seconds=31)
    look()
    assert states(run) == [("sign", "failed"), ("again", "running")]
    decide(bob, run)
    assert machine.intent(run)["status"] == "COMPLETED"


def test_of_runs_that_ask_people_together_one_that_cannot_fails_alone(
    machine: KeyCaller, worker: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded = SIGN | {"remind_after_seconds": 60, "escalate_to": "manager"}
    runs = [apply(machine, CHECK, reminded | {"human_task": {"title": title}}) for title in ("Ship?", "Never", "Pack?")]
    ensure_fits = specs.ensure_fits

    def unfit(spec: dict[str, Any], payload: Any, *, field: str) -> None:
        if spec["title"] == "Never":
            raise InvalidField(field, "does not fit")
        ensure_fits(spec, payload, field=field)

    monkeypatch.setattr(specs, "ensure_fits", unfit)
    for work in take(worker, limit=10):
        worker.post(f"/intents/{work.json()['intent_id']}/resume", {}).ok()
    with CaptureQueriesContext(connection) as captured:
        look()
    assert sum(one["sql"].count("INSERT INTO inbox_task ") for one in captured) == 1
    assert [states(run)[1][1] for run in runs] == ["running", "failed", "running"]
    assert machine.intent(runs[1])["error"]["code"] == "schema_invalid"
    reminders = [Intent.objects.values_list("remind_after_seconds", "escalate_to").get(id=run) for run in runs]
    assert reminders == [(60, "owner"), (None, None), (60, "owner")]
    assert {one["human_task"]["title"] for one in bob.get("/me/tasks").ok()["tasks"]} == {"Ship?", "Pack?"}
    assert findings() == []


def test_of_runs_that_go_on_together_one_that_is_refused_fails_alone(
    machine: KeyCaller, worker: KeyCaller, workspace: Any
) -> None:
    far = {"step_id": "far", "assigned_to": "agent://myorg/production/nobody", "on_failure": "mend"}
    runs = [apply(machine, CHECK, one, MEND | {"step_id": "mend"}) for one in (far, MEND | {"step_id": "pack"}, far)]
    workspace.require_registered_agents = True
    workspace.save()
    for work in take(worker, limit=10):
        worker.post(f"/intents/{work.json()['intent_id']}/resume", {}).ok()
    look()
    refused = [("check", "succeeded"), ("far", "failed"), ("mend", "running")]
    assert [states(run) for run in runs] == [refused, [("check", "succeeded"), ("pack", "running")], refused]
    assert findings() == []
    for work in take(worker, limit=10):
        worker.post(f"/intents/{work.json()['intent_id']}/resume", {}).ok()
    look()
    assert states(runs[0]) == [*refused[:2], ("mend", "succeeded")]


def test_runs_that_go_on_together_submit_in_one_order_of_their_senders(
    machine: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[str] = []

    def noted(*, actor: Machine, **more: Any) -> Any:
        submitted.append(actor.name)
        return submit_many(actor=actor, **more)

    monkeypatch.setattr(batching, "submit_many", noted)
    for senders in ((machine, worker), (worker, machine)):
        for one in senders:
            apply(one, CHECK, MEND)
        for work in take(worker, limit=10):
            worker.post(f"/intents/{work.json()['intent_id']}/resume", {}).ok()
        submitted.clear()
        look()
        assert len(submitted) == 2
        assert submitted == sorted(submitted)
        for work in take(worker, limit=10):
            worker.post(f"/intents/{work.json()['intent_id']}/resume", {}).ok()
        look()


def test_a_person_decides_among_runs_of_the_same_moment(machine: KeyCaller, bob: PersonCaller) -> None:
    first, second = apply(machine, SIGN, MEND), apply(machine, SIGN, MEND)
    decide(bob, first)
    assert (states(first), states(second)) == ([("sign", "succeeded"), ("mend", "running")], [("sign", "running")])
