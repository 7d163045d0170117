"""Killing, pausing and quarantining agents: what is refused on every door, and that nothing is lost."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from intents import auth
from intents.accounts.stops import AgentStopped
from intents.scenarios.models import RunStep
from tests.callers import Answer, Caller, KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.scenario_runs import CHECK, apply, finish
from tests.intents.waiting import handed, look

AGENT = "/mesh/agents/order-service"


def killed(by: Caller, name: str = "order-service", how: str = "kill") -> dict[str, Any]:
    shown: dict[str, Any] = by.post(f"/mesh/agents/{name}/{how}", {"reason": "it sends nonsense"}).ok()["agent"]
    return shown


def stopped(answer: Answer, state: str = "killed") -> None:
    assert (answer.status, answer.code, answer.json["error"]["details"]["status"]) == (403, "policy_denied", state)


def test_a_killed_agent_is_shown_as_such_until_it_is_resumed(worker: KeyCaller, machine: KeyCaller) -> None:
    shown = killed(machine)
    assert (shown["health_status"], shown["status"], shown["stopped"]["reason"]) == (
        "killed",
        "killed",
        "it sends nonsense",
    )
    assert worker.post("/mesh/heartbeat").ok()["status"] == "killed"
    killed(machine)
    machine.post(f"/mesh/agents/{shown['address_id']}/resume").ok()
    assert worker.post("/mesh/heartbeat").ok()["status"] == "active"
    events = machine.get("/mesh/events").ok()["events"]
    assert [one["event_type"] for one in events] == ["resumed", "killed"], "killed twice is killed once"
    assert events[1]["actor_id"] == "agent://myorg/production/demo"
    assert [one["event_type"] for one in machine.get("/mesh/events", event_type="killed").ok()["events"]] == ["killed"]


@pytest.mark.parametrize(
    "spelling", ["order-service", "agent://myorg/production/order-service", "myorg/production/order-service"]
)
def test_an_address_may_stand_where_the_id_does(worker: KeyCaller, machine: KeyCaller, spelling: str) -> None:
    assert machine.post(f"/mesh/agents/{spelling}/kill").ok()["agent"]["status"] == "killed"
    assert machine.post(f"/mesh/agents/{spelling}/resume").ok()["agent"]["status"] == "active"


def test_nothing_is_accepted_to_a_killed_agent_or_from_it(worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    before = shop.post("/intents", intent_to("order-service"), key="again")
    killed(machine)
    stopped(shop.post("/intents", intent_to("order-service")))
    stopped(worker.post("/intents", intent_to("shop")))
    stopped(machine.post("/intents", intent_to("shop"), x_owner_agent="order-service"))
    batch = machine.post("/intents/batch", {"intents": [intent_to("order-service"), intent_to("shop")]}).ok()
    assert [one["ok"] for one in batch["intents"]] == [False, True]
    again = shop.post("/intents", intent_to("order-service"), key="again")
    assert again.json == before.json, "what was accepted before is accepted still"


def intent_to(name: str) -> dict[str, Any]:
    return {"intent_type": "order.fulfill.v1", "to_agent": name, "payload": {}}


def test_a_key_of_a_killed_agent_gets_round_it_by_no_other_name(
    workspace: Any, machine: KeyCaller, alice: PersonCaller
) -> None:
    wide = make_machine(workspace, "orchestrator", scope=machine.actor.scope)
    make_machine(workspace, "order-service")
    killed(alice, "orchestrator")
    stopped(wide.post("/intents", intent_to("shop"), x_owner_agent="order-service"))
    for path in ("/mesh/agents/orchestrator/resume", f"{AGENT}/kill"):
        assert wide.post(path).status == 403
    assert wide.post("/service-accounts", {"name": "another-name"}).status == 403
    assert wide.post("/intents/bulk-cancel", {"older_than_hours": 1, "dry_run": False, "reason": "revenge"}).status == 403
    with pytest.raises(AgentStopped):
        take(wide, "order-service")


DOORS: dict[str, Callable[[Caller, str], Answer]] = {
    "resume": lambda it, work: it.post(f"{work}/resume", {"done": True}),
    "acknowledge": lambda it, work: it.post(f"{work}/acknowledge"),
    "progress": lambda it, work: it.post(f"{work}/progress", {"percent": 5}),
    "checkpoint": lambda it, work: it.post(f"{work}/checkpoint", {"step": 1}),
    "fail": lambda it, work: it.post(f"{work}/fail", {"error": {"code": "no"}}),
    "resolve": lambda it, work: it.post(f"{work}/resolve", {"status": "COMPLETED", "result": {}}),
    "wait": lambda it, work: it.post(f"{work}/wait", {"for": "time", "delay_seconds": 60}),
    "transfer": lambda it, work: it.post(f"{work}/transfer", {"to_agent": "shop"}),
    "step": lambda it, work: it.put(f"{work}/steps/one", {"result": 1}),
    "answer": lambda it, work: it.post(f"{work}/answer", {"answer": "yes"}),
    "reply": lambda it, work: it.post(f"/inbox/{work.rpartition('/')[2]}/reply", {"message": "x"}),
    "approve": lambda it, work: it.post(f"/inbox/{work.rpartition('/')[2]}/approve", {}),
}


@pytest.mark.parametrize("how", ["kill", "quarantine"])
@pytest.mark.parametrize("door", DOORS)
def test_a_stopped_agent_moves_nothing_on(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, door: str, how: str
) -> None:
    intent_id = shop.submit("order-service")
    take(worker)
    state = killed(machine, how=how)["status"]
    seen = machine.intent(intent_id)["status"]
    by_its_key = DOORS[door](worker, f"/intents/{intent_id}")
    stopped(by_its_key, state)
    assert machine.intent(intent_id)["status"] == seen


def test_who_acts_for_a_killed_agent_is_told_and_its_sender_may_cancel(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    intent_id = shop.submit("order-service")
    take(worker)
    killed(machine)
    stopped(machine.post(f"/intents/{intent_id}/resume", {"done": True}))
    stopped(machine.post(f"/intents/{intent_id}/progress", {"percent": 1}))
    ended = shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "somebody else does it"})
    assert ended.ok()["intent"]["status"] == "CANCELED"


def test_who_may_stop_agents(
    worker: KeyCaller, shop: KeyCaller, olga: PersonCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    for refused in (worker, shop, bob, vera):
        assert refused.post(f"{AGENT}/kill").status == 403
    assert charlie.post(f"{AGENT}/kill").status == 404
    assert olga.post(f"{AGENT}/pause").ok()["agent"]["status"] == "paused"
    assert olga.post("/mesh/agents/nobody-knows/kill").status == 404


def test_a_key_of_a_paused_agent_frees_it_neither_itself_nor_by_another_key(machine: KeyCaller, alice: PersonCaller) -> None:
    killed(alice, "demo", how="pause")
    assert machine.post("/mesh/agents/demo/resume").status == 403
    assert machine.post("/service-accounts", {"name": "another-name"}).status == 403
    assert alice.post("/mesh/agents/demo/resume").ok()["agent"]["status"] == "active"
    machine.post("/service-accounts", {"name": "another-name"}).ok()


def test_a_deleted_agent_that_was_killed_is_let_go_on(worker: KeyCaller, shop: KeyCaller, alice: PersonCaller) -> None:
    account = alice.get(AGENT).ok()["agent"]["address_id"]
    killed(alice)
    alice.delete(f"/service-accounts/{account}").ok()
    shown = alice.post(f"{AGENT}/resume").ok()
    assert (shown["agent"]["status"], shown["agent"]["stopped"]) == ("active", None)
    assert [one["event_type"] for one in shown["events"]] == ["resumed", "killed"]
    assert alice.get(AGENT).status == 404, "nothing is left of it"
    shop.post("/intents", intent_to("order-service")).ok()


def test_a_name_that_is_registered_anew_is_stopped_still(worker: KeyCaller, shop: KeyCaller, alice: PersonCaller) -> None:
    account = alice.get(AGENT).ok()["agent"]["address_id"]
    assert UUID(account) == worker.agent.id
    killed(alice)
    alice.delete(f"/service-accounts/{account}").ok()
    alice.post("/service-accounts", {"name": "order-service"}).ok()
    stopped(shop.post("/intents", intent_to("order-service")))


def test_open_streams_of_a_stopped_agent_are_no_longer_valid(worker: KeyCaller, machine: KeyCaller) -> None:

    credentials = [worker.key_id, machine.key_id]
    killed(machine, how="pause")
    assert auth.still_valid(credentials) == set(credentials)
    killed(machine)
    assert auth.still_valid(credentials) == {machine.key_id}


@pytest.mark.parametrize("whose", ["order-service", "demo"])
def test_a_step_of_a_scenario_waits_until_its_agent_and_its_sender_go_on(
    now: SettableClock, alice: PersonCaller, machine: KeyCaller, worker: KeyCaller, whose: str
) -> None:
    run = apply(machine, CHECK, CHECK | {"step_id": "again"})
    work = handed(worker)
    now.advance(seconds=1)
    if whose == "demo":
        killed(alice, whose)
    worker.post(f"/intents/{work['intent_id']}/resume", {"done": True}).ok()
    if whose != "demo":
        killed(alice, whose)
    for _ in range(4):
        look()
        now.advance(minutes=5)
    assert alice.intent(run)["status"] == "WAITING"
    alice.post(f"/mesh/agents/{whose}/resume").ok()
    now.advance(minutes=10)
    look()
    finish(worker, done=True)
    assert machine.intent(run)["status"] == "COMPLETED"
    assert list(RunStep.objects.order_by("number").values_list("step_id", "attempt")) == [("check", 1), ("again", 1)]
