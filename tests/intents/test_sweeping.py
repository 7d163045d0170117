"""One look does all that is due, whatever fails on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from intents.accounts import bindings
from intents.dispatch import scheduler
from intents.dispatch.bindings import parents
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.waiting import wait


def test_a_kind_that_fails_holds_up_no_other(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = shop.submit(deadline_at=rfc3339(now.now + timedelta(hours=1)))
    parent = shop.submit()
    child = {"intent_type": "a.b.v1", "to_agent": "nobody", "payload": {}}
    (child_id,) = wait(worker, parent, "agent", intents=[child])["child_intent_ids"]
    worker.post(f"/intents/{child_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()

    def broken() -> int:
        raise RuntimeError("relay is broken")

    now.set(now.now + timedelta(hours=2))
    with monkeypatch.context() as patched:
        patched.setitem(bindings._bindings, parents.BINDING.name, replace(parents.BINDING, run=broken))
        scheduler.sweep_all()
    assert shop.intent(late)["status"] == "TIMED_OUT"
    assert shop.intent(parent)["status"] == "WAITING"
    scheduler.sweep_all()
    assert shop.intent(parent)["status"] == "IN_PROGRESS"


class Clock:
    """Stands in for the module `time`: nobody waits, and no machine is too busy."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, seconds: float) -> bool:
        """As of an event that nobody sets."""
        self.now += seconds
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(scheduler, "time", clock)
    monkeypatch.setattr(scheduler.live, "work", clock)
    return clock


@pytest.fixture
def looks(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times at which this process has looked."""
    done: list[float] = []

    def look() -> None:
        done.append(clock.now)
        monkeypatch.setattr(scheduler, "_looked_at", clock.now)

    monkeypatch.setattr(scheduler, "sweep_all", look)
    monkeypatch.setattr(scheduler, "_looked_at", 0.0)
    monkeypatch.setattr(scheduler, "_told_at", 0.0)
    return done


def pass_time(clock: Clock, standby: scheduler.Standby, seconds: float) -> None:
    for _ in range(round(seconds / 0.25)):
        clock.sleep(0.25)
        standby.look()


def test_who_stands_by_looks_when_nobody_has_for_a_while_and_goes_on(
    clock: Clock, looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.pulse, "age", lambda: clock.now)
    pass_time(clock, scheduler.Standby(), 3)
    assert looks[0] <= scheduler.QUIET_SECONDS + 0.25
    assert looks == pytest.approx([looks[0] + 0.25 * number for number in range(len(looks))])
    assert looks[-1] == 3


def test_who_stands_by_stops_when_a_message_comes_again(
    clock: Clock, looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.pulse, "age", lambda: clock.now)
    standby = scheduler.Standby()
    pass_time(clock, standby, 3)
    assert standby.needed
    scheduler.sweep_for(0.1)
    before = len(looks)
    pass_time(clock, standby, 1)
    assert (standby.needed, len(looks)) == (False, before)


def test_who_stands_by_asks_seldom_while_another_process_looks(
    clock: Clock, looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def age() -> float:
        asked.append(clock.now)
        return clock.now % 1.25  # another process notes a look this often

    monkeypatch.setattr(scheduler.pulse, "age", age)
    pass_time(clock, scheduler.Standby(), 60)
    assert looks == []
    assert len(asked) <= 60 * 1.5


def test_one_message_keeps_a_worker_looking_until_the_next(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    monkeypatch.setattr(scheduler, "sweep_all", lambda: looks.append(clock.now))
    monkeypatch.setattr(settings, "SWEEP_SECONDS", 0.1)
    scheduler.sweep_for(0.4)
    assert looks == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_worker_that_was_busy_for_longer_leaves_the_rest_to_the_next_message(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def slow() -> None:
        looks.append(clock.now)
        clock.sleep(0.3)

    monkeypatch.setattr(scheduler, "sweep_all", slow)
    monkeypatch.setattr(settings, "SWEEP_SECONDS", 0.05)
    scheduler.sweep_for(0.2)
    assert looks == [0]
