"""Timers fire when they are due, not at the next look: a look tells when the first of them is, and a sooner one wakes."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from intents.dispatch import scheduler
from intents.engine.models import Intent, Timer
from intents.kernel import clock, live
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.intents.factory import take

WAITED = 60.0
NEVER = 3600.0
"""Until the next look that nobody asked for: longer than any test waits."""


class Enough(Exception):
    """Ends the loop of who sweeps."""


def sweeping(until: Callable[[], bool]) -> int:
    """Sweep as a worker does, in a thread of its own, until that is so after a look. Returns how many looks that took."""
    looks: list[int] = []
    real = scheduler.sweep_all

    def look() -> None:
        real()
        looks.append(1)
        if until():
            raise Enough

    def work() -> None:
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(scheduler, "sweep_all", look)
                scheduler.sweep_for(2 * NEVER)
        except Enough:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(WAITED)
    assert not thread.is_alive(), looks
    return len(looks)


def over(intent_id: str) -> bool:
    return Intent.objects.filter(id=intent_id, status="TIMED_OUT").exists()


def due_in(shop: KeyCaller, seconds: float) -> str:
    """An intent whose time is over in so many seconds, however long it took to submit it."""
    intent_id = shop.submit(deadline_at=rfc3339(clock.now() + timedelta(hours=2)))
    due_at = clock.now() + timedelta(seconds=seconds)
    Timer.objects.filter(intent_id=intent_id).update(due_at=due_at, next_at=due_at)
    return intent_id


def test_a_timer_fires_when_it_is_due_long_before_the_next_look(shop: KeyCaller, settings: Any) -> None:
    settings.SWEEP_SECONDS = NEVER
    intent_id = due_in(shop, 0.3)
    live.work.clear()
    # The first look may come late on a busy machine; the others are for the timer and for what may be due after it.
    assert sweeping(lambda: over(intent_id)) <= 3


def test_one_after_the_other_fires_in_its_time(shop: KeyCaller, settings: Any) -> None:
    settings.SWEEP_SECONDS = NEVER
    made = [due_in(shop, 0.3 * number) for number in (1, 2, 3)]
    live.work.clear()
    sweeping(lambda: all(map(over, made)))
    ended = dict(Intent.objects.values_list("id", "updated_at"))
    assert [ended[UUID(one)] for one in made] == sorted(ended.values())


def submitted(shop: KeyCaller, worker: KeyCaller, ahead: timedelta) -> None:
    shop.submit(deadline_at=rfc3339(clock.now() + ahead))


def submitted_with_others(shop: KeyCaller, worker: KeyCaller, ahead: timedelta) -> None:
    one = {"intent_type": "a.b.v1", "to_agent": "somebody", "payload": {}}
    shop.post("/intents/batch", {"intents": [one, one | {"deadline_at": rfc3339(clock.now() + ahead)}]}).ok()


def waiting(shop: KeyCaller, worker: KeyCaller, ahead: timedelta) -> None:
    intent_id = shop.submit()
    take(worker)
    worker.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": ahead.total_seconds()}).ok()


@pytest.mark.parametrize("arm", [submitted, submitted_with_others, waiting])
def test_a_timer_for_before_the_next_look_wakes_who_sweeps(
    shop: KeyCaller, worker: KeyCaller, settings: Any, arm: Callable[..., None]
) -> None:
    settings.SWEEP_SECONDS = NEVER
    for hours, wakes in ((2, False), (0.5, True)):
        live.work.clear()
        arm(shop, worker, timedelta(hours=hours))
        assert live.work.is_set() is wakes


def test_a_decision_that_is_held_wakes_who_sweeps_when_it_takes_effect_before_their_next_look(
    shop: KeyCaller, bob: PersonCaller, settings: Any
) -> None:
    settings.UNDO_SECONDS = 10
    for sweeps, wakes in ((0.25, False), (NEVER, True)):
        settings.SWEEP_SECONDS = sweeps
        asked = ask(shop, title="Refund?")
        live.work.clear()
        assert asked.decide_on_page(bob).task.held_until is not None
        assert live.work.is_set() is wakes
