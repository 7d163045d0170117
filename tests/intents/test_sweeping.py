"""One look does all that is due, whatever fails on the way."""

import time
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


def test_one_message_keeps_a_worker_looking_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    looks: list[float] = []
    monkeypatch.setattr(scheduler, "sweep_all", lambda: looks.append(time.monotonic() - began))
    monkeypatch.setattr(settings, "SWEEP_SECONDS", 0.1)
    scheduler.sweep_for(0.4)
    assert len(looks) == 4
    assert all(late - due < 0.09 for late, due in zip(looks, (0, 0.1, 0.2, 0.3), strict=True)), looks
    assert time.monotonic() - began < 0.4


def test_a_worker_that_was_busy_for_longer_leaves_the_rest_to_the_next_message(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []

    def slow() -> None:
        looks.append(None)
        time.sleep(0.3)

    monkeypatch.setattr(scheduler, "sweep_all", slow)
    monkeypatch.setattr(settings, "SWEEP_SECONDS", 0.05)
    scheduler.sweep_for(0.2)
    assert len(looks) == 1
