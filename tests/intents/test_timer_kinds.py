"""A kind of timer is one registration: its handler gets what is due, the intents locked, and once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from intents.dispatch import scheduler
from intents.engine import timers
from intents.engine.models import Intent, Timer
from intents.engine.selectors import Locked
from intents.engine.timers import Due
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.waiting import look

pytestmark = pytest.mark.django_db


def test_a_timer_of_a_new_kind_fires_once_when_it_is_due(
    monkeypatch: pytest.MonkeyPatch, now: SettableClock, shop: KeyCaller
) -> None:
    monkeypatch.setattr(scheduler, "_handlers", dict(scheduler._handlers))
    rung: list[tuple[UUID, bool]] = []

    def ring(due: Sequence[Due], locked: Locked) -> None:
        rung.extend((one.intent_id, one.intent_id in locked.intents) for one in due)

    scheduler.register("alarm-clock", ring)
    intent = Intent.objects.get(id=shop.submit())
    due_at = now.now + timedelta(seconds=60)
    timers.arm(workspace_id=intent.workspace_id, intent_id=intent.id, kind="alarm-clock", due_at=due_at)
    look()
    assert rung == []
    now.advance(seconds=60)
    look()
    look()
    assert (rung, Timer.objects.filter(kind="alarm-clock").exists()) == ([(intent.id, True)], False)
