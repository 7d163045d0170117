"""Give intents another time by which they must be over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.operations.bulk.actions.action import IS_OVER, OVER, BulkAction, Order, case
from intents.engine.models import Intent
from intents.engine.services import controls
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField


def read(actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`deadline_at` is a time to come, as RFC 3339."""
    moment = clock.moment("arguments.deadline_at", arguments.get("deadline_at"))
    if moment <= clock.now():
        raise InvalidField("arguments.deadline_at", "this time has passed already")
    return {"deadline_at": clock.rfc3339(moment)}


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Set the control `deadline_at` of each."""
    for intent in intents:
        controls.patched(intent=intent, patch=dict(order.arguments), actor=order.actor, now=now, more=order.details)


ACTION = BulkAction(name="set_deadline", skipped=case((IS_OVER, OVER)), takes=("deadline_at",), read=read, act=act)
