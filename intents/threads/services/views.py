"""Inbox threads as an address sees them: which it has, what changed, what each shows.

A thread is an intent seen by one address: the agent it is for, whoever it was delegated by or to, and once it is over the
address that wanted the completion.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine.lifecycle import TERMINAL
from intents.engine.models import Intent
from intents.engine.selectors import intents
from intents.kernel import statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField, Missing
from intents.threads import selectors
from intents.threads.selectors import viewer_of

LIST_TIMELINE = 50
LONGEST_TIMELINE = 1000
"""How many entries a thread shows, the newest: in a list, and alone."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose inbox it is: `name` is local, `address` its spelling in answers."""

    name: str
    address: str


class TimelineItem(NamedTuple):
    """One line of a timeline. `details` is canonical JSON, None when it was erased."""

    event_id: UUID
    event_type: str
    actor: str
    at: datetime
    details: str | None
    seq: int
    status: str


@dataclass(frozen=True, slots=True)
class Thread:
    owner: Owner
    intent: Intent
    timeline: Sequence[TimelineItem]


class Position(NamedTuple):
    """A place in the order of changes: the transaction, and within it the intent."""

    changed_in: int
    intent_id: UUID

    def cursor(self, kind: str) -> str:
        return f"{kind}{self.changed_in:x}-{self.intent_id.hex}"


START = Position(0, UUID(int=0))
NEWEST, CHANGES = "w", "v"
"""The two lists that give cursors out, each by a letter of its own: they run in opposite directions."""
_CURSOR = re.compile(r"([a-z])([0-9a-f]{1,15})-([0-9a-f]{32})")


def position(*, cursor: str, kind: str) -> Position:
    """Where a page of the list `kind` ended. Raises InvalidField."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[1] != kind:
        raise InvalidField("cursor", "not a cursor that this inbox gave out")
    return Position(int(found[2], 16), UUID(found[3]))


class Part(NamedTuple):
    """What a thread's owner is to it: `handles` tells whether it may end it."""

    handles: bool


def part(*, row: Intent, name: str) -> Part | None:
    """The part that the address `name` has in the thread of an intent, None when it shows there nowhere."""
    if row.mailbox == name:
        return Part(handles=True)
    viewer = viewer_of(row, name)
    if viewer is not None:
        return Part(handles=viewer.handles)
    return Part(handles=False) if row.reply_mailbox == name and row.status in TERMINAL else None


def missing(intent_id: UUID) -> Missing:
    """The refusal for a thread that is not in the actor's inbox, to be raised."""
    return Missing(f"no thread has the id {intent_id} in this inbox", thread_id=str(intent_id))


def thread(*, actor: Tenant, owner: Owner, intent_id: UUID) -> Thread:
    """Raises Missing."""
    row = selectors.in_workspace(actor, intent_id)
    if row is None or part(row=row, name=owner.name) is None:
        raise missing(intent_id)
    return shown(row=row, owner=owner)


def shown(*, row: Intent, owner: Owner) -> Thread:
    """A thread whose visibility was checked."""
    return Thread(owner, row, _timelines([row.id], owner, LONGEST_TIMELINE)[row.id])


# The three ways a thread comes into an inbox, each read from an index in the order of changes.
_PARTS = (
    "SELECT i.id, i.changed_in FROM intents_intent i WHERE i.workspace_id = %(workspace)s AND i.mailbox = %(name)s",
    "SELECT i.id, i.changed_in FROM intents_intent i WHERE i.workspace_id = %(workspace)s AND i.reply_mailbox = %(name)s"
    f" AND i.status IN ({', '.join(repr(str(status)) for status in sorted(TERMINAL))})",
    "SELECT i.id, i.changed_in FROM intents_threadviewer v JOIN intents_intent i ON i.id = v.intent_id"
    " WHERE v.workspace_id = %(workspace)s AND v.name = %(name)s",
)


def _union(window: str, order: str) -> str:
    parts = (f"({part} AND {window} ORDER BY i.changed_in {order}, i.id {order} LIMIT %(limit)s)" for part in _PARTS)
    return (
        f"SELECT changed_in, id FROM ({' UNION '.join(parts)}) found ORDER BY changed_in {order}, id {order} LIMIT %(limit)s"
    )


_NEWEST = _union("(i.changed_in, i.id) < (%(changed_in)s, %(id)s)", "DESC")

_OVER = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
"""SQL of the transaction before which all are over."""
# A change is told once every transaction that might have made an earlier one is over, so none is ever skipped. A place that
# is not over yet is of another server, from which the workspace came: there all is told once more.
_CHANGES = _union(
    f"(i.changed_in, i.id) > (CASE WHEN %(changed_in)s::bigint < {_OVER} THEN %(changed_in)s::bigint ELSE 0 END, %(id)s)"
    f" AND i.changed_in < {_OVER}",
    "ASC",
)
_END = Position(2**63 - 1, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Page:
    """Threads with their places, and whether more follow."""

    threads: Sequence[tuple[Position, Thread]]
    more: bool


def newest(*, actor: Tenant, owner: Owner, limit: int, before: Position | None = None) -> Page:
    """The owner's threads, the last changed first."""
    return _page(_NEWEST, actor=actor, owner=owner, limit=limit, at=before or _END)


def changes(*, actor: Tenant, owner: Owner, limit: int, after: Position) -> Page:
    """The owner's threads that changed after a place, in the order of their last changes, each once and as it is now.

    Whoever goes on from the last place misses nothing, however transactions overlap.
    """
    return _page(_CHANGES, actor=actor, owner=owner, limit=limit, at=after)


def newest_of_all(*, actor: Tenant, limit: int, before: UUID | None = None) -> tuple[list[Thread], bool]:
    """The newest intents that the actor may see, before the one with that id, as threads: each as the agent sees it that it
    is addressed to, but for entries that this agent alone does not see. And whether more follow."""
    rows = intents(actor).order_by("-id")
    found = list((rows if before is None else rows.filter(id__lt=before))[: limit + 1])
    kept = found[:limit]
    timelines = _timelines([row.id for row in kept], Owner("", ""), LIST_TIMELINE)
    return [Thread(Owner(row.mailbox, row.to_agent), row, timelines[row.id]) for row in kept], len(found) > limit


def _page(query: str, *, actor: Tenant, owner: Owner, limit: int, at: Position) -> Page:
    params: Mapping[str, Any] = {
        "workspace": actor.workspace_id,
        "name": owner.name,
        "limit": limit + 1,
        "changed_in": at.changed_in,
        "id": at.intent_id,
    }
    places = [Position(*row) for row in statements.rows(query, params)]
    kept = places[:limit]
    ids = [place.intent_id for place in kept]
    rows = Intent.objects.in_bulk(ids)
    timelines = _timelines(ids, owner, LIST_TIMELINE)
    threads = [(place, Thread(owner, rows[place.intent_id], timelines[place.intent_id])) for place in kept]
    return Page(threads, more=len(places) > limit)


# The first entry is never hidden, so that no timeline is empty.
_TIMELINE = f"""
SELECT wanted.intent_id, entry.*
FROM unnest({statements.array("ids", "uuid")}) AS wanted (intent_id), LATERAL (
    SELECT e.id, e.event_type, e.actor, e.at, e.details, e.seq, e.status
    FROM intents_intentevent e
    WHERE e.intent_id = wanted.intent_id AND NOT EXISTS (
        SELECT 1 FROM intents_hiddenentry h WHERE h.event_id = e.id AND (h.name IS NULL OR h.name = %(name)s)
    )
    ORDER BY e.seq DESC LIMIT %(limit)s
) entry
ORDER BY entry.seq
"""


def _timelines(ids: Sequence[UUID], owner: Owner, limit: int) -> dict[UUID, list[TimelineItem]]:
    found: dict[UUID, list[TimelineItem]] = {intent_id: [] for intent_id in ids}
    for intent_id, *entry in statements.rows(_TIMELINE, {"ids": list(ids), "name": owner.name, "limit": limit}):
        found[intent_id].append(TimelineItem(*entry))
    return found
