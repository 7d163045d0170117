"""What becomes of the work of agents that were stopped."""

from typing import Any

import pytest

from intents.accounts.models import Agent
from intents.accounts.stops import AgentStopped
from intents.engine import leases, leasing
from intents.engine.models import ThreadViewer
from intents.engine.services import deliveries
from tests.callers import Caller, KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.test_mesh_stopping import AGENT, intent_to, killed, stopped


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


@pytest.mark.parametrize("how", ["kill", "quarantine", "pause"])
def test_a_thread_is_delegated_to_no_killed_agent(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, how: str
) -> None:
    thread = f"/inbox/{machine.submit('shop')}/delegate"
    killed(machine, how=how)
    for answer in (
        shop.post(thread, {"delegate_to": "order-service"}),
        alice.send("POST", thread, raw=b'{"delegate_to": "order-service"}', query={"owner_agent": "shop"}),
    ):
        if how == "kill":
            stopped(answer)
        else:
            answer.ok()
    assert ThreadViewer.objects.exists() is (how != "kill")


def test_nothing_is_posted_to_a_stopped_agent(workspace: Any, shop: KeyCaller, alice: PersonCaller) -> None:
    called = make_machine(workspace, "called")
    called.agent.delivery_mode, called.agent.callback_url = "http", "https://agent.example/"
    called.agent.save()
    killed(alice, "called", how="pause")
    shop.submit("called")
    assert leasing.lease_to_agents(binding="http", limit=10) == []
    alice.post("/mesh/agents/called/resume").ok()
    assert len(leasing.lease_to_agents(binding="http", limit=10)) == 1


def test_who_asks_for_the_work_of_a_killed_agent_is_told_so_also_when_it_is_suspended(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit("order-service")
    killed(machine)
    Agent.objects.filter(id=worker.agent.id).update(status="suspended")
    with pytest.raises(AgentStopped):
        take(machine, "order-service")


def test_the_key_of_a_killed_agent_keeps_no_work_of_another(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    intent_id = shop.submit("order-service", max_delivery_attempts=1)
    take(machine, "order-service")
    machine.post(f"/intents/{intent_id}/heartbeat").ok()
    killed(alice, "demo")
    for more in ({}, {"x_owner_agent": "order-service"}):
        assert machine.post(f"/intents/{intent_id}/heartbeat", **more).status == 409
    assert deliveries.reclaim_expired() == 1, "at once"
    assert [one.delivery.attempt for one in take(worker)] == [1]


def test_no_lease_of_a_killed_agent_is_extended_before_it_goes_back(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit("order-service")
    (held,) = take(worker)
    (lease,) = leases.of([held.delivery])
    assert leases.extend({lease: 5}) == {lease.token}
    killed(machine)
    assert leases.extend({lease: 3600}) == set()
