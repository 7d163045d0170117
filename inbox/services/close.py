"""Closing tasks that nobody needs to decide any more, or that nobody decided in time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inbox import selectors
from inbox.lifecycle import MOVES, State
from inbox.services.moves import move_many


def withdraw(intent_ids: Sequence[UUID], *, now: datetime) -> None:
    """Withdraw the live tasks of locked intents, also one whose decision is still held."""
    move_many(selectors.lock_live(intent_ids), State.WITHDRAWN, now=now)


def expire(intent_ids: Sequence[UUID], *, now: datetime) -> None:
    """Expire the live tasks of locked intents. One whose decision is held was decided in time, and stays so."""
    live = selectors.lock_live(intent_ids)
    move_many([task for task in live if State.EXPIRED in MOVES[State(task.state)]], State.EXPIRED, now=now)
