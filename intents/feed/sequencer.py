"""The sequencer: gives committed events their places in the feed.

One transaction at a time, under the lock of one row, appends what is committed and not in the feed yet, so places become
visible in their order. An event's id is older than its commit, and made by the clock of the process that wrote it: what
comes late, out of a long transaction or from a wrong clock, is found by looking again, the further back the more seldom.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from psycopg import errors as pg

from intents.feed.cursors import MOST_CELLS
from intents.feed.models import FeedState
from intents.kernel import clock, live, statements
from intents.kernel.unit_of_work import unit
from intents.sending.channels import Feeder

BATCH = 2000
NEAR = timedelta(seconds=2)
"""So far back every look goes,"""
WIDE = timedelta(seconds=5)
"""and so often one goes further:"""
WINDOWS = ((720, timedelta(days=1)), (12, timedelta(minutes=15)), (1, timedelta(minutes=1)))
"""every 720th of those a day, every 12th a quarter of an hour, and the others a minute."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WIDE_SECONDS = 3
"""What a look may take that goes further."""

STEP = MOST_CELLS if settings.CELLS else 1
"""From one place to the next. Of cells each gives places of its own, so that a workspace keeps its in any of them."""

log = logging.getLogger(__name__)


class NewEvent(NamedTuple):
    """An event that gets a place. `intent_id` is None where it is no intent's."""

    id: UUID
    workspace_id: UUID
    event_type: str
    at: datetime
    intent_id: UUID | None
    seq: int


Listener = Callable[[Sequence[NewEvent]], None]
"""Told of events that get their places, in the transaction that gives them: it waits for nobody."""
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Have `listener` told of each event once."""
    _listeners.append(listener)


# An insert alone would wait for whoever is at the row that is there.
_BEGIN = """
INSERT INTO intents_feedstate (id, last_seq, pruned_seq, kept_from, looked_from, newest, wide_looks, wide_at)
SELECT 1, 0, 0, %(from)s::timestamptz, %(id)s::uuid, %(id)s::uuid, 0, clock_timestamp()
WHERE NOT EXISTS (SELECT FROM intents_feedstate) ON CONFLICT DO NOTHING
"""
_LOCK = f"""
SELECT clock_timestamp(), {statements.columns(FeedState, "s")} FROM intents_feedstate s WHERE id = 1 FOR UPDATE SKIP LOCKED
"""
# Each by its key from a place on, the entries as well, or all of them would be compared: no more is read than what is new
# and what was looked at last.
_NEW = f"""
SELECT * FROM (
    (SELECT e.id, e.workspace_id, e.event_type, e.at, e.intent_id, e.seq FROM intents_intentevent e
     WHERE e.id > %(since)s::uuid AND e.at >= %(kept_from)s::timestamptz
       AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = e.id AND f.event_id > %(since)s::uuid)
     ORDER BY e.id LIMIT {BATCH})
    UNION ALL
    (SELECT w.id, w.workspace_id, w.event_type, w.at, NULL, 0 FROM intents_workspaceevent w
     WHERE w.id > %(since)s::uuid AND w.at >= %(kept_from)s::timestamptz
       AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = w.id AND f.event_id > %(since)s::uuid)
     ORDER BY w.id LIMIT {BATCH})
) found ORDER BY id LIMIT {BATCH}
"""
_SKIPPED = """
SELECT p.intent_id FROM unnest(%(ids)s::uuid[], %(seqs)s::int[]) AS b(intent_id, seq)
CROSS JOIN LATERAL (SELECT * FROM intents_intentevent e WHERE e.intent_id = b.intent_id AND e.seq = b.seq - 1) p
WHERE p.at >= %(kept_from)s::timestamptz AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = p.id)
"""
_BEFORE = """
SELECT e.id, e.workspace_id, e.event_type, e.at, e.intent_id, e.seq
FROM unnest(%(ids)s::uuid[], %(seqs)s::int[]) AS b(intent_id, seq)
CROSS JOIN LATERAL (SELECT * FROM intents_intentevent e WHERE e.intent_id = b.intent_id AND e.seq < b.seq) e
WHERE e.at >= %(kept_from)s::timestamptz AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = e.id)
"""
_APPEND = """
WITH entries AS (
    INSERT INTO intents_feedentry (seq, workspace_id, event_id, of_intent, event_type, at)
    SELECT %(first)s::bigint + (place - 1) * %(step)s::bigint, workspace_id, event_id, of_intent, event_type, at
    FROM unnest(%(workspaces)s::uuid[], %(events)s::uuid[], %(of_intents)s::bool[], %(types)s::text[],
                %(ats)s::timestamptz[]) WITH ORDINALITY AS e(workspace_id, event_id, of_intent, event_type, at, place)
)
UPDATE intents_feedstate SET last_seq = %(last)s, looked_from = %(looked_from)s, newest = %(newest)s,
    wide_looks = %(wide_looks)s, wide_at = %(wide_at)s
WHERE id = 1
"""


@unit
def sequence() -> int:
    """Give places to events that have none. Returns how many: none also while another process is at it."""
    found = statements.rows(_LOCK, ())
    if not found:
        # Its first time, or another's turn.
        kept = timedelta(days=settings.FEED_DAYS)
        ((now,),) = statements.rows("SELECT clock_timestamp()", ())
        statements.rows(_BEGIN, {"from": clock.now() - kept, "id": clock.first_id(now - kept)})
        found = statements.rows(_LOCK, ())
    if not found:
        return 0
    now, state = found[0][0], statements.made(FeedState, found[0][1:])
    wide = now - state.wide_at >= WIDE
    events = (_far(state, now) if wide else None) or _new(state, state.looked_from)
    if len(events) < BATCH:
        state.looked_from = max(state.looked_from, clock.first_id(now - NEAR))
        if wide:
            state.wide_looks, state.wide_at = state.wide_looks + 1, now
    else:
        state.looked_from = max(state.looked_from, _before(events[-1].id))
    if not events and not wide:
        return 0
    _append(state, now, _whole(events, state.kept_from))
    return len(events)


def _new(state: FeedState, since: UUID) -> list[NewEvent]:
    return [NewEvent(*row) for row in statements.rows(_NEW, {"since": since, "kept_from": state.kept_from})]


def _far(state: FeedState, now: datetime) -> list[NewEvent]:
    """What a wide look finds. One that takes too long finds nothing: what is near must not wait for what is far."""
    since = min(state.looked_from, clock.first_id(now - _window(state.wide_looks + 1)))
    try:
        with transaction.atomic():
            statements.rows(f"SET LOCAL statement_timeout = '{WIDE_SECONDS}s'", ())
            return _new(state, since)
    except OperationalError as error:
        if not isinstance(error.__cause__, pg.QueryCanceled):
            raise
        log.warning("a wide look was given up", extra={"action": "feed.look", "number": state.wide_looks + 1})
        return []


def _window(number: int) -> timedelta:
    return next(window for every, window in WINDOWS if number % every == 0)


def _before(event_id: UUID) -> UUID:
    """NEAR before that id, in ids."""
    return UUID(int=max(0, event_id.int - (NEAR // timedelta(milliseconds=1) << 80)))


def _whole(events: list[NewEvent], kept_from: datetime) -> list[NewEvent]:
    """`events` and those of their intents that come before them and have no place yet, each intent's in order. There are
    such where the clocks of two processes differ."""
    known = {(one.intent_id, one.seq) for one in events}
    first = [one for one in events if one.seq > 1 and (one.intent_id, one.seq - 1) not in known]
    if first:
        skipped = {row[0] for row in statements.rows(_SKIPPED, _places(first) | {"kept_from": kept_from})}
        late = [one for one in first if one.intent_id in skipped]
        before = statements.rows(_BEFORE, _places(late) | {"kept_from": kept_from}) if late else []
        events = list({one.id: one for one in (*events, *(NewEvent(*row) for row in before))}.values())
    # An intent's events are in the order of time, and those of one moment by their number.
    return sorted(events, key=lambda one: (one.at, (one.intent_id or one.id).int, one.seq))


def _places(events: Iterable[NewEvent]) -> dict[str, object]:
    given = [(one.intent_id, one.seq) for one in events]
    return {"ids": [intent_id for intent_id, _ in given], "seqs": [seq for _, seq in given]}


def _append(state: FeedState, now: datetime, events: list[NewEvent]) -> None:
    # By the time: also after a restored backup it goes on behind everything that readers were given.
    first = _own(max(state.last_seq + 1, microseconds(now)))
    params = {
        "first": first,
        "step": STEP,
        "last": first + (len(events) - 1) * STEP if events else state.last_seq,
        "workspaces": [one.workspace_id for one in events],
        "events": [one.id for one in events],
        "of_intents": [one.intent_id is not None for one in events],
        "types": [one.event_type for one in events],
        "ats": [one.at for one in events],
        "looked_from": state.looked_from,
        "newest": max([state.newest, *(one.id for one in events)]),
        "wide_looks": state.wide_looks,
        "wide_at": state.wide_at,
    }
    statements.rows(_APPEND, params)
    for listener in _listeners if events else ():
        listener(events)
    live.wake_up(feeds={one.workspace_id for one in events})


def _own(seq: int) -> int:
    """The first place from `seq` on that this cell may give."""
    return seq if STEP == 1 else seq + (settings.CELL_NUMBER - seq) % STEP


def microseconds(moment: datetime) -> int:
    """The place of what would be appended at `moment`, where nothing is ahead."""
    return (moment - EPOCH) // timedelta(microseconds=1)


_LOOK_BACK = "UPDATE intents_feedstate SET looked_from = least(looked_from, %s) WHERE id = 1"


def look_back(moment: datetime) -> None:
    """Have the next look go back to `moment`: events from then on were brought in."""
    statements.rows(_LOOK_BACK, [clock.first_id(moment)])


UNPLACED = """
SELECT c.at FROM (
    SELECT e.id, e.at FROM {table} e WHERE e.id > s.looked_from AND e.at >= s.kept_from ORDER BY e.id LIMIT 10000
) c WHERE (SELECT f.seq FROM intents_feedentry f WHERE f.event_id = c.id) IS NULL LIMIT 1
"""
"""SQL for when the first event was that has no place: of the first ones, looked up one by one, as nobody who plans this
knows how few they are."""
_NEWER = "(SELECT e.id FROM {table} e ORDER BY e.id DESC LIMIT 1) > s.newest"
TABLES = ("intents_intentevent", "intents_workspaceevent")
# What is new has the greatest id, mostly; only where nothing has it is worth to look closer.
WAITING = f"""
coalesce((
    SELECT CASE WHEN s.wide_at < clock_timestamp() - make_interval(secs => {WIDE.total_seconds()}) THEN true
        {" ".join(f"WHEN {_NEWER.format(table=table)} THEN true" for table in TABLES)}
        ELSE {" OR ".join(f"({UNPLACED.format(table=table)}) IS NOT NULL" for table in TABLES)} END
    FROM intents_feedstate s WHERE s.id = 1
), true)
"""
FEEDER = Feeder(WAITING, sequence, batch=BATCH)
