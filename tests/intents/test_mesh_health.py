"""How an agent is, by the one function that says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intents.mesh.health import Health, Signs, health, is_stuck
from intents.mesh.selectors import fleet
from tests.callers import KeyCaller
from tests.conftest import SettableClock

NOW = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)


def signs(
    *, silent: float | None, age: float = 86_400, resumed: float | None = None, heard: float = 0, **more: Any
) -> Signs:
    """An agent whose last heartbeat was `silent` seconds ago, of a server that went on `resumed` seconds ago."""

    def ago(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    created, heard_until = ago(age), ago(heard)
    assert created is not None
    assert heard_until is not None
    known = {"state": "", "interval_seconds": 10.0} | more
    return Signs(
        now=NOW, created_at=created, heartbeat_at=ago(silent), resumed_at=ago(resumed), heard_until=heard_until, **known
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (signs(silent=None, age=60), Health.REGISTERING),
        (signs(silent=None), Health.UNKNOWN),
        (signs(silent=0), Health.HEALTHY),
        (signs(silent=30), Health.HEALTHY),
        (signs(silent=31), Health.DEGRADED),
        (signs(silent=55), Health.DEGRADED),
        (signs(silent=56), Health.UNREACHABLE),
        (signs(silent=56, interval_seconds=60.0), Health.HEALTHY),
        (signs(silent=0, state="killed"), Health.KILLED),
        (signs(silent=56, state="paused"), Health.UNREACHABLE),
        (signs(silent=0, succeeded=2, failed=2), Health.DEGRADED),
        (signs(silent=0, succeeded=0, failed=3), Health.HEALTHY),
    ],
)
def test_health_goes_by_the_agents_own_interval(found: Signs, expected: Health) -> None:
    assert health(found) is expected


def test_while_we_stood_still_nobody_fell_silent() -> None:
    assert health(signs(silent=600, resumed=10)) is Health.HEALTHY, "everybody has their whole time again"
    assert health(signs(silent=600, resumed=56)) is Health.UNREACHABLE
    assert health(signs(silent=600, heard=595)) is Health.HEALTHY, "a standstill that nobody has seen to"
    assert health(signs(silent=600, resumed=10, gone=True)) is Health.UNREACHABLE, "it was silent before"


def test_alive_but_stuck_is_told_apart() -> None:
    waits = {"oldest_at": NOW - timedelta(minutes=6)}
    assert is_stuck(signs(silent=0, **waits))
    assert not is_stuck(signs(silent=0, leased=1, **waits)), "it works"
    assert not is_stuck(signs(silent=600, **waits)), "it is not alive"
    assert not is_stuck(signs(silent=0, state="paused", **waits)), "nothing is given to it"
    assert not is_stuck(signs(silent=0, resumed=60, **waits)), "it could take nothing from us"
    assert not is_stuck(signs(silent=0))


def test_the_fleet_is_counted_by_health(now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    worker.post("/mesh/heartbeat", {"interval_seconds": 10}).ok()
    shop.submit("order-service")
    now.advance(minutes=6)
    shop.post("/mesh/heartbeat", {"interval_seconds": 10}).ok()
    machine.submit("shop")
    shown = machine.get("/mesh/agents").ok()
    assert {one["display_name"]: one["health_status"] for one in shown["agents"]} == {
        "demo": "unknown",
        "order-service": "unreachable",
        "shop": "healthy",
    }
    summary = shown["summary"]
    assert (summary["total"], summary["healthy"], summary["unreachable"], summary["unknown"]) == (3, 1, 1, 1)
    assert [one["backlog"] for one in machine.get("/mesh/agents", health="unreachable").ok()["agents"]] == [1]
    assert [one["display_name"] for one in machine.get("/mesh/agents", health="unknown").ok()["agents"]] == ["demo"]
    machine.get("/mesh/agents", health="registering").ok()
    refused = machine.get("/mesh/agents", health="unwell")
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "health")
    now.advance(minutes=6)
    shop.post("/mesh/heartbeat").ok()
    assert [one.name for one in fleet(machine.actor.workspace_id) if one.stuck] == ["shop"]


def test_an_agent_has_been_up_since_it_was_last_away(now: SettableClock, worker: KeyCaller, machine: KeyCaller) -> None:
    def uptime() -> float | None:
        found: float | None = machine.get("/mesh/agents/order-service").ok()["agent"]["uptime_seconds"]
        return found

    worker.post("/mesh/heartbeat", {"interval_seconds": 30}).ok()
    for _ in range(4):
        now.advance(seconds=30)
        worker.post("/mesh/heartbeat").ok()
    assert uptime() == 120
    now.advance(minutes=10)
    assert uptime() is None
    worker.post("/mesh/heartbeat").ok()
    now.advance(seconds=5)
    assert uptime() == 5


def test_pages_of_the_fleet_go_on_after_one_another(worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    first = machine.get("/mesh/agents", limit=2).ok()
    rest = machine.get("/mesh/agents", limit=2, cursor=first["next_cursor"]).ok()
    assert [one["display_name"] for one in first["agents"] + rest["agents"]] == ["demo", "order-service", "shop"]
    assert rest["next_cursor"] is None


def test_an_agents_own_key_sees_itself_alone(worker: KeyCaller, shop: KeyCaller) -> None:
    assert [one["display_name"] for one in worker.get("/mesh/agents").ok()["agents"]] == ["order-service"]
    assert worker.get("/mesh/agents/shop").status == 404
