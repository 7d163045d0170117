"""Killing, pausing and quarantining agents: what is refused on every door, and that nothing is lost."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from intents import auth
from intents.accounts.stops import AgentStopped
from intents.engine import leases, leasing
from intents.engine.services import deliveries
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
    "reply": lambda it, work: it.post(f"/inbox/{work.rpartition('/')[2]}/reply?owner_agent=order-service", {"message": "x"}),
    "approve": lambda it, work: it.post(f"/inbox/{work.rpartition('/')[2]}/approve?owner_agent=order-service", {}),
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
    assert by_its_key.status in (403, 404), by_its_key.raw
    if "?" not in door and by_its_key.status == 403:
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


def test_what_a_killed_agent_held_is_kept_and_no_attempt_is_burned(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    first, second = shop.submit("order-service", max_delivery_attempts=1), shop.submit("order-service")
    (handed,) = take(worker)
    killed(machine)
    now.advance(seconds=1)
    worker.post(f"/intents/{first}/heartbeat")
    assert deliveries.reclaim_expired() == 1, "a call of the killed agent renews nothing"
    with pytest.raises(AgentStopped):
        take(worker)
    machine.post(f"{AGENT}/resume").ok()
    again = take(worker, limit=10)
    assert [(str(one.intent.id), one.delivery.attempt) for one in again] == [(first, 1), (second, 1)]
    assert again[0].delivery.lease_token != handed.delivery.lease_token
    failed = [one for one in machine.events(first) if one["event_type"] == "intent.delivery_failed"]
    assert failed[0]["details"]["reason"] == "agent stopped"


def test_a_quarantined_agent_is_sent_to_and_gets_nothing(worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    killed(machine, how="quarantine")
    intent_id = shop.submit("order-service")
    stopped(worker.post("/intents", intent_to("shop")), "quarantined")
    with pytest.raises(AgentStopped):
        take(worker)
    machine.post(f"{AGENT}/resume").ok()
    assert [str(one.intent.id) for one in take(worker)] == [intent_id]


def test_a_paused_agent_finishes_what_it_has_and_gets_nothing_new(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    held = shop.submit("order-service")
    take(worker)
    killed(machine, how="pause")
    waiting = shop.submit("order-service")
    assert take(worker) == []
    assert worker.post(f"/intents/{held}/resume", {"done": True}).ok()["intent"]["status"] == "COMPLETED"
    assert worker.submit("shop")
    machine.post(f"{AGENT}/resume").ok()
    assert [str(one.intent.id) for one in take(worker)] == [waiting]


def test_a_tool_that_calls_back_for_a_killed_agent_comes_again(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    intent_id = shop.submit("order-service")
    take(worker)
    waits = {"for": "tool", "tool": "printer", "external_id": "job-7"}
    url = worker.post(f"/intents/{intent_id}/wait", waits).ok()["callback_url"]
    back = url[url.index("/v1/") + 3 :]
    killed(machine)
    refused = Caller().post(back, {"pages": 3})
    assert (refused.status, "retry-after" in refused.headers) == (503, True)
    assert machine.post("/tools/printer/completions", {"external_id": "job-7", "result": {"pages": 3}}).status == 503
    machine.post(f"{AGENT}/resume").ok()
    assert Caller().post(back, {"pages": 3}).ok()["applied"]
    assert take(worker)[0].json()["resume"]["result"] == {"pages": 3}


def test_what_waits_for_a_killed_agent_is_resumed_by_no_machine(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    intent_id = shop.submit("order-service")
    take(worker)
    worker.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": 600}).ok()
    killed(machine)
    stopped(shop.post(f"/intents/{intent_id}/resume", {"go": "on"}))
    machine.post(f"{AGENT}/resume").ok()
    shop.post(f"/intents/{intent_id}/resume", {"go": "on"}).ok()


def test_work_is_transferred_to_no_killed_agent(worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    intent_id = shop.submit("order-service")
    killed(machine)
    other = machine.submit("shop")
    stopped(shop.post(f"/intents/{other}/transfer", {"to_agent": "order-service"}))
    assert machine.intent(intent_id)["status"] == "SUBMITTED"


def test_nothing_is_posted_to_a_stopped_agent(workspace: Any, shop: KeyCaller, alice: PersonCaller) -> None:
    called = make_machine(workspace, "called")
    called.agent.delivery_mode, called.agent.callback_url = "http", "https://agent.example/"
    called.agent.save()
    killed(alice, "called", how="pause")
    shop.submit("called")
    assert leasing.lease_to_agents(binding="http", limit=10) == []
    alice.post("/mesh/agents/called/resume").ok()
    assert len(leasing.lease_to_agents(binding="http", limit=10)) == 1


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


def test_the_key_of_a_killed_agent_keeps_no_work_of_another(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    intent_id = shop.submit("order-service")
    take(machine, "order-service")
    machine.post(f"/intents/{intent_id}/heartbeat").ok()
    killed(alice, "demo")
    for more in ({}, {"x_owner_agent": "order-service"}):
        assert machine.post(f"/intents/{intent_id}/heartbeat", **more).status == 409


def test_no_lease_of_a_killed_agent_is_extended_before_it_goes_back(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit("order-service")
    (held,) = take(worker)
    token = held.delivery.lease_token
    assert token is not None
    assert leases.extend({token: 5}) == {token}
    killed(machine)
    assert leases.extend({token: 3600}) == set()


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
