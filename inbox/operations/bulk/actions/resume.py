"""End waits for a tool, other agents or time, as the sender could. What waits for a person is left to people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.operations.bulk.actions.action import (
    ASKS_PEOPLE,
    HUMAN,
    IS_OVER,
    IS_WAITING,
    NOT_WAITING,
    OVER,
    BulkAction,
    Order,
    case,
)
from intents.engine import permissions
from intents.engine.continuations import Satisfied
from intents.engine.models import Intent
from intents.engine.services.parking import satisfy_many
from intents.kernel import canonical
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField


def read(actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`resume` is what the agents are told, an object."""
    resume = arguments.get("resume", {})
    if not isinstance(resume, dict):
        raise InvalidField("arguments.resume", "an object, which the agents are told")
    canonical.sized(resume, "arguments.resume")
    return {"resume": resume}


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Deliver them to their agents again."""
    satisfied = [Satisfied(intent, dict(order.arguments["resume"]), order.details) for intent in intents]
    satisfy_many(satisfied=satisfied, actor=order.actor, now=now)


ACTION = BulkAction(
    name="resume",
    skipped=case((IS_OVER, OVER), (ASKS_PEOPLE, HUMAN), (f"NOT ({IS_WAITING})", NOT_WAITING)),
    may=permissions.may_resume,
    takes=("resume",),
    read=read,
    act=act,
)
