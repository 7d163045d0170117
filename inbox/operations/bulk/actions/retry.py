"""Try again now what failed and waits for its next try."""

from collections.abc import Sequence
from datetime import datetime

from inbox.operations.bulk.actions.action import ASKS_PEOPLE, HUMAN, IS_OVER, NOT_RETRYING, OVER, BulkAction, Order, case
from intents.engine import permissions
from intents.engine.continuations import Satisfied
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Intent
from intents.engine.services.parking import satisfy_many
from intents.kernel.clock import rfc3339

_RETRIES = (
    f"coalesce(i.status = '{Status.WAITING}' AND i.waiting_reason = '{WaitReason.TIME}' AND w.spec::jsonb ? 'retry', false)"
)


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Deliver them to their agents again, as if the time had come."""
    satisfied = [Satisfied(intent, {"due_at": rfc3339(now)}, order.details) for intent in intents]
    satisfy_many(satisfied=satisfied, actor=order.actor, now=now)


ACTION = BulkAction(
    name="retry",
    skipped=case((IS_OVER, OVER), (ASKS_PEOPLE, HUMAN), (f"NOT {_RETRIES}", NOT_RETRYING)),
    may=permissions.may_resume,
    act=act,
)
