"""End intents that nobody needs any more."""

from collections.abc import Sequence
from datetime import datetime

from inbox.operations.bulk.actions.action import IS_OVER, OVER, BulkAction, Order, case
from intents.engine import permissions
from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from intents.engine.services.transitions import Move, move_many


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Cancel them; people who are asked are asked no more."""
    moves = [Move(intent=intent, to=Status.CANCELED, details=order.details) for intent in intents]
    move_many(moves=moves, actor=order.actor, now=now)


ACTION = BulkAction(name="cancel", skipped=case((IS_OVER, OVER)), may=permissions.may_end, act=act)
