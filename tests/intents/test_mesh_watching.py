"""Changes of health: each told once, in the mesh, the feed and to endpoints, by whichever process notices."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from intents.dispatch import scheduler
from intents.engine.models import Pulse
from intents.feed.models import WorkspaceEvent
from intents.kernel import clock, instances
from intents.kernel.models import new_id
from intents.mesh import breaches, watching
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import take

BEAT = "/mesh/heartbeat"


def told(by: KeyCaller, name: str = "order-service") -> list[str]:
    """What the mesh tells of an agent, in its order: events of the workspace tell the same."""
    events = [one for one in reversed(by.get("/mesh/events").ok()["events"]) if one["address"].endswith(f"/{name}")]
    kinds = [one["event_type"] for one in events]
    published = WorkspaceEvent.objects.filter(subject=name).exclude(event_type="agent.created").order_by("id")
    assert [one.event_type for one in published] == [f"agent.{kind}" for kind in kinds]
    return kinds


def watch(now: SettableClock) -> int:
    """As a server that has been looking all the while."""
    Pulse.objects.update(looked_at=now.now)
    return watching.watch()


def test_each_change_of_health_is_told_once(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    scheduler.sweep_all()
    worker.post(BEAT, {"interval_seconds": 10}).ok()
    for seconds in (0, 29, 2, 24, 2, 600):
        now.advance(seconds=seconds)
        for _ in range(2):
            watch(now)
    worker.post(BEAT).ok()
    watch(now)
    watch(now)
    assert told(machine) == ["healthy", "degraded", "unreachable", "healthy"]
    (last,) = machine.get("/mesh/events", event_type="unreachable").ok()["events"]
    assert (last["details"]["before"], last["actor_id"]) == ("degraded", "system:mesh")


def test_two_that_notice_at_once_tell_it_once(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    worker.post(BEAT).ok()

    def one(_number: int) -> int:
        try:
            with clock.frozen_at(now.now):
                return watching.watch()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as processes:
        assert sum(processes.map(one, range(4))) == 1
    assert told(machine) == ["healthy"]


def test_an_agent_that_is_well_is_looked_at_seldom(now: SettableClock, worker: KeyCaller) -> None:
    scheduler.sweep_all()
    looks = 0
    for _ in range(20):
        worker.post(BEAT, {"interval_seconds": 10}).ok()
        looks += watch(now)
        now.advance(seconds=10)
    assert looks <= 7


def test_while_the_server_stood_still_nobody_is_told_to_be_dead(
    now: SettableClock, workspace: Any, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    """Twenty agents with heartbeats and leases; all processes stand still for two minutes."""
    names = [f"agent-{number}" for number in range(20)]
    for name in names:
        machine.post(BEAT, {"interval_seconds": 5}, x_owner_agent=name).ok()
    shop.submit(max_delivery_attempts=1)
    take(worker, lease_seconds=10)
    scheduler.sweep_all()
    watch(now)
    now.advance(seconds=120)
    watching.watch()  # before anybody has seen to the standstill
    scheduler.sweep_all()
    now.advance(seconds=10)
    watch(now)
    scheduler.sweep_all()
    shown = machine.get("/mesh/agents").ok()["summary"]
    assert (shown["healthy"], shown["degraded"], shown["unreachable"]) == (20, 0, 0)
    assert {kind for name in names for kind in told(machine, name)} == {"healthy"}
    assert machine.get("/mesh/agents/order-service").ok()["agent"]["leased"] == 1
    machine.post(BEAT, {}, x_owner_agent="agent-1").ok()
    assert machine.get("/mesh/agents/agent-1").ok()["agent"]["uptime_seconds"] == 130
    now.advance(seconds=22)
    watch(now)
    assert told(machine, "agent-0") == ["healthy", "unreachable"], "who stays away afterwards is"


def test_while_no_web_process_was_at_work_nobody_could_be_heard(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller
) -> None:
    web = new_id()
    instances.register(web, kind="web", host="one")
    scheduler.sweep_all()
    worker.post(BEAT, {"interval_seconds": 1}).ok()
    watch(now)
    for _ in range(20):  # the workers go on
        now.advance(seconds=6)
        watch(now)
    for kinds in (["healthy"], ["healthy"], ["healthy", "unreachable"]):
        instances.register(web, kind="web", host="one")
        watch(now)
        assert told(machine) == kinds
        now.advance(seconds=6)


def test_alive_but_stuck_is_told_when_it_begins_and_ends(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    scheduler.sweep_all()
    worker.post(BEAT, {"interval_seconds": 60}).ok()
    shop.submit("order-service")
    for _ in range(7):
        now.advance(seconds=60)
        worker.post(BEAT).ok()
        watch(now)
    assert told(machine) == ["healthy", "stuck"]
    take(worker)
    now.advance(seconds=60)
    worker.post(BEAT).ok()
    watch(now)
    assert told(machine) == ["healthy", "stuck", "unstuck"]


def test_who_stops_an_agent_tells_it_and_afterwards_how_it_is(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    scheduler.sweep_all()
    worker.post(BEAT, {"interval_seconds": 10}).ok()
    watch(now)
    alice.post("/mesh/agents/order-service/kill", {"reason": "wild"}).ok()
    now.advance(minutes=5)
    watch(now)
    alice.post("/mesh/agents/order-service/resume").ok()
    watch(now)
    assert told(machine) == ["healthy", "killed", "resumed", "unreachable"]


def test_who_was_silent_before_a_standstill_is_not_well_for_being_resumed_after_it(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    scheduler.sweep_all()
    worker.post(BEAT, {"interval_seconds": 10}).ok()
    watch(now)
    now.advance(seconds=60)
    watch(now)
    alice.post("/mesh/agents/order-service/pause").ok()
    now.advance(minutes=10)
    scheduler.sweep_all()
    alice.post("/mesh/agents/order-service/resume").ok()
    assert machine.get("/mesh/agents/order-service").ok()["agent"]["health"] == "unreachable"
    watch(now)
    assert told(machine) == ["healthy", "unreachable", "paused", "resumed"]


def test_how_an_agent_is_is_told_after_an_owner_has_lifted_a_breach(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    scheduler.sweep_all()
    machine.put("/mesh/agents/order-service/policies/cost", {"max_intents_per_hour": 0, "action_on_breach": "kill"}).ok()
    worker.post(BEAT, {"interval_seconds": 10}).ok()
    watch(now)
    shop.post("/intents", {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}})
    now.advance(minutes=5)
    watch(now)
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    alice.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    assert breaches.lift_answered() == 1
    watch(now)
    kinds = [one["event_type"] for one in machine.get("/mesh/events").ok()["events"]]
    assert kinds == ["unreachable", "breach_lifted", "killed", "policy_breached", "healthy"]


def test_failing_at_half_of_its_work_is_told(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    scheduler.sweep_all()
    worker.post(BEAT).ok()
    watch(now)
    worker.post(BEAT, {"metrics": {"intents_total": 4, "intents_succeeded": 2, "intents_failed": 2}}).ok()
    watch(now)
    assert told(machine) == ["healthy", "degraded"]


def test_endpoints_may_ask_for_each_of_these(alice: PersonCaller) -> None:
    kinds = {one["event_type"] for one in alice.get("/webhooks/event-types").ok()["event_types"]}
    wanted = {"healthy", "degraded", "unreachable", "stuck", "unstuck", "paused", "quarantined", "killed", "policy_breached"}
    assert {f"agent.{one}" for one in wanted} <= kinds
