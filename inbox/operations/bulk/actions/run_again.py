"""Run again what failed, timed out or was canceled: a new intent in place of each."""

from collections.abc import Sequence
from datetime import datetime

from inbox.operations.bulk.actions.action import IS_OVER, NOT_OVER, RERUN, SUCCEEDED, BulkAction, Order, case
from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from intents.engine.services import rerun


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Submit them anew."""
    rerun.run_again_many(intents=intents, actor=order.actor, told=order.details)


ACTION = BulkAction(
    name="run_again",
    skipped=case(
        (f"NOT ({IS_OVER})", NOT_OVER),
        (f"i.status = '{Status.COMPLETED}'", SUCCEEDED),
        ("EXISTS (SELECT FROM intents_intent r WHERE r.rerun_of_id = i.id)", RERUN),
    ),
    act=act,
)
