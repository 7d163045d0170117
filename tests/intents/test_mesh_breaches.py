"""Breaches of agents' policies act, and a person lifts what they did."""

from typing import Any

import pytest

from intents.mesh import breaches
from intents.mesh.models import MeshBreach
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.intents.factory import take
from tests.intents.mesh_limits import AGENT, body, breached, limited, send
from tests.intents.scenario_runs import CHECK, apply


@pytest.mark.parametrize(("action", "state"), [("alert", "active"), ("pause", "paused"), ("kill", "killed")])
def test_a_breach_asks_an_owner_once_and_what_it_did_is_lifted_by_a_decision(
    alice: PersonCaller, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, action: str, state: str
) -> None:
    limited(machine, max_intents_per_day=1, action_on_breach=action)
    send(shop).ok()
    breached(send(shop), "max_intents_per_day")
    send(shop)
    assert machine.get(AGENT).ok()["agent"]["status"] == state
    (breach,) = machine.get("/mesh/breaches").ok()["breaches"]
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    assert (task["intent_id"], task["intent_type"]) == (breach["task_intent_id"], "mesh.breach.v1")
    if state != "active":
        assert machine.post(f"{AGENT}/resume").status == 403, "a person answers for it"
    alice.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    assert breaches.lift_answered() == 1
    assert breaches.lift_answered() == 0
    assert machine.get(AGENT).ok()["agent"]["status"] == "active"
    breached(send(shop), "max_intents_per_day")
    assert machine.get(AGENT).ok()["agent"]["status"] == "active", "once in its period"


@pytest.mark.parametrize("milder", ["pause", "quarantine", "resume"])
def test_no_key_makes_milder_what_a_breach_did(
    alice: PersonCaller, machine: KeyCaller, worker: KeyCaller, milder: str
) -> None:
    limited(machine, max_cost_per_day_usd=0.5, action_on_breach="kill")
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 1}}).ok()
    assert machine.post(f"{AGENT}/{milder}").status == 403
    machine.post(f"{AGENT}/kill").ok()
    assert machine.get(AGENT).ok()["agent"]["stopped"]["by_policy"], "nor does it take it upon itself"
    assert machine.post(f"{AGENT}/resume").status == 403
    alice.post(f"{AGENT}/{milder}").ok()


def test_a_breach_makes_nothing_milder_that_a_person_did(alice: PersonCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    """A killed agent still tells what it has spent: that sets it free in no way."""
    limited(machine, max_cost_per_day_usd=0.5, action_on_breach="pause")
    alice.post(f"{AGENT}/kill").ok()
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 1}}).ok()
    shown = alice.get(AGENT).ok()["agent"]
    assert (shown["status"], shown["stopped"]["by_policy"]) == ("killed", False)


def test_a_person_takes_over_what_a_breach_did(alice: PersonCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_cost_per_day_usd=0.5, action_on_breach="kill")
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 1}}).ok()
    alice.post(f"{AGENT}/kill").ok()
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    alice.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    assert breaches.lift_answered() == 1
    assert alice.get(AGENT).ok()["agent"]["status"] == "killed"


def test_an_answer_about_one_breach_frees_nothing_that_a_later_one_stopped(
    alice: PersonCaller, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_intents_per_day=1, action_on_breach="alert")
    send(shop).ok()
    breached(send(shop), "max_intents_per_day")
    limited(machine, max_intents_per_hour=1, action_on_breach="kill")
    breached(send(shop), "max_intents_per_hour")
    asked = {one["limit"]: one["task_intent_id"] for one in machine.get("/mesh/breaches").ok()["breaches"]}
    tasks = {one["intent_id"]: one["task_id"] for one in alice.get("/me/tasks").ok()["tasks"]}
    for limit, state in (("max_intents_per_day", "killed"), ("max_intents_per_hour", "active")):
        alice.post(f"/tasks/{tasks[asked[limit]]}/decide", {"outcome": "approved"}).ok()
        assert breaches.lift_answered() == 1
        assert machine.get(AGENT).ok()["agent"]["status"] == state


def test_a_key_of_one_agent_sees_no_breach_of_another(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_intents_per_hour=0)
    breached(send(shop), "max_intents_per_hour")
    assert len(worker.get("/mesh/breaches").ok()["breaches"]) == 1
    assert shop.get("/mesh/breaches").ok()["breaches"] == []


@pytest.mark.parametrize("key", [None, "once"])
def test_a_breach_by_children_acts_although_their_parent_does_not_wait(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, key: str | None
) -> None:
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    limited(machine, max_intents_per_hour=1, action_on_breach="pause")
    asked = {"for": "agent", "intents": [body() | {"to_agent": "shop"}] * 2}
    assert worker.post(f"/intents/{intent_id}/wait", asked, key=key).status == 422
    assert [one["limit"] for one in machine.get("/mesh/breaches").ok()["breaches"]] == ["max_intents_per_hour"]
    assert machine.get(AGENT).ok()["agent"]["status"] == "paused"
    assert machine.intent(intent_id)["status"] == "DELIVERED"


def test_spending_beyond_the_budget_is_a_breach_without_a_new_intent(
    alice: PersonCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_day_usd=0.5, action_on_breach="kill")
    assert worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.4}}).ok()["status"] == "active"
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.2}}).ok()
    assert worker.post("/mesh/heartbeat").ok()["status"] == "killed"
    events = [one["event_type"] for one in machine.get("/mesh/events").ok()["events"]]
    assert events == ["killed", "policy_breached"]


def test_breaches_are_noted_in_one_order_whatever_order_they_came_in(
    workspace: Any, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    """Of two batches that come at once each would wait for what the other has noted."""
    make_machine(workspace, "another")
    for name in ("another", "order-service"):
        limited(machine, name, max_intents_per_day=0)
    shop.post("/intents/batch", {"intents": [body(), body() | {"to_agent": "another"}]}).ok()
    noted = MeshBreach.objects.order_by("id").values_list("name", flat=True)
    assert list(noted) == ["another", "order-service"]


def test_an_owner_is_asked_about_an_agent_of_the_longest_name(
    workspace: Any, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    name = "a" * 120 + "/" + "b" * 120
    make_machine(workspace, name)
    limited(machine, name, max_intents_per_hour=0, action_on_breach="kill")
    breached(send(shop, to=name), "max_intents_per_hour")
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    assert "has reached its limit: max_intents_per_hour is 0" in task["human_task"]["title"]


def test_a_breach_by_a_step_of_a_scenario_acts(machine: KeyCaller, alice: PersonCaller, worker: KeyCaller) -> None:
    limited(alice, max_intents_per_hour=0, action_on_breach="pause")
    run = apply(machine, CHECK)
    assert machine.intent(run)["status"] == "FAILED"
    assert [one["limit"] for one in machine.get("/mesh/breaches").ok()["breaches"]] == ["max_intents_per_hour"]
    assert machine.get(AGENT).ok()["agent"]["status"] == "paused"
