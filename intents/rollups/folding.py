"""Counts hours that are over, from the rows that say what happened in them.

An hour is counted anew as a whole until nothing can be added to it, so that a run may be lost, doubled or interrupted. A
transaction that is still under way may commit what happened in an hour long past: the hour stays open until all transactions
are over that were under way a while after its end.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db import transaction

from intents.kernel import clock, statements
from intents.rollups import sources

HOUR = timedelta(hours=1)
SETTLED = timedelta(minutes=2)
"""How long after an hour's end what happened in it may still change by itself, as a decision that can be undone does."""
KEPT = timedelta(days=400)
"""How long counts are kept."""
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
WHERE f.hour IS NULL OR NOT f.final ORDER BY h DESC
"""
_FOLD = """
INSERT INTO intents_hourlycount (workspace_id, hour, measure, label, bucket, count)
SELECT workspace_id, slot, measure, label, bucket, count FROM {}
"""
_MARK = """
INSERT INTO intents_foldedhour AS f (hour, fence, final)
VALUES (%(hour)s, %(fence)s::bigint, coalesce(%(oldest)s::bigint >= %(fence)s::bigint, false))
ON CONFLICT (hour) DO UPDATE SET
    fence = coalesce(f.fence, excluded.fence),
    final = coalesce(%(oldest)s::bigint >= coalesce(f.fence, excluded.fence), false)
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
    first = max(hour_of(datetime.fromtimestamp((first_id.int >> 80) / 1000, UTC)), last - KEPT)
    ends, done = monotonic() + A_RUN_SECONDS, 0
    for (hour,) in statements.rows(_DUE, {"first": first, "last": last}):
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
        statements.rows("DELETE FROM intents_hourlycount WHERE hour = %s", [hour])
        statements.rows(_FOLD.format(sources.everything()), sources.bounds(since=hour, until=hour + HOUR, step=HOUR))
        statements.rows(_MARK, {"hour": hour, "fence": fence, "oldest": look.oldest})
    return True


def recount(since: datetime) -> None:
    """Have the hours from `since` on counted again, after history was brought in from elsewhere."""
    statements.rows("DELETE FROM intents_foldedhour WHERE hour >= %s", [hour_of(since)])


def prune() -> None:
    """Forget hours past their time."""
    before = hour_of(clock.now() - KEPT)
    statements.rows("DELETE FROM intents_hourlycount WHERE hour < %s", [before])
    statements.rows("DELETE FROM intents_foldedhour WHERE hour < %s", [before])
