"""Scenarios from their documents to their ends: each kind of step, failures, retries, deadlines, versions."""

from typing import Any

import pytest

from intents.engine.models import Intent
from intents.kernel import canonical
from intents.scenarios.models import RunStep
from intents.scenarios.results import beside
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.scenario_runs import CHECK, COOL, MEND, SIGN, apply, bundle, decide, finish, states
from tests.intents.waiting import handed, look
from tests.intents.waiting import kinds as events


def test_a_run_goes_from_an_agent_to_a_person_to_a_time_and_completes(
    now: SettableClock, machine: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    applied = machine.post("/scenarios/apply", bundle(CHECK, SIGN, COOL)).ok()
    run = applied["intent_id"]
    assert (applied["status"], applied["pending_with"], applied["version"]) == ("WAITING", "order-service", 1)
    assert machine.intent(run)["waiting_reason"] == "WAITING_FOR_AGENT"
    work = finish(worker, in_stock=True)
    assert (work["payload"]["parent_payload"], work["payload"]["results"]) == ({"order": 7}, {})
    assert states(run) == [("check", "succeeded"), ("sign", "running")]
    (task,) = bob.get("/me/tasks").ok()["tasks"]
    assert (task["intent_id"], task["human_task"]["title"]) == (run, "Ship it?")
    decide(bob, run)
    assert machine.intent(run)["waiting_reason"] == "WAITING_FOR_TIME"
    now.advance(seconds=61)
    look()
    shown = machine.intent(run)
    assert shown["status"] == "COMPLETED"
    assert shown["result"]["outcome"] == "approved"
    assert shown["result"]["results"]["check"] == {"in_stock": True}
    assert [state for _, state in states(run)] == ["succeeded"] * 3


def test_a_step_gets_the_results_of_those_before(machine: KeyCaller, worker: KeyCaller) -> None:
    apply(machine, CHECK, MEND | {"input": {"how": "gently"}})
    finish(worker, in_stock=3)
    work = handed(worker)["payload"]
    assert (work["results"], work["input"], work["step_id"]) == ({"check": {"in_stock": 3}}, {"how": "gently"}, "mend")


def test_beside_the_intent_a_steps_payload_has_the_fields_of_its_runs(machine: KeyCaller, worker: KeyCaller) -> None:
    apply(machine, CHECK)
    work = handed(worker)
    answer = worker.get(f"/intents/{work['intent_id']}").ok()
    assert answer["intent"]["payload"] == work["payload"]
    assert answer["payload"] == {"order": 7} | work["payload"]


@pytest.mark.parametrize(("payload", "given", "status"), [(130_950, 0, 413), (70_000, 70_000, 413), (60_000, 60_000, 200)])
def test_what_no_agent_could_be_handed_begins_no_run(machine: KeyCaller, payload: int, given: int, status: int) -> None:
    about = {"type": "order.fulfil.v1", "payload": {"text": "x" * payload}}
    sent = bundle(CHECK | {"input": {"text": "y" * given}}, intent=about)
    applied = machine.post("/scenarios/apply", sent)
    assert applied.status == status
    assert status == 413 or machine.intent(applied.json["intent_id"])["status"] == "WAITING"


def test_results_too_large_to_hand_on_are_left_out_and_say_so(machine: KeyCaller, worker: KeyCaller) -> None:
    apply(machine, CHECK, MEND, MEND | {"step_id": "last"})
    finish(worker, text="x" * 100_000)
    finish(worker, text="y" * 100_000, small=1)
    results = handed(worker)["payload"]["results"]
    assert sum("omitted" in one for one in results.values()) == 1


def test_errors_too_large_to_hand_on_are_left_out_and_say_so(machine: KeyCaller, worker: KeyCaller) -> None:
    mend = MEND | {"on_success": "end", "on_failure": "last"}
    run = apply(machine, CHECK | {"on_failure": "mend"}, mend, MEND | {"step_id": "last"})
    for _ in range(2):
        work = handed(worker)
        worker.post(f"/intents/{work['intent_id']}/fail", {"error": {"code": "no", "text": "x" * 100_000}}).ok()
        look()
    errors = finish(worker, mended=True)["payload"]["errors"]
    assert sum("omitted" in one for one in errors.values()) == 1
    shown = machine.intent(run)
    assert shown["status"] == "COMPLETED"
    assert sum("omitted" in one for one in shown["result"]["errors"].values()) == 1


def test_the_names_of_steps_count_where_results_are_left_out() -> None:
    results = {f"{number:0>100}": {"text": "x" * 1200} for number in range(100)}
    given = beside({}, results, {})
    canonical.sized(given, "payload")
    assert any("omitted" in one for one in given["results"].values())


def test_a_refusal_goes_to_on_failure_or_fails_the_run(machine: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    run = apply(machine, SIGN | {"on_failure": "mend", "on_success": "end"}, MEND)
    decide(bob, run, "rejected")
    assert states(run) == [("sign", "failed"), ("mend", "running")]
    work = finish(worker, mended=True)
    assert work["payload"]["errors"]["sign"]["outcome"] == "rejected"
    assert machine.intent(run)["status"] == "COMPLETED"
    run = apply(machine, SIGN, MEND)
    decide(bob, run, "rejected")
    shown = machine.intent(run)
    assert (shown["status"], shown["error"]["code"], shown["error"]["step_id"]) == ("FAILED", "rejected", "sign")


def test_a_yes_does_not_take_the_way_of_a_no(machine: KeyCaller, bob: PersonCaller) -> None:
    run = apply(machine, SIGN | {"on_failure": "mend", "on_success": "end"}, MEND)
    decide(bob, run)
    assert (machine.intent(run)["status"], states(run)) == ("COMPLETED", [("sign", "succeeded")])


def test_a_failed_step_is_tried_again_after_its_delay(now: SettableClock, machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, CHECK | {"retry": {"max_retries": 1, "retry_delay_seconds": 10}})
    for attempt, state in ((1, [("check", "failed"), ("check", "retrying")]), (2, [("check", "failed")] * 2)):
        work = handed(worker)
        worker.post(f"/intents/{work['intent_id']}/fail", {"error": {"code": "no_stock"}}).ok()
        look()
        assert (attempt, states(run)) == (attempt, state)
        now.advance(seconds=11)
        look()
    shown = machine.intent(run)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "no_stock")
    assert Intent.objects.filter(parent_id=run).count() == 2


def test_a_step_that_is_late_fails_with_step_timeout(now: SettableClock, machine: KeyCaller, worker: KeyCaller) -> None:
    run = apply(machine, CHECK | {"step_deadline_seconds": 30})
    child = handed(worker)["intent_id"]
    now.advance(seconds=31)
    look()
    look()
    shown = machine.intent(run)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "step_timeout")
    assert machine.intent(child)["status"] == "TIMED_OUT"


def test_nobody_deciding_in_time_is_no_refusal(now: SettableClock, machine: KeyCaller, bob: PersonCaller) -> None:
    run = apply(machine, SIGN | {"step_deadline_seconds": 30, "on_failure": "mend", "on_success": "end"}, MEND)
    now.advance(seconds=31)
    look()
    assert states(run) == [("sign", "failed"), ("mend", "running")]
    error = RunStep.objects.get(run_id=run, step_id="sign").error
    assert '"outcome":"expired"' in error
    assert '"step_timeout"' in error
    assert bob.get("/me/tasks").ok()["tasks"] == []


def test_each_step_has_reminders_of_its_own(now: SettableClock, machine: KeyCaller, bob: PersonCaller) -> None:
    soon = SIGN | {"remind_after_seconds": 10, "max_reminders": 1}
    later = SIGN | {"step_id": "again", "remind_after_seconds": 100, "max_reminders": 1}
    run = apply(machine, soon, later)
    now.advance(seconds=11)
    look()
    assert events(machine, run).count("reminder") == 1
    decide(bob, run)
    now.advance(seconds=50)
    look()
    assert events(machine, run).count("reminder") == 1
    now.advance(seconds=51)
    look()
    assert events(machine, run).count("reminder") == 2


def test_a_step_escalates_to_a_role_of_its_document(now: SettableClock, machine: KeyCaller, olga: PersonCaller) -> None:
    humans = [{"role": "manager"}, {"role": "chief", "contact": olga.user.email}]
    late = SIGN | {"remind_after_seconds": 10, "max_reminders": 1, "escalate_to": "chief"}
    run = apply(machine, late, humans=humans)
    assert olga.get("/me/tasks").ok()["tasks"] == []
    for _ in range(2):
        now.advance(seconds=11)
        look()
    assert [one["intent_id"] for one in olga.get("/me/tasks").ok()["tasks"]] == [run]


@pytest.mark.parametrize("place", ["intent", "durability"])
def test_all_steps_escalate_to_a_role_of_their_document(
    now: SettableClock, machine: KeyCaller, olga: PersonCaller, place: str
) -> None:
    humans = [{"role": "manager"}, {"role": "chief", "contact": olga.user.email}]
    late = {"remind_after_seconds": 10, "max_reminders": 1, "escalate_to": "chief"}
    about = {"type": "order.fulfil.v1", "payload": {"order": 7}}
    run = apply(machine, SIGN, humans=humans, **{"intent": about, place: about | late if place == "intent" else late})
    for _ in range(2):
        now.advance(seconds=11)
        look()
    assert [one["intent_id"] for one in olga.get("/me/tasks").ok()["tasks"]] == [run]


def test_a_policy_of_a_step_holds_for_its_task(machine: KeyCaller, bob: PersonCaller) -> None:
    run = apply(machine, SIGN | {"policy": {"risk": "high"}})
    (task,) = bob.get("/me/tasks").ok()["tasks"]
    assert (task["intent_id"], task["human_task"]["risk"]) == (run, "high")


def test_a_person_is_asked_by_their_contact_alone(machine: KeyCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    apply(machine, SIGN, humans=[{"role": "manager", "contact": olga.user.email}])
    assert (len(olga.get("/me/tasks").ok()["tasks"]), bob.get("/me/tasks").ok()["tasks"]) == (1, [])


def test_who_applied_a_scenario_is_among_its_approvers(machine: KeyCaller, olga: PersonCaller, bob: PersonCaller) -> None:
    apply(machine.also(olga), SIGN)
    assert [len(one.get("/me/tasks").ok()["tasks"]) for one in (olga, bob)] == [1, 1]


def test_a_human_approval_of_the_server_asks_people(machine: KeyCaller, bob: PersonCaller) -> None:
    config = {"title": "Is {{scenario_id}} fine?", "timeout_seconds": 60}
    run = apply(machine, {"step_id": "ask", "runtime_type": "human_approval", "runtime_config": config})
    assert bob.get("/me/tasks").ok()["tasks"][0]["human_task"]["title"] == "Is order.fulfil.v1 fine?"
    decide(bob, run)
    assert machine.intent(run)["status"] == "COMPLETED"


def test_telling_steps_go_on_at_once_and_stand_in_the_history(
    machine: KeyCaller, bob: PersonCaller, mailbox: list[Any]
) -> None:
    steps = [
        {"step_id": kind, "runtime_type": kind, "config": {"subject": "On {{intent_id}}", "to": ["approver"]}}
        for kind in ("notification", "reminder", "escalation")
    ]
    run = apply(machine, *steps)
    assert machine.intent(run)["status"] == "COMPLETED"
    told = {one["event_type"]: one["details"] for one in machine.events(run)}
    assert told["intent.comment"]["subject"] == f"On {run}"
    assert told["intent.escalated"]["escalated_to"] == "approver"
    assert "intent.reminder" in told
