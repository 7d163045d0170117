"""Counts hours that are over, from the rows that say what happened in them.

An hour is counted anew as a whole until nothing can be added to it, so that a run may be lost, doubled or interrupted. A
transaction that is still under way may commit what happened in an hour long past: the hour stays open until all transactions
are over that were under way a while after its end.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction

from intents.kernel import clock, statements
from intents.rollups import sources

HOUR = timedelta(hours=1)
SETTLED = timedelta(minutes=2)
"""How long after an hour's end what happened in it may still change by itself, as a decision that can be undone does."""
KEPT = timedelta(days=400)
"""How long counts are kept."""
VERSION = 3
"""Of what is kept of an hour. Hours that an older version of the server counted are counted anew."""
A_RUN_SECONDS = 5.0
"""A run begins no further hour after this time; the next one goes on."""

_LOOK = f"""
SELECT {clock.NOW}, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       pg_current_xact_id()::text::bigint,
       (SELECT id FROM intents_intentevent ORDER BY id LIMIT 1)
"""
_DUE = """
SELECT h FROM generate_series(%(first)s::timestamptz, %(last)s::timestamptz, interval '1 hour') h
LEFT JOIN intents_foldedhour f ON f.hour = h
WHERE f.hour IS NULL OR NOT f.final OR f.version < %(version)s ORDER BY h DESC
"""
_FOLD = """
INSERT INTO intents_hourlycount (workspace_id, hour, measure, label, bucket, count)
SELECT workspace_id, slot, measure, label, bucket, count FROM {}
"""
_MARK = """
INSERT INTO intents_foldedhour AS f (hour, fence, final, version)
VALUES (%(hour)s, %(fence)s::bigint, coalesce(%(oldest)s::bigint >= %(fence)s::bigint, false), %(version)s)
ON CONFLICT (hour) DO UPDATE SET
    version = excluded.version,
    fence = coalesce(f.fence, excluded.fence),
    final = coalesce(%(oldest)s::bigint >= coalesce(f.fence, excluded.fence), false)
"""
_FIRST = "SELECT id FROM intents_intentevent ORDER BY id LIMIT 1"
_UNCOUNTED = """
SELECT min(h) FROM generate_series(%(first)s::timestamptz, %(current)s::timestamptz, interval '1 hour') h
WHERE NOT EXISTS (SELECT FROM intents_foldedhour f WHERE f.hour = h AND f.version >= %(version)s)
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('intents.rollups'))"


@dataclass(frozen=True, slots=True)
class _Look:
    """How things stood before anything was counted: transactions older than `oldest` were over, those that are to come are
    newer than `newest`."""

    now: datetime
    oldest: int
    newest: int


def hour_of(moment: datetime) -> datetime:
    """The hour that a time is in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def fold() -> int:
    """Count the hours that are due, the newest first, for a few seconds at most: how many."""
    ((now, oldest, newest, first_id),) = statements.rows(_LOOK, {"now": clock.override()})
    if first_id is None:
        return 0
    look, last = _Look(now, oldest, newest), hour_of(now) - HOUR
    first = max(_hour_of_id(first_id), last - KEPT)
    ends, done = monotonic() + A_RUN_SECONDS, 0
    for (hour,) in statements.rows(_DUE, {"first": first, "last": last, "version": VERSION}):
        if done and monotonic() > ends:
            break
        done += _fold_hour(hour, look)
    return done


def _fold_hour(hour: datetime, look: _Look) -> bool:
    """Count one hour anew. False when another process is about to."""
    fence = look.newest if look.now >= hour + HOUR + SETTLED else None
    with transaction.atomic():
        if not statements.rows(_LOCK, ())[0][0]:
            return False
        bounds = sources.bounds(since=hour, until=hour + HOUR, step=HOUR)
        statements.rows("DELETE FROM intents_hourlycount WHERE hour = %s", [hour])
        statements.rows(_FOLD.format(sources.everything()), bounds)
        for table in sources.own_tables:
            statements.rows(f"DELETE FROM {table.name} WHERE hour = %s", [hour])
            statements.rows(table.fill, bounds)
        statements.rows(_MARK, {"hour": hour, "fence": fence, "oldest": look.oldest, "version": VERSION})
    return True


def counted_until(since: datetime, now: datetime) -> datetime:
    """Up to when each hour from `since` on is counted, by this version of the server; there may be more after it."""
    current = hour_of(now)
    found = statements.rows(_FIRST, ())
    begins = _hour_of_id(found[0][0]) if found else current
    params = {"first": max(hour_of(since), begins), "current": current, "version": VERSION}
    ((first,),) = statements.rows(_UNCOUNTED, params)
    return max(hour_of(since), first or current)


def _hour_of_id(event_id: UUID) -> datetime:
    """The hour in which the first event was made: nothing happened in those before it."""
    return hour_of(datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC))


def recount(since: datetime) -> None:
    """Have the hours from `since` on counted again, after history was brought in from elsewhere."""
    statements.rows("DELETE FROM intents_foldedhour WHERE hour >= %s", [hour_of(since)])


def prune() -> None:
    """Forget hours past their time."""
    before = hour_of(clock.now() - KEPT)
    for name in ("intents_hourlycount", *(table.name for table in sources.own_tables)):
        statements.rows(f"DELETE FROM {name} WHERE hour < %s", [before])
    statements.rows("DELETE FROM intents_foldedhour WHERE hour < %s", [before])
