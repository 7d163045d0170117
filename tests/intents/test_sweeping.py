"""One look does all that is due, whatever fails on the way."""

from datetime import timedelta

import pytest

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
