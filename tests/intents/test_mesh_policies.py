"""Policies of agents: rates and budgets are exact, breaches act, and a person lifts what they did."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from intents.kernel import clock
from intents.mesh import breaches, pruning
from intents.mesh.models import MeshBreach, MeshHour, MeshReservation
from tests.callers import Answer, Caller, KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.scenario_runs import CHECK, apply

AGENT = "/mesh/agents/order-service"


def limited(by: Caller, name: str = "order-service", **limits: Any) -> dict[str, Any]:
    found: dict[str, Any] = by.put(f"/mesh/agents/{name}/policies/cost", limits).ok()
    return found


def used(by: Caller, name: str = "order-service") -> dict[str, Any]:
    found: dict[str, Any] = by.get(f"/mesh/agents/{name}/policies").ok()["used"]
    return found


def send(by: Caller, to: str = "order-service", **more: Any) -> Answer:
    return by.post("/intents", {"intent_type": "order.fulfill.v1", "to_agent": to, "payload": {}} | more)


def breached(answer: Answer, policy: str) -> dict[str, Any]:
    assert (answer.status, answer.code) == (429, "rate_limit_exceeded"), answer.raw
    details: dict[str, Any] = answer.json["error"]["details"]
    assert details["policy"] == policy
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return details


def test_a_rate_counts_what_an_agent_sends_and_is_sent_by_the_hour_and_the_day(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    limited(machine, max_intents_per_hour=2, max_intents_per_day=3)
    send(shop).ok()
    send(worker, to="shop").ok()
    breached(send(shop), "max_intents_per_hour")
    breached(send(worker, to="shop"), "max_intents_per_hour")
    now.advance(hours=1)
    send(shop).ok()
    assert breached(send(shop), "max_intents_per_day")["allowed"] == "3"
    assert used(machine)["intents_today"] == 3
    now.advance(days=1)
    send(shop).ok()
    assert used(machine) | {"spent_usd": "0"} == {
        "intents_this_hour": 1,
        "intents_today": 1,
        "spent_usd": "0",
        "reserved_usd": "0",
        "each_usd": "0",
    }


def test_a_budget_is_set_aside_at_admission_and_settled_by_what_is_told(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    limited(machine, max_cost_per_day_usd=1, max_cost_per_intent_usd=0.4)
    first, second = (send(shop).ok()["intent_id"] for _ in range(2))
    details = breached(send(shop), "max_cost_per_day_usd")
    assert (details["spent_usd"], details["reserved_usd"], details["next_usd"]) == ("0", "0.8", "0.4")
    aside = [
        by.get("/mesh/spend", **query).ok() for by, query in ((machine, {}), (machine, {"agent": "shop"}), (worker, {}))
    ]
    assert [(one["total_usd"], one["reserved_usd"]) for one in aside] == [("0", "0.8"), ("0", "0"), ("0", "0.8")]
    shop.post(f"/intents/{second}/resolve", {"status": "CANCELED", "reason": "too dear"}).ok()
    assert used(machine)["reserved_usd"] == "0.4", "what nobody began burns nothing"
    take(worker)
    told = {"metrics": {"cost_usd": 0.1, "usage": [{"intent_id": first, "cost_usd": 0.1}]}}
    worker.post("/mesh/heartbeat", told).ok()
    assert (used(machine)["spent_usd"], used(machine)["reserved_usd"]) == ("0.1", "0.3")
    worker.post(f"/intents/{first}/resume", {"done": True}).ok()
    assert used(machine)["reserved_usd"] == "0.3", "until its agent has told of it"
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.05}}).ok()
    assert (used(machine)["spent_usd"], used(machine)["reserved_usd"]) == ("0.15", "0")


def test_what_is_refused_for_another_reason_or_sent_again_counts_once(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_intents_per_hour=2)
    answers = [shop.post("/intents", body(), key="one").ok() for _ in range(3)]
    assert len({one["intent_id"] for one in answers}) == 1
    assert shop.post("/intents", body() | {"deadline_at": "2001-01-01T00:00:00Z"}).status == 422
    assert used(machine)["intents_this_hour"] == 1
    send(shop).ok()
    assert shop.post("/intents", body(), key="one").ok() == answers[0], "a limit that is used up takes nothing back"


def body() -> dict[str, Any]:
    return {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}


def test_a_batch_is_admitted_one_by_one(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_intents_per_day=3)
    done = shop.post("/intents/batch", {"intents": [body()] * 5}).ok()["intents"]
    assert [one["ok"] for one in done] == [True, True, True, False, False]
    assert done[3]["error"]["details"]["policy"] == "max_intents_per_day"
    assert used(machine)["intents_today"] == 3
    assert [one["limit"] for one in machine.get("/mesh/breaches").ok()["breaches"]] == ["max_intents_per_day"]


def test_limits_are_exact_under_sixteen_senders(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_cost_per_day_usd=1, max_cost_per_intent_usd=0.1, max_intents_per_hour=100)

    def one(_number: int) -> int:
        try:
            return send(shop).status
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as senders:
        found = list(senders.map(one, range(32)))
    assert (found.count(200), found.count(429)) == (10, 22)
    assert (used(machine)["reserved_usd"], used(machine)["intents_today"]) == ("1", 10)


def test_an_agents_own_limits_go_over_those_of_all(
    alice: PersonCaller, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    alice.put("/mesh/policies/cost", {"max_intents_per_hour": 1, "action_on_breach": "block"}).ok()
    limited(alice, max_intents_per_hour=2)
    limited(alice, "shop", max_intents_per_hour=100)
    for _ in range(2):
        send(shop).ok()
    breached(send(shop), "max_intents_per_hour")
    send(shop, to="elsewhere").ok()
    breached(send(shop, to="elsewhere"), "max_intents_per_hour")
    assert machine.put("/mesh/policies/cost", {}).status == 403
    assert machine.put("/mesh/agents/demo/policies/cost", {}).status == 403, "a key does not loosen its own"
    assert shop.put(f"{AGENT}/policies/cost", {}).status == 403


def test_types_and_tools_are_allowed_and_denied(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    allowed = {"allowed_intent_types": ["order.*"], "denied_intent_types": ["order.refund.v1"], "allowed_tools": ["print*"]}
    machine.put(f"{AGENT}/policies/action", allowed).ok()
    for refused in ("order.refund.v1", "mail.send.v1"):
        answer = send(shop, intent_type=refused)
        assert (answer.status, answer.code, answer.json["error"]["details"]["policy"]) == (
            403,
            "policy_denied",
            "intent_types",
        )
    assert send(worker, to="shop", intent_type="mail.send.v1").status == 403
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    wait = f"/intents/{intent_id}/wait"
    assert worker.post(wait, {"for": "tool", "tool": "scanner"}).status == 403
    worker.post(wait, {"for": "tool", "tool": "printer"}).ok()


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


def test_policies_that_are_set_at_once_are_both_set(alice: PersonCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    def put(number: int) -> int:
        try:
            if number % 2:
                return alice.put(f"{AGENT}/policies/cost", {"max_intents_per_day": 9}).status
            return alice.put(f"{AGENT}/policies/action", {"denied_tools": ["printer"]}).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as owners:
        assert set(owners.map(put, range(8))) == {200}
    holds = alice.get(f"{AGENT}/policies").ok()["policy"]
    assert (holds["max_intents_per_day"], holds["denied_tools"]) == (9, ["printer"])


def test_what_an_intent_may_cost_holds_without_a_budget_of_the_day(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_intent_usd=0.4, action_on_breach="pause")
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    for number, state in ((1, "active"), (2, "paused")):
        told = {"cost_usd": 0.3, "usage": [{"intent_id": intent_id, "cost_usd": 0.3}], "number": number}
        worker.post("/mesh/heartbeat", {"metrics": told}).ok()
        assert machine.get(AGENT).ok()["agent"]["status"] == state
    send(shop).ok()


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


def test_what_was_set_aside_is_forgotten_once_it_counts_no_more(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    """Each submit sums what is set aside."""
    limited(machine, max_cost_per_day_usd=10, max_cost_per_intent_usd=1)
    ended, open_one = (send(shop).ok()["intent_id"] for _ in range(2))
    shop.post(f"/intents/{ended}/resolve", {"status": "CANCELED", "reason": "no need"}).ok()
    now.advance(hours=2)
    pruning.prune()
    assert [str(one) for one in MeshReservation.objects.values_list("intent_id", flat=True)] == [open_one]


def test_spending_beyond_the_budget_is_a_breach_without_a_new_intent(
    alice: PersonCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_day_usd=0.5, action_on_breach="kill")
    assert worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.4}}).ok()["status"] == "active"
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.2}}).ok()
    assert worker.post("/mesh/heartbeat").ok()["status"] == "killed"
    events = [one["event_type"] for one in machine.get("/mesh/events").ok()["events"]]
    assert events == ["killed", "policy_breached"]


def test_what_was_spent_is_told_by_agent_type_model_and_hour(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    usage = [{"intent_type": "a.b.v1", "model": "small", "intents": 1, "cost_usd": 0.2}, {"model": "large", "cost_usd": 0.5}]
    worker.post("/mesh/heartbeat", {"metrics": {"intents_total": 3, "cost_usd": 1, "usage": usage}}).ok()
    now.advance(hours=1)
    shop.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.1}}).ok()

    def spend(by: str) -> dict[str, str]:
        found = machine.get("/mesh/spend", by=by).ok()
        assert found["total_usd"] == "1.1"
        return {one["key"]: one["cost_usd"] for one in found["items"]}

    assert spend("agent") == {"order-service": "1", "shop": "0.1"}
    assert spend("intent_type") == {"": "0.9", "a.b.v1": "0.2"}
    assert spend("model") == {"large": "0.5", "": "0.4", "small": "0.2"}
    assert list(spend("hour")) == ["2030-01-15T09:00Z", "2030-01-15T10:00Z"]
    assert worker.get("/mesh/spend").ok()["total_usd"] == "1"


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


def test_what_intents_have_cost_is_settled_in_one_order_whatever_order_it_is_told_in(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_intent_usd=0.4)
    sent = [send(shop).ok()["intent_id"] for _ in range(4)]
    usage = [{"intent_id": one, "cost_usd": 0.5} for one in (sent[2], sent[0], sent[3], sent[1])]
    worker.post("/mesh/heartbeat", {"metrics": {"usage": usage}}).ok()
    noted = MeshBreach.objects.order_by("id").values_list("period", flat=True)
    assert list(noted) == [UUID(one).hex for one in sorted(sent)]


def test_an_owner_is_asked_about_an_agent_of_the_longest_name(
    workspace: Any, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    name = "a" * 120 + "/" + "b" * 120
    make_machine(workspace, name)
    limited(machine, name, max_intents_per_hour=0, action_on_breach="kill")
    breached(send(shop, to=name), "max_intents_per_hour")
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    assert "has reached its limit: max_intents_per_hour is 0" in task["human_task"]["title"]


def test_what_was_spent_is_told_of_all_also_where_it_has_too_many_parts_to_list(machine: KeyCaller) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    told = [
        MeshHour(workspace_id=machine.actor.workspace_id, name=f"a{number}", hour=hour, intents=1, cost_usd=Decimal("0.01"))
        for number in range(1001)
    ]
    MeshHour.objects.bulk_create(told)
    found = machine.get("/mesh/spend", by="agent").ok()
    assert (len(found["items"]), found["total_usd"]) == (1000, "10.01")


def test_a_key_counts_for_its_own_agent_whomever_it_names(
    alice: PersonCaller, machine: KeyCaller, worker: KeyCaller, shop: KeyCaller
) -> None:
    limited(alice, "demo", max_intents_per_hour=2)
    alice.put("/mesh/agents/demo/policies/action", {"denied_intent_types": ["mail.*"]}).ok()
    assert machine.post("/intents", body() | {"intent_type": "mail.send.v1"}, x_owner_agent="shop").status == 403
    machine.post("/intents", body(), x_owner_agent="shop").ok()
    machine.post("/intents/batch", {"intents": [body()]}, x_owner_agent="unheard-of").ok()
    details = breached(machine.post("/intents", body(), x_owner_agent="another"), "max_intents_per_hour")
    assert details["agent"] == "demo"
    assert used(alice, "demo")["intents_this_hour"] == 2


@pytest.mark.parametrize(
    "path", ["agents", "agents/order-service", "agents/order-service/policies", "events", "breaches", "spend", "policies"]
)
def test_what_agents_cost_is_for_who_watches_and_not_for_who_decides(
    worker: KeyCaller, machine: KeyCaller, bob: PersonCaller, vera: PersonCaller, olga: PersonCaller, path: str
) -> None:
    answers = [one.get(f"/mesh/{path}").status for one in (bob, vera, olga, machine, machine.also(bob))]
    assert answers == [403, 200, 200, 200, 200]


def test_a_breach_by_a_step_of_a_scenario_acts(machine: KeyCaller, alice: PersonCaller, worker: KeyCaller) -> None:
    limited(alice, max_intents_per_hour=0, action_on_breach="pause")
    run = apply(machine, CHECK)
    assert machine.intent(run)["status"] == "FAILED"
    assert [one["limit"] for one in machine.get("/mesh/breaches").ok()["breaches"]] == ["max_intents_per_hour"]
    assert machine.get(AGENT).ok()["agent"]["status"] == "paused"
