"""Closing tasks that nobody needs to decide any more, or that nobody decided in time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inbox.tasks import selectors
from inbox.tasks.models import Decision
from inbox.tasks.services.moves import move_many
from inbox.vocabulary.lifecycle import MOVES, State


def withdraw(*, intent_ids: Sequence[UUID], now: datetime) -> None:
    """Withdraw the live tasks of locked intents, also one whose decision is still held: that never takes effect."""
    live = selectors.lock_live(intent_ids)
    if on_hold := [task.id for task in live if task.state == State.HELD]:
        decisions = Decision.objects.filter(task_id__in=on_hold, void_at__isnull=True)
        decisions.update(void_at=now, void_reason="overtaken")
    move_many(tasks=live, to=State.WITHDRAWN, now=now)


def expire(*, intent_ids: Sequence[UUID], now: datetime) -> None:
    """Expire the live tasks of locked intents. One whose decision is held was decided in time, and stays so."""
    live = selectors.lock_live(intent_ids)
    move_many(tasks=[task for task in live if State.EXPIRED in MOVES[State(task.state)]], to=State.EXPIRED, now=now)
