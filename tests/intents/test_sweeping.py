"""One look does all that is due, whatever fails on the way."""

from datetime import timedelta

import pytest
from django.conf import settings

from intents import scheduler
from intents.clock import rfc3339
from intents.services import children
from tests.conftest import KeyCaller, SettableClock
from tests.intents.waiting import wait


def test_a_kind_that_fails_holds_up_no_other(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = shop.submit(deadline_at=rfc3339(now.now + timedelta(hours=1)))
    parent = shop.submit()
    child = {"intent_type": "a.b.v1", "to_agent": "nobody", "payload": {}}
    (child_id,) = wait(worker, parent, "agent", intents=[child])["child_intent_ids"]
    worker.post(f"/intents/{child_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()

    def broken() -> None:
        raise RuntimeError("relay is broken")

    now.set(now.now + timedelta(hours=2))
    with monkeypatch.context() as patched:
        patched.setattr(children, "relay", broken)
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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(scheduler, "time", clock)
    return clock


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
