"""Heartbeats: who sends them, what they count, and that they count once."""

from typing import Any

import pytest

from tests.callers import Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock

BEAT = "/mesh/heartbeat"


def mesh(caller: Caller, name: str = "order-service", **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = caller.get(f"/mesh/agents/{name}", **query).ok()["agent"]
    return shown


def test_a_heartbeat_of_the_sdk_has_no_body_and_makes_its_agent_healthy(worker: KeyCaller, machine: KeyCaller) -> None:
    assert mesh(machine)["health"] == "registering"
    assert mesh(machine)["health_status"] == "unknown"
    beat = worker.post(BEAT).ok()
    assert (beat["status"], beat["agent"]) == ("active", "agent://myorg/production/order-service")
    shown = mesh(machine)
    assert (shown["health_status"], shown["last_heartbeat_at"]) == ("healthy", beat["last_heartbeat_at"])


def test_a_workspace_key_names_its_agent_and_else_speaks_for_its_own(worker: KeyCaller, machine: KeyCaller) -> None:
    named = machine.post(BEAT, {}, x_owner_agent="order-service").ok()
    assert named["agent"] == "agent://myorg/production/order-service"
    assert machine.send("POST", BEAT, query={"owner_agent": "unheard-of"}).ok()["agent"].endswith("/unheard-of")
    assert machine.post(BEAT).ok()["agent"] == "agent://myorg/production/demo"
    assert {one["display_name"] for one in machine.get("/mesh/agents").ok()["agents"]} >= {"order-service", "unheard-of"}


def test_a_person_is_told_whose_heartbeat_it_would_be(alice: PersonCaller, worker: KeyCaller) -> None:
    refused = alice.post(BEAT)
    assert (refused.status, "x-owner-agent" in refused.json["error"]["message"]) == (400, True)
    assert worker.also(alice).post(BEAT).ok()["agent"].endswith("/order-service")


def test_costs_are_summed_as_they_are_written(worker: KeyCaller, machine: KeyCaller) -> None:
    for number in range(10):
        sent = {"metrics": {"intents_total": 1, "intents_succeeded": 1, "cost_usd": 0.1, "tries": number}}
        assert worker.post(BEAT, sent).ok()["counted"]
    worker.post(BEAT, {"metrics": {"cost_usd": 0.000000001}}).ok()
    shown = mesh(machine)
    assert (shown["cost_period_usd"], shown["intents_period"], shown["succeeded_period"]) == ("1.000000001", 10, 10)


def test_a_heartbeat_that_is_sent_again_counts_once(worker: KeyCaller, machine: KeyCaller) -> None:
    """The SDK sends one again, with the trace of the first try and no key, when the answer is lost."""
    sent = {"metrics": {"intents_total": 2, "cost_usd": 0.25}}
    answers = [worker.post(BEAT, sent, x_trace_id="7b1c").ok()["counted"] for _ in range(3)]
    assert answers == [True, False, False]
    assert worker.post(BEAT, sent, x_trace_id="another").ok()["counted"]
    assert worker.post(BEAT, sent, x_trace_id="7b1c", key="mine").ok()["counted"]
    assert worker.post(BEAT, sent, x_trace_id="new", key="mine").headers["idempotent-replayed"] == "true"
    assert (mesh(machine)["cost_period_usd"], mesh(machine)["intents_period"]) == ("0.75", 6)


BAD: list[dict[str, Any]] = [
    {"cost_usd": -0.01},
    {"cost_usd": "0.1"},
    {"cost_usd": 1e12},
    {"intents_total": -1},
    {"intents_total": 1.5},
    {"intents_total": True},
    {"intents_total": 1, "intents_succeeded": 1, "intents_failed": 1},
    {"avg_latency_ms": -3},
    {"tokens": "many"},
    {"tokens": {"in": 3}},
    {"a name": 1},
    {f"m{number}": 1 for number in range(33)},
    {"cost_usd": 1, "usage": [{"model": "m", "cost_usd": 1.01}]},
    {"intents_total": 1, "usage": [{"intents": 2}]},
    {"usage": [{"model": "m", "price": 1}]},
]


@pytest.mark.parametrize("metrics", BAD, ids=str)
def test_metrics_that_cannot_be_are_refused_and_count_nothing(
    worker: KeyCaller, machine: KeyCaller, metrics: dict[str, Any]
) -> None:
    refused = worker.post(BEAT, {"metrics": metrics})
    assert (refused.status, refused.code) == (422, "schema_invalid")
    assert mesh(machine)["last_heartbeat_at"] is None
    assert worker.send("POST", BEAT, raw=b'{"metrics": {"cost_usd": NaN}}').status == 422


def test_what_agents_say_of_themselves_stays_until_they_say_something_else(worker: KeyCaller, machine: KeyCaller) -> None:
    worker.post(BEAT, {"metadata": {"framework": "langgraph", "team": "billing"}, "metrics": {"tokens": 7}}).ok()
    worker.post(BEAT).ok()
    shown = mesh(machine)
    assert (shown["metadata"], shown["metrics"]) == ({"framework": "langgraph", "team": "billing"}, {"tokens": 7})
    assert len(machine.get("/mesh/agents", label="team=billing").ok()["agents"]) == 1
    assert machine.get("/mesh/agents", label="team=sales").ok()["agents"] == []


@pytest.mark.parametrize("value", [{"b": 1}, ["b"], None], ids=str)
def test_a_label_that_cannot_be_is_named(worker: KeyCaller, machine: KeyCaller, value: Any) -> None:
    refused = worker.post(BEAT, {"metadata": {"team": "billing", "framework": value}})
    assert (refused.status, refused.json["error"]["details"]) == (
        422,
        {
            "field": "metadata.framework",
            "errors": [{"field": "metadata.framework", "message": "must be text, a number, or true or false"}],
        },
    )
    assert mesh(machine)["last_heartbeat_at"] is None


def test_an_agents_interval_is_as_it_says_or_as_it_is_seen(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    assert worker.post(BEAT).ok()["interval_seconds"] == 30
    now.advance(seconds=120)
    assert worker.post(BEAT).ok()["interval_seconds"] == 120
    assert shop.post(BEAT, {"interval_seconds": 7}).ok()["interval_seconds"] == 7
    now.advance(seconds=60)
    assert shop.post(BEAT).ok()["interval_seconds"] == 7


def test_a_heartbeat_is_heard_however_much_it_counts(worker: KeyCaller, machine: KeyCaller) -> None:
    most = {"intents_total": 10**9, "avg_latency_ms": 10.0**12, "cost_usd": 10.0**9}
    for number in range(2):
        assert worker.post(BEAT, {"metrics": most | {"number": number}}).ok()["counted"]
    assert mesh(machine)["intents_period"] == 2 * 10**9


def test_what_is_counted_is_of_the_window_that_runs(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    worker.post(BEAT, {"metrics": {"intents_total": 1, "cost_usd": 1}}).ok()
    now.advance(days=1)
    worker.post(BEAT, {"metrics": {"intents_total": 2, "avg_latency_ms": 50, "cost_usd": 0.5}}).ok()
    assert mesh(machine)["cost_period"] == 0.5
    month = mesh(machine, window="month")
    assert (month["cost_period"], month["intents_period"], month["avg_latency_ms"]) == (1.5, 3, pytest.approx(100 / 3))
    assert machine.get("/mesh/agents/order-service", window="year").status == 422
