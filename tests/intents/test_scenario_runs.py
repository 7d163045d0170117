"""Runs of scenarios: what ends them early, versions, repeats, crashes, and whose they are."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from intents.engine.models import Intent
from intents.kernel import failpoints
from intents.scenarios import kinds, selectors
from intents.scenarios.kinds import Compiling, Outcome, Resumed, Step, StepPosition, Succeeded, Waits
from intents.scenarios.models import RunStep, ScenarioRun, ScenarioVersion
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents import waiting
from tests.intents.scenario_runs import CHECK, MEND, SIGN, apply, bundle, decide, finish, states
from tests.intents.waiting import at_once, handed, look

pool = waiting.pool


def test_a_timeout_ends_the_rest_of_the_run(now: SettableClock, machine: KeyCaller, bob: PersonCaller) -> None:
    run = apply(machine, {"step_id": "limit", "runtime_type": "timeout", "config": {"minutes": 1}}, SIGN)
    assert states(run) == [("limit", "succeeded"), ("sign", "running")]
    now.advance(seconds=61)
    look()
    assert machine.intent(run)["status"] == "TIMED_OUT"
    shown = machine.get(f"/scenarios/runs/{run}").ok()["run"]
    assert [one["state"] for one in shown["steps"]] == ["succeeded", "canceled"]
    assert bob.get("/me/tasks").ok()["tasks"] == []


def test_canceling_a_run_cancels_the_step_it_is_at(machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, CHECK, SIGN)
    child = handed(worker)["intent_id"]
    machine.post(f"/intents/{run}/resolve", {"status": "CANCELED", "reason": "changed my mind"}).ok()
    assert machine.intent(child)["status"] == "CANCELED"
    look()
    assert states(run) == [("check", "running")]


def test_a_step_done_by_hand_ends_its_intent(machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, CHECK)
    child = handed(worker)["intent_id"]
    machine.post(f"/intents/{run}/resume", {"in_stock": "looked myself"}).ok()
    assert machine.intent(run)["result"]["results"] == {"check": {"in_stock": "looked myself"}}
    assert machine.intent(child)["status"] == "CANCELED"


def test_no_machine_decides_a_human_step(machine: KeyCaller) -> None:
    run = apply(machine, SIGN)
    for body in ({"task_result": {"outcome": "approved"}}, {"approve_current_step": True}, {"done": True}):
        assert machine.post(f"/intents/{run}/resume", body).status == 403
    assert states(run) == [("sign", "running")]


def test_an_unfit_agent_fails_its_step_and_not_the_server(machine: KeyCaller, worker: KeyCaller, workspace: Any) -> None:
    run = apply(machine, CHECK, {"step_id": "far", "assigned_to": "agent://myorg/production/nobody"})
    workspace.require_registered_agents = True
    workspace.save()
    finish(worker)
    shown = machine.intent(run)
    assert (shown["status"], shown["error"]["code"], shown["error"]["step_id"]) == ("FAILED", "agent_not_found", "far")


PAST = {"step_id": "past", "runtime_type": "delay", "config": {"until": "2001-01-01T00:00:00Z"}, "on_success": "past"}


FAR = {"step_id": "far", "assigned_to": "agent://myorg/production/nobody", "on_failure": "far"}


@pytest.mark.parametrize("step", [PAST, FAR])
def test_a_run_that_goes_round_without_waiting_fails_at_once(
    machine: KeyCaller, workspace: Any, step: dict[str, Any]
) -> None:
    workspace.require_registered_agents = True
    workspace.save()
    run = apply(machine, step)
    assert (machine.intent(run)["status"], machine.intent(run)["error"]["code"]) == ("FAILED", "step_limit")
    assert len(states(run)) == 1


def test_a_run_begins_where_agents_have_to_be_registered(machine: KeyCaller, worker: KeyCaller, workspace: Any) -> None:
    workspace.require_registered_agents = True
    workspace.save()
    run = apply(machine, CHECK)
    finish(worker)
    assert machine.intent(run)["status"] == "COMPLETED"


def test_nobody_sends_to_the_address_of_a_run(machine: KeyCaller) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "agent://scenarios/order.fulfil.v1", "payload": {}}
    assert machine.post("/intents", body).code == "invalid_agent_address"


class Twice:
    """A step kind of the tests' own: it doubles a number."""

    name = "twice"
    instant = True
    writes = False

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        return {"number": at.config(raw)[1]["number"]}

    def enter(self, position: StepPosition) -> Waits | Outcome:
        return Succeeded({"number": 2 * position.step["number"]})

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return None


@pytest.fixture
def twice() -> Iterator[None]:
    kinds.register(Twice())
    yield
    kinds.unregister("twice")


def test_a_run_uses_a_kind_that_was_registered(twice: None, machine: KeyCaller) -> None:
    run = apply(machine, {"step_id": "double", "runtime_type": "twice", "config": {"number": 21}})
    assert machine.intent(run)["result"]["results"] == {"double": {"number": 42}}


def test_a_repeat_is_answered_though_its_document_would_be_refused_now(twice: None, machine: KeyCaller) -> None:
    sent = bundle({"step_id": "double", "runtime_type": "twice", "config": {"number": 21}}) | {"idempotency_key": "k"}
    first = machine.post("/scenarios/apply", sent).ok()
    kinds.unregister("twice")
    assert machine.post("/scenarios/apply", sent).ok()["intent_id"] == first["intent_id"]
    refused = machine.post("/scenarios/apply", sent | {"idempotency_key": 7})
    assert (refused.code, refused.json["error"]["details"]["field"]) == ("schema_invalid", "idempotency_key")


def test_another_document_is_another_version_and_runs_finish_on_theirs(
    machine: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    first = apply(machine, CHECK, SIGN)
    same = apply(machine, CHECK, SIGN, intent={"type": "order.fulfil.v1", "payload": {"order": 8}})
    other = apply(machine, CHECK)
    assert [one.version.version for one in ScenarioRun.objects.order_by("intent_id")] == [1, 1, 2]
    assert ScenarioVersion.objects.count() == 2
    for child in RunStep.objects.values_list("child_id", flat=True):
        machine.post(f"/intents/{child}/resume", {}).ok()
    look()
    assert states(first) == states(same) == [("check", "succeeded"), ("sign", "running")]
    assert machine.intent(other)["status"] == "COMPLETED"
    shown = machine.get(f"/scenarios/runs/{first}").ok()
    assert [one["step_id"] for one in shown["document"]["workflow"]["steps"]] == ["check", "sign"]


@pytest.mark.parametrize("where", ["header", "body"])
def test_an_idempotency_key_begins_one_run(machine: KeyCaller, where: str) -> None:
    sent = bundle(CHECK) | ({"idempotency_key": "k"} if where == "body" else {})
    key = "k" if where == "header" else None
    first = machine.post("/scenarios/apply", sent, key=key).ok()
    again = machine.post("/scenarios/apply", sent, key=key)
    assert again.ok()["intent_id"] == first["intent_id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (first["idempotent"], again.json["idempotent"]) == (False, True)
    assert ScenarioRun.objects.count() == 1
    assert machine.post("/scenarios/apply", sent | {"title": "Other"}, key=key).code == "idempotency_conflict"


def test_a_new_scenario_applied_by_several_at_once_is_one_version(machine: KeyCaller, pool: ThreadPoolExecutor) -> None:
    for number in range(3):
        agents = [{"role": "clerk", "address": f"clerk-{number}", "create_if_missing": True}]
        sent = bundle(CHECK, agents=agents, scenario_id=f"order.race.v{number}")
        answers = at_once(pool, *[lambda sent=sent: machine.post("/scenarios/apply", sent)] * 6)
        assert [one.status for one in answers] == [200] * 6
        assert {one.json["version"] for one in answers} == {1}
        assert sum(len(one.json["agents_provisioned"]) for one in answers) == 1


def test_missing_agents_are_made_with_a_key_of_their_own_once(machine: KeyCaller, worker: KeyCaller) -> None:
    agents = [{"role": "clerk", "address": "new-clerk", "create_if_missing": True, "display_name": "New clerk"}]
    applied = machine.post("/scenarios/apply", bundle(CHECK, agents=agents)).ok()
    (made,) = applied["agents_provisioned"]
    assert applied["agents"] == [{"role": "clerk", "address": "agent://myorg/production/new-clerk", "created": True}]
    clerk = KeyCaller({"x-api-key": made["api_key"]}, secret=made["api_key"])
    assert clerk.get("/me").ok()["service_account"]["scope"] == "own"
    assert machine.post("/scenarios/apply", bundle(CHECK, agents=agents)).ok()["agents_provisioned"] == []
    assert worker.post("/scenarios/apply", bundle(CHECK, agents=[agents[0] | {"address": "n2"}])).status == 403


def test_a_run_that_failed_is_run_again_from_its_beginning(
    machine: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    run = apply(machine, CHECK, SIGN)
    finish(worker)
    decide(bob, run, "rejected")
    again = olga.post(f"/operations/intents/{run}/run-again", {"reason": "once more"}).ok()["rerun_as_intent_id"]
    assert states(again) == [("check", "running")]
    finish(worker)
    decide(bob, again)
    assert machine.intent(again)["status"] == "COMPLETED"


class Crashed(BaseException):
    pass


@pytest.mark.parametrize("place", ["mid_batch", "before_commit"])
def test_a_crash_between_steps_leaves_the_run_where_it_was(
    machine: KeyCaller, worker: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    run = apply(machine, CHECK, MEND, SIGN)
    work = handed(worker)
    worker.post(f"/intents/{work['intent_id']}/resume", {"n": 1}).ok()

    def die(name: str) -> None:
        if name == place:
            raise Crashed

    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "hit", die)
        with pytest.raises(Crashed):
            look()
    assert states(run) == [("check", "running")]
    look()
    assert states(run) == [("check", "succeeded"), ("mend", "running")]
    finish(worker)
    decide(bob, run)
    assert machine.intent(run)["status"] == "COMPLETED"
    assert Intent.objects.filter(parent_id=run).count() == 2


def test_a_foreign_run_is_nobodys(machine: KeyCaller, foreign_machine: KeyCaller) -> None:
    run = apply(machine, CHECK)
    assert foreign_machine.get(f"/scenarios/runs/{run}").status == 404
    assert machine.get(f"/scenarios/runs/{machine.submit()}").status == 404


def test_a_process_keeps_so_many_programs_of_a_size_together(machine: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [UUID(apply(machine, CHECK, title=f"Order {number}")) for number in range(3)]
    size = len(ScenarioVersion.objects.all()[0].program)
    for limits in ({"KEPT": 2}, {"KEPT_SIZE": size * 2}):
        with monkeypatch.context() as patched:
            patched.setattr(selectors, "_kept", {})
            for name, most in limits.items():
                patched.setattr(selectors, name, most)
            for _ in range(2):
                found = selectors.runs(runs)
                assert [found[run].program["title"] for run in runs] == ["Order 0", "Order 1", "Order 2"]
                assert 1 <= len(selectors._kept) <= 2
    loaded = selectors.runs(runs)[runs[0]]
    assert loaded.version.document
    assert selectors.runs(runs)[runs[0]].version.get_deferred_fields() >= {"document"}
