"""Give what is assigned to a member by name to another member or a group, as when somebody leaves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.assignees.services import principals as principal_names
from inbox.operations.bulk.actions.action import BulkAction, Order, case
from inbox.tasks import selectors
from inbox.tasks.services import reassign
from inbox.vocabulary import principals
from intents.accounts import selectors as accounts
from intents.engine.models import Intent
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import InvalidField

NOT_ASKED = "is not assigned to them by name"
VOTED = "they voted already"
APART = "separation of duties keeps the other from it"

_TASK = "SELECT FROM inbox_task t WHERE t.intent_id = i.id AND t.state IN ('claimed', 'open')"
_GONE = "(%(arguments)s::jsonb ->> 'user')::uuid"
_TO = "(%(arguments)s::jsonb ->> 'to_user')::uuid"
_ASKED = f"""
EXISTS ({_TASK} AND EXISTS (
    SELECT FROM inbox_assignment a WHERE a.task_id = t.id AND a.authority <> 'delegate'
      AND a.principal IN (SELECT jsonb_array_elements_text(%(arguments)s::jsonb -> 'named'))
))
"""


def read(actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`from` is a member, and `to` a member or a group. Kept with whom they are. Raises Denied."""
    reassign.ensure_reassigns(actor=actor)
    given = {name: _text(name, arguments) for name in ("from", "to")}
    gone = accounts.user_named(actor.workspace_id, given["from"])
    if gone is None:
        raise InvalidField("arguments.from", "no member of this workspace has this email address")
    to = principal_names.principal(workspace_id=actor.workspace_id, text=given["to"])
    kind, _, value = to.partition(":")
    if kind not in ("user", "group"):
        raise InvalidField("arguments.to", "name a member by email address, or a group by its name")
    if to == principals.user(gone.id):
        raise InvalidField("arguments.to", "name somebody else")
    if to in principals.reached_by(actor):
        raise InvalidField("arguments.to", "nobody assigns tasks to themselves: name somebody else")
    named = [principals.user(gone.id), *([principals.email(gone.email)] if gone.email_verified_at else [])]
    return given | {"user": str(gone.id), "named": named, "to_user": value if kind == "user" else None}


def _text(name: str, arguments: Mapping[str, Any]) -> str:
    text = arguments.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > 383:
        raise InvalidField(f"arguments.{name}", "a member by email address" + (", or a group" if name == "to" else ""))
    return text.strip()


def act(intents: Sequence[Intent], order: Order, now: datetime) -> None:
    """Give their tasks to the other."""
    known, given = {one.id: one for one in intents}, order.arguments
    for task in selectors.lock_live(list(known)):
        reassign.reassign(
            actor=order.actor,
            task=task,
            intent=known[task.intent_id],
            gone=UUID(given["user"]),
            named=given["named"],
            to=given["to"],
            reason=order.reason,
            now=now,
            told={"bulk_id": str(order.bulk_id)},
        )


def may(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` reassigns tasks at all."""
    return isinstance(actor, Person) and actor.workspace_id == intent.workspace_id and actor.role in ADMINS


ACTION = BulkAction(
    name="reassign",
    skipped=case(
        (f"NOT {_ASKED}", NOT_ASKED),
        (f"EXISTS ({_TASK} AND {_GONE} = ANY(t.voted))", VOTED),
        (f"EXISTS ({_TASK} AND {_TO} = ANY(t.excluded))", APART),
    ),
    may=may,
    takes=("from", "to"),
    read=read,
    act=act,
)
