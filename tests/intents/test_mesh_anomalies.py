"""What is unusual for an agent, by what it usually tells of an hour: told once, and acted on by a policy alone."""

from collections.abc import Sequence
from typing import Any

import pytest

from intents.mesh import anomalies, breaches, pruning
from intents.mesh.anomalies import Usual
from intents.mesh.models import MeshBaseline, MeshEvent, MeshHour
from intents.mesh.policies import USUAL_COST, USUAL_INTENTS
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock

AGENT = "/mesh/agents/order-service"
DAY = [1, 1.2, 0.9, 1.1, 1, 1.3] * 4


def hours(now: SettableClock, worker: KeyCaller, costs: Sequence[float], *, intents: int = 10) -> None:
    """The agent works in one hour after another, and costs so much in each."""
    for number, cost in enumerate(costs):
        tell(worker, cost=cost, intents=intents + number % 3)
        now.advance(hours=1)


def tell(worker: KeyCaller, *, cost: float, intents: int = 10) -> None:
    worker.post("/mesh/heartbeat", {"metrics": {"intents_total": intents, "cost_usd": cost}}).ok()


@pytest.mark.parametrize(
    ("usual", "limit", "most"),
    [
        (Usual(1, 0), USUAL_COST, 3),
        (Usual(1, 1), USUAL_COST, 1 + 6 * 1.4826),
        (Usual(0, 0), USUAL_COST, 0.1),
        (Usual(0.5, 0), USUAL_INTENTS, 20),
    ],
)
def test_unusual_is_far_above_the_median(usual: Usual, limit: str, most: float) -> None:
    assert usual.most(limit) == pytest.approx(most)


def test_an_agent_that_costs_much_more_than_usual_is_told_of_once_and_left_alone(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    hours(now, worker, DAY)
    tell(worker, cost=2.9)
    assert anomalies.look() == 0
    tell(worker, cost=2.2)
    for _ in range(2):
        assert anomalies.look() == 1
    (event,) = machine.get("/mesh/events", event_type="anomaly").ok()["events"]
    assert {key: event["details"][key] for key in ("policy", "this_hour", "usual", "allowed", "action")} == {
        "policy": USUAL_COST,
        "this_hour": "5.1",
        "usual": "1.05",
        "allowed": "3.15",
        "action": "note",
    }
    shown = machine.get(AGENT).ok()
    assert (shown["agent"]["status"], shown["agent"]["unusual"]) == ("active", [USUAL_COST])
    assert (shown["usual"]["known"], shown["usual"]["cost_usd"]["median"]) == (True, pytest.approx(1.05))
    assert alice.get("/me/tasks").ok()["tasks"] == []
    now.advance(hours=1)
    tell(worker, cost=1)
    assert anomalies.look() == 1, "the hour before is looked at as well, and was told of"
    assert MeshEvent.objects.filter(event_type="anomaly").count() == 1
    assert machine.get(AGENT).ok()["agent"]["unusual"] == []


def test_an_agent_that_does_much_more_than_usual_is_stopped_where_a_policy_says_so(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller
) -> None:
    machine.put(f"{AGENT}/policies/cost", {"action_on_anomaly": "pause"}).ok()
    hours(now, worker, DAY)
    tell(worker, cost=1, intents=500)
    assert anomalies.look() == 1
    assert machine.get(AGENT).ok()["agent"]["status"] == "paused"
    (task,) = alice.get("/me/tasks").ok()["tasks"]
    assert "does more than usual: 500 intents" in task["human_task"]["title"]
    alice.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    assert breaches.lift_answered() == 1
    assert machine.get(AGENT).ok()["agent"]["status"] == "active"
    anomalies.look()
    assert machine.get(AGENT).ok()["agent"]["status"] == "active", "once in its hour"


@pytest.mark.parametrize("costs", [DAY[:23], [0.01, 4] * 12, [0.0] * 24], ids=["too few hours", "it varies", "cents"])
def test_nothing_is_unusual_where_nobody_knows_what_is_usual(
    now: SettableClock, worker: KeyCaller, costs: Sequence[float]
) -> None:
    hours(now, worker, costs)
    tell(worker, cost=6 if max(costs) else 0.09)
    assert anomalies.look() == 0


def test_an_hour_is_not_unusual_by_what_was_known_only_after_it(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller
) -> None:
    machine.put(f"{AGENT}/policies/cost", {"action_on_anomaly": "kill"}).ok()
    hours(now, worker, [*DAY[:23], 6])
    tell(worker, cost=1)
    assert anomalies.look() == 0, "it had worked in 23 hours when it cost that"
    assert machine.get(AGENT).ok()["agent"]["status"] == "active"


def test_what_was_usual_weeks_ago_is_not_usual_now(now: SettableClock, worker: KeyCaller) -> None:
    hours(now, worker, DAY)
    tell(worker, cost=1)
    anomalies.look()
    assert MeshBaseline.objects.get().hours == 24
    now.advance(days=30)
    tell(worker, cost=6)
    now.advance(hours=1)  # nobody looked in that hour
    assert anomalies.look() == 0


def test_what_is_usual_is_learnt_anew_each_hour_and_from_fourteen_days_alone(now: SettableClock, worker: KeyCaller) -> None:
    hours(now, worker, [50.0] * 3)
    now.advance(days=14)
    hours(now, worker, [1.0] * 2)
    tell(worker, cost=1)
    anomalies.look()
    known: Any = MeshBaseline.objects.get()
    assert (known.hours, known.cost_median) == (2, 1)
    now.advance(hours=1)
    tell(worker, cost=1)
    anomalies.look()
    assert MeshBaseline.objects.get().hours == 3


def test_what_agents_told_is_kept_for_a_year(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    tell(worker, cost=1)
    machine.post("/mesh/heartbeat", {"metrics": {"cost_usd": 1}}, x_owner_agent="unheard-of").ok()
    machine.post(f"{AGENT}/pause").ok()
    now.advance(days=399)
    pruning.prune()
    assert (MeshHour.objects.count(), MeshEvent.objects.count()) == (2, 1)
    names = [one["display_name"] for one in machine.get("/mesh/agents").ok()["agents"]]
    assert names == ["demo", "order-service"], "who is registered stays"
    now.advance(days=2)
    pruning.prune()
    assert (MeshHour.objects.count(), MeshEvent.objects.count()) == (0, 0)
