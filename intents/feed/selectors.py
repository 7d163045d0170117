"""Reads of the feed, each a bounded look from a place on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.accounts import seeing
from intents.engine.models import IntentEvent
from intents.feed import cursors
from intents.feed.filters import Filter, fits
from intents.feed.models import FeedConsumer, WorkspaceEvent
from intents.feed.sequencer import TABLES, UNPLACED
from intents.kernel import statements
from intents.kernel.actors import OPERATORS, Machine, Scope, Tenant, sides
from intents.kernel.errors import CursorExpired, Denied

SCANNED = 2000
"""So many entries one look goes through at most, whatever it is for."""
FETCHED = 100


class About(NamedTuple):
    """The intent that an event is of. `sender`, `mailbox` and `reply_mailbox` are local names."""

    intent_type: str
    from_agent: str
    to_agent: str
    sender: str
    mailbox: str
    reply_mailbox: str | None


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An entry of the feed with its event: of an intent `event`, else `published`, and `about` the intent that either is of.
    None of them once the event was removed with its intent."""

    seq: int
    workspace_id: UUID
    event_id: UUID
    event_type: str
    at: datetime
    event: IntentEvent | None = None
    about: About | None = None
    published: WorkspaceEvent | None = None

    @property
    def cursor(self) -> str:
        return cursors.text(self.seq)

    @property
    def removed(self) -> bool:
        return self.event is None and self.published is None


@dataclass(frozen=True, slots=True)
class FeedSlice:
    """Entries in their order; `last` is how far was looked, and `more` whether there may be entries behind it."""

    last: int
    entries: list[PlacedEvent] = field(default_factory=list)
    more: bool = False


_EVENT = statements.columns(IntentEvent, "e")
_PUBLISHED = statements.columns(WorkspaceEvent, "w")
_WITH_EVENTS = """
LEFT JOIN LATERAL (SELECT * FROM intents_intentevent WHERE id = f.event_id AND f.of_intent LIMIT 1) e ON true
LEFT JOIN LATERAL (SELECT * FROM intents_workspaceevent WHERE id = f.event_id AND NOT f.of_intent LIMIT 1) w ON true
LEFT JOIN LATERAL (SELECT * FROM intents_intent WHERE id = coalesce(e.intent_id, w.intent_id) LIMIT 1) i ON true
"""
_ABOUT = "i.intent_type, i.from_agent, i.to_agent, i.sender, i.mailbox, i.reply_mailbox"
_FOUND = f"f.seq, f.workspace_id, f.event_id, f.event_type, f.at, {_ABOUT}, {_EVENT}, {_PUBLISHED}"
_AFTER = f"""
SELECT {_FOUND} FROM (SELECT * FROM intents_feedentry WHERE seq > %(after)s ORDER BY seq LIMIT %(limit)s) f {_WITH_EVENTS}
ORDER BY f.seq
"""
_AHEAD = "SELECT seq, workspace_id, event_type FROM intents_feedentry WHERE seq > %s ORDER BY seq LIMIT %s"
_WITH_SEQS = f"SELECT {_FOUND} FROM (SELECT * FROM intents_feedentry WHERE seq = ANY(%s)) f {_WITH_EVENTS} ORDER BY f.seq"
_WIDTHS = len(About._fields), len(IntentEvent._meta.concrete_fields), len(WorkspaceEvent._meta.concrete_fields)


def after(seq: int, limit: int) -> list[PlacedEvent]:
    """The next entries of all workspaces behind the place `seq`, in order. Checks no actor."""
    return [_entry(row) for row in statements.rows(_AFTER, {"after": seq, "limit": limit})]


class EntryPlace(NamedTuple):
    """An entry of the feed, without its event."""

    seq: int
    workspace_id: UUID
    event_type: str


def ahead(seq: int, limit: int) -> list[EntryPlace]:
    """The next places of all workspaces behind `seq`, in order: what is to be read of them at all. Checks no actor."""
    return [EntryPlace(*row) for row in statements.rows(_AHEAD, [seq, limit])]


def entries(seqs: Sequence[int]) -> list[PlacedEvent]:
    """The entries at these places, in order. Checks no actor."""
    return [_entry(row) for row in statements.rows(_WITH_SEQS, [list(seqs)])] if seqs else []


def _entry(row: Sequence[Any]) -> PlacedEvent:
    (seq, workspace_id, event_id, event_type, at), rest = row[:5], row[5:]
    about, event, published = rest[: _WIDTHS[0]], rest[_WIDTHS[0] : -_WIDTHS[2]], rest[-_WIDTHS[2] :]
    told = statements.made(WorkspaceEvent, published) if published[0] is not None else None
    return PlacedEvent(
        seq,
        workspace_id,
        event_id,
        event_type,
        at,
        event=statements.made(IntentEvent, event) if event[0] is not None else None,
        about=About(*about) if about[0] is not None else None,
        # Of an intent that was removed it tells no more, either.
        published=None if told and told.intent_id and about[0] is None else told,
    )


class Bounds(NamedTuple):
    """What the feed holds: entries behind `pruned`, up to `last`; `now` is where one would come that was made now."""

    pruned: int
    last: int
    now: int


_BOUNDS = """
SELECT coalesce(max(pruned_seq), 0), coalesce(max(last_seq), 0), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM intents_feedstate
"""


def bounds() -> Bounds:
    """Of all workspaces."""
    return Bounds(*statements.rows(_BOUNDS, ())[0])


_NEWEST = """
SELECT w.id, newest.seq FROM unnest(%s::uuid[]) AS w(id) CROSS JOIN LATERAL (
    SELECT seq FROM intents_feedentry WHERE workspace_id = w.id ORDER BY seq DESC LIMIT 1
) newest
"""


def newest(workspace_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The last place in the feed of each of these workspaces that has one."""
    return dict(statements.rows(_NEWEST, [list(workspace_ids)]))


def place(after: str) -> int:
    """The place that a cursor names, or `latest`; without one the beginning of what is kept. Raises InvalidField."""
    if after == cursors.LATEST:
        return bounds().last
    return cursors.parse(after) if after else cursors.START


def ensure_kept(seq: int) -> None:
    """Raises CursorExpired when what followed `seq` is not kept any more, or never was."""
    pruned, last, now = bounds()
    if cursors.START < seq < pruned:
        raise CursorExpired(
            "what followed this cursor is not kept any more; go on from the oldest", oldest=cursors.text(pruned)
        )
    if seq > max(last, now):
        raise CursorExpired(
            "this cursor is ahead of the feed, which was restored from a backup; go on from the latest",
            oldest=cursors.text(pruned),
            latest=cursors.text(last),
        )


_LAG = f"""
SELECT extract(epoch FROM clock_timestamp() - least({", ".join(f"({UNPLACED.format(table=table)})" for table in TABLES)}))
FROM intents_feedstate s
"""
_SCAN = """
SELECT f.seq, f.event_type, f.of_intent, f.event_id FROM intents_feedentry f
WHERE f.workspace_id = %(workspace)s AND f.seq > %(after)s ORDER BY f.seq LIMIT %(limit)s
"""
_KNOWN = f"""
SELECT f.seq, i.intent_type, ARRAY[i.mailbox, i.sender, i.reply_mailbox, w.subject],
       %(name)s::text IS NULL
       OR coalesce(%(name)s::text IN (i.mailbox, i.sender, i.reply_mailbox), false)
       OR EXISTS (SELECT FROM intents_threadviewer v
                  WHERE v.workspace_id = i.workspace_id AND v.name = %(name)s::text AND v.intent_id = i.id)
       OR (i.policy <> '{{}}' AND i.policy::jsonb #> '{{grants,resume}}' ? %(label)s::text)
FROM (SELECT * FROM intents_feedentry WHERE seq = ANY(%(seqs)s)) f
{_WITH_EVENTS}"""


def page(actor: Tenant, *, after: int, wanted: Filter, limit: int, size: int) -> FeedSlice:
    """What `actor` may see of its workspace's feed behind the place `after`: at most `limit` entries, and no further one
    once their details fill `size` bytes. It looks through SCANNED entries at most, so that one may find nothing and still be
    told that there is `more`. Raises Denied, CursorExpired."""
    narrow = narrowed(actor)
    asked = limit + 1 if narrow is None and wanted == Filter() else SCANNED
    rows = statements.rows(_SCAN, {"workspace": actor.workspace_id, "after": after, "limit": asked})
    # Asked after the look, during which they may have been pruned.
    ensure_kept(after)
    seqs = _wanted([row[0] for row in rows if fits(row[1], wanted.types)], wanted, narrow)
    found: list[PlacedEvent] = []
    filled = 0
    for entry in _with_events(seqs):
        if len(found) == limit or filled >= size:
            return FeedSlice(found[-1].seq, found, more=True)
        if not entry.removed:
            found.append(entry)
            filled += _size(entry)
    return FeedSlice(rows[-1][0] if rows else after, found, more=len(rows) == asked)


def narrowed(actor: Tenant) -> Machine | None:
    """The key of a request that sees but what concerns its own address, None for one that sees all. Raises Denied."""
    return seeing.narrowed(actor, "the feed")


def owner_of_groups(actor: Tenant) -> str:
    """Whose groups of readers a request uses: the local name of a key for its own address alone, "" for those of the whole
    workspace. Raises Denied for people who only look on, as a group's place counts for all that read by it."""
    narrow = narrowed(actor)
    if narrow is not None:
        return narrow.name
    for side in sides(actor):
        if side.scope is Scope.WORKSPACE if isinstance(side, Machine) else side.role in OPERATORS:
            return ""
    raise Denied("only an owner, an admin, an operator or a machine key uses a consumer of the feed")


class Progress(NamedTuple):
    """A group of readers, and how far it is behind: so many entries, at most COUNTED, the oldest of them from `since`."""

    consumer: FeedConsumer
    pending: int
    since: datetime | None


COUNTED = 10_000
_GROUPS = f"""
SELECT behind.count, behind.since, {statements.columns(FeedConsumer, "c")} FROM intents_feedconsumer c
CROSS JOIN LATERAL (
    SELECT count(*), min(b.at) AS since FROM (
        SELECT f.at FROM intents_feedentry f WHERE f.workspace_id = c.workspace_id AND f.seq > c.cursor
        ORDER BY f.seq LIMIT {COUNTED}
    ) b
) behind
WHERE c.workspace_id = %s AND c.owner = %s ORDER BY c.name
"""


def groups(actor: Tenant) -> list[Progress]:
    """The groups of readers that a request may use. Raises Denied."""
    return [
        Progress(statements.made(FeedConsumer, row), count, since)
        for count, since, *row in statements.rows(_GROUPS, [actor.workspace_id, owner_of_groups(actor)])
    ]


def _wanted(seqs: list[int], wanted: Filter, narrow: Machine | None) -> list[int]:
    """Those of the entries `seqs` whose events are of the intents wanted, and that the key may see."""
    if not seqs or (narrow is None and not wanted.of_intents):
        return seqs
    params = {"seqs": seqs, "name": narrow and narrow.name, "label": narrow and narrow.label}
    return sorted(
        seq
        for seq, intent_type, names, seen in statements.rows(_KNOWN, params)
        if seen
        and (not wanted.agent or wanted.agent in names)
        and (not wanted.intent_types or (intent_type is not None and fits(intent_type, wanted.intent_types)))
    )


def _with_events(seqs: Sequence[int]) -> Iterator[PlacedEvent]:
    """Some at a time: what they carry may be large."""
    for start in range(0, len(seqs), FETCHED):
        yield from entries(seqs[start : start + FETCHED])


def _size(entry: PlacedEvent) -> int:
    text = entry.event.details if entry.event else entry.published.details if entry.published else None
    return len(text or "")


def lag() -> float:
    """How old the oldest event is that is not in the feed and should be, in seconds; 0 when all are."""
    return max([0.0, *(float(seconds) for (seconds,) in statements.rows(_LAG, ()) if seconds is not None)])
