"""Of what is due at once, by the thousand, two batches are fired at a time."""

import threading
from collections.abc import Sequence
from uuid import UUID

import pytest

from intents.dispatch import scheduler
from intents.engine import timers
from intents.engine.models import Intent, Timer
from intents.engine.selectors import Locked
from intents.engine.timers import Due
from tests.callers import KeyCaller
from tests.conftest import SettableClock

BATCHES = 5
WAITED = 60.0


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch, now: SettableClock, shop: KeyCaller) -> set[UUID]:
    """The intents for which a timer of the kind `bell` is due: two to a batch."""
    monkeypatch.setattr(scheduler, "_handlers", dict(scheduler._handlers))
    monkeypatch.setattr(scheduler, "BATCH", 2)
    for _ in range(2 * BATCHES):
        intent = Intent.objects.get(id=shop.submit())
        timers.arm(workspace_id=intent.workspace_id, intent_id=intent.id, kind="bell", due_at=now.now)
    now.advance(seconds=1)
    return set(Intent.objects.values_list("id", flat=True))


def test_two_batches_are_fired_at_a_time_and_each_timer_once(due: set[UUID]) -> None:
    both = threading.Barrier(2)
    rung: list[UUID] = []
    batches: list[int] = []

    def ring(given: Sequence[Due], locked: Locked) -> None:
        rung.extend(one.intent_id for one in given if one.intent_id in locked.intents)
        batches.append(len(given))
        if len(batches) in (2, 3):  # the first tells that there are more
            both.wait(WAITED)

    scheduler.register("bell", ring)
    scheduler.sweep_all()
    assert not both.broken
    assert batches == [2] * BATCHES
    assert (len(rung), set(rung)) == (len(due), due)
    assert not Timer.objects.filter(kind="bell").exists()


def test_a_batch_that_fails_beside_another_is_due_again(due: set[UUID], now: SettableClock) -> None:
    main = threading.current_thread()
    failing = threading.Event()

    def ring(given: Sequence[Due], locked: Locked) -> None:
        if threading.current_thread() is not main:
            failing.set()
            raise RuntimeError("out of tune")
        if Timer.objects.filter(kind="bell").count() < 2 * (BATCHES - 1):
            failing.wait(WAITED)  # and leaves the other thread something

    scheduler.register("bell", ring)
    scheduler.sweep_all()
    left = Timer.objects.filter(kind="bell").count()
    assert 0 < left < len(due)
    scheduler.register("bell", lambda given, locked: None)
    now.advance(seconds=timers.TAKEN_SECONDS + 1)
    scheduler.sweep_all()
    assert not Timer.objects.filter(kind="bell").exists()
