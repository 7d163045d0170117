"""Bulks about what was posted to endpoints: which of it a filter finds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.operations.bulk.actions.about import About, LockedItems
from intents.kernel import clock, statements
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField
from intents.sending.models import SendState
from intents.webhooks.models import WebhookMessage

TERMS = "is:failed is:skipped endpoint:ID intent:ID type:intent.* since:TIME until:TIME"


@dataclass(slots=True)
class Wanted:
    """What a filter asks for: in one of the `states`, of one of the `types`, made from `since` on and before `until`."""

    states: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    endpoint: UUID | None = None
    intent: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def read(q: str) -> Wanted:
    """A filter, terms such as TERMS that must all hold; of several `is:` or `type:` one. Raises InvalidField."""
    found = Wanted()
    for term in q.split():
        _add(found, term)
    if found == Wanted():
        raise InvalidField("filter", "an empty filter finds everything, and is refused")
    return found


def _add(found: Wanted, term: str) -> None:
    name, _, value = term.partition(":")
    match name:
        case "is" if value in set(SendState):
            found.states.append(value)
        case "type" if value:
            found.types.append(value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%"))
        case "endpoint" | "intent":
            setattr(found, name, _id(value))
        case "since" | "until":
            setattr(found, name, clock.moment("filter.q", value))
        case _:
            raise InvalidField("filter.q", f"not understood: {term[:80]}; terms are {TERMS}")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidField("filter.q", f"no id: {text[:80]}") from None


_FOUND = """
SELECT i.id FROM intents_webhookmessage i
WHERE i.workspace_id = %(workspace)s AND (%(after)s::uuid IS NULL OR i.id > %(after)s::uuid)
  AND (cardinality(%(states)s::text[]) = 0 OR i.state = ANY(%(states)s::text[]))
  AND (cardinality(%(types)s::text[]) = 0 OR i.event_type LIKE ANY(%(types)s::text[]))
  AND (%(endpoint)s::uuid IS NULL OR i.subscription_id = %(endpoint)s::uuid)
  AND (%(intent)s::uuid IS NULL OR i.intent_id = %(intent)s::uuid)
  AND (%(since)s::timestamptz IS NULL OR i.created_at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR i.created_at < %(until)s::timestamptz)
ORDER BY i.id LIMIT %(limit)s
"""


def found(person: Person, wanted: Wanted, after: UUID | None, limit: int) -> Sequence[UUID]:
    """The ids of what a filter finds in the workspace, oldest first, after one of them."""
    params: dict[str, Any] = {name: getattr(wanted, name) for name in Wanted.__slots__}
    rows = statements.rows(_FOUND, params | {"workspace": person.workspace_id, "after": after, "limit": limit})
    return [row[0] for row in rows]


_NAMED = "SELECT id, event_type FROM intents_webhookmessage WHERE workspace_id = %s AND id = ANY(%s::uuid[])"


def named(person: Person, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What each of these tells of, of those of the workspace."""
    return dict(statements.rows(_NAMED, [person.workspace_id, list(ids)]))


_LOCKED = f"""
SELECT {statements.columns(WebhookMessage, "i")} FROM intents_webhookmessage i
WHERE i.id = ANY(%s::uuid[]) ORDER BY i.id FOR UPDATE
"""


def lock(ids: Sequence[UUID]) -> LockedItems:
    """Lock what of this is there."""
    rows = statements.objects(WebhookMessage, _LOCKED, [list(ids)])
    return LockedItems({row.id: row for row in rows}, clock.now())


DELIVERIES = About(
    things="deliveries",
    key="delivery_id",
    source="intents_webhookmessage i JOIN intents_subscription s ON s.id = i.subscription_id",
    kind="i.event_type",
    kind_key="event_type",
    read=read,
    found=found,
    lock=lock,
)
