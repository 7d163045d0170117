"""What bulks are about: the intents of a workspace, for most actions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from inbox.operations import query, selectors
from intents.engine.selectors import lock_many
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField


class LockedItems(NamedTuple):
    """Rows under their locks, by their ids, and the time read after that."""

    rows: Mapping[UUID, Any]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The things that an action is done to.

    `source` is SQL for a table whose rows `i` they are, with `id` and `workspace_id`, and `kind` for the type by which a
    preview counts them. `things` is what texts call them; `key` and `kind_key` are what the API calls an id and that type.
    `read` checks a filter (InvalidField), and `found` tells the ids of what it finds, in their order, after one of them.
    `lock` locks those that are there.
    """

    things: str
    key: str
    source: str
    kind: str
    kind_key: str
    read: Callable[[str], Any]
    found: Callable[[Person, Any, UUID | None, int], Sequence[UUID]]
    lock: Callable[[Sequence[UUID]], LockedItems]


def _read(q: str) -> query.Query:
    try:
        found = query.parse(q)
    except InvalidField as refusal:
        details = {name: value for name, value in refusal.details.items() if name != "field"}
        raise InvalidField("filter.q", refusal.reason, **details) from None
    if found.finds_everything:
        raise InvalidField("filter", "an empty filter finds everything, and is refused")
    return found


def _lock(ids: Sequence[UUID]) -> LockedItems:
    locked = lock_many(ids)
    return LockedItems(locked.intents, locked.now)


INTENTS = About(
    things="intents",
    key="intent_id",
    source="intents_intent i LEFT JOIN intents_wait w ON w.intent_id = i.id AND w.state = 'open'",
    kind="i.intent_type",
    kind_key="intent_type",
    read=_read,
    found=selectors.ids,
    lock=_lock,
)
