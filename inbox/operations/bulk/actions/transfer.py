"""Give work to another agent of the workspace."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.operations.bulk.actions.action import (
    ASKS_PEOPLE,
    HAS_IT,
    HUMAN,
    IS_OVER,
    IS_WAITING,
    OVER,
    WAITING,
    BulkAction,
    Order,
    case,
)
from intents.engine import selectors
from intents.engine.models import Intent
from intents.engine.services import work
from intents.kernel.actors import Person
from intents.kernel.addresses import local_name
from intents.kernel.errors import DomainError, InvalidField


def read(actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`to_agent` is an address, kept as it was sent and as a name in the workspace."""
    to_agent = arguments.get("to_agent")
    if not isinstance(to_agent, str) or not to_agent.strip():
        raise InvalidField("arguments.to_agent", "the address of the agent that is to have it")
    try:
        mailbox = local_name(to_agent, org=actor.org_slug, workspace=actor.workspace_slug)
        selectors.ensure_agents_name(actor.workspace_id, mailbox)
    except DomainError as refusal:
        raise InvalidField("arguments.to_agent", refusal.message) from None
    return {"to_agent": to_agent, "mailbox": mailbox}


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """End the leases on them, and deliver them to the other agent."""
    for intent in intents:
        to_agent, mailbox = order.arguments["to_agent"], order.arguments["mailbox"]
        work.transferred(intent=intent, to_agent=to_agent, mailbox=mailbox, actor=order.actor, now=now, more=order.details)


ACTION = BulkAction(
    name="transfer",
    skipped=case(
        (IS_OVER, OVER),
        (ASKS_PEOPLE, HUMAN),
        (IS_WAITING, WAITING),
        ("i.mailbox = %(arguments)s::jsonb ->> 'mailbox'", HAS_IT),
    ),
    takes=("to_agent",),
    read=read,
    act=act,
)
