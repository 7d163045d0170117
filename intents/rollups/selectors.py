"""Reads of what was counted: hours that are over from their counts, the rest from the rows themselves."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from intents.kernel import statements
from intents.rollups import sources
from intents.rollups.folding import HOUR, hour_of

Slots = dict[datetime, int]

LIVE_MOST = timedelta(hours=24)
"""So far back hours that nobody has counted yet are read from the rows themselves."""

_LIVE_FROM = """
SELECT min(h) FROM generate_series(%(first)s::timestamptz, %(current)s::timestamptz, interval '1 hour') h
WHERE NOT EXISTS (SELECT FROM intents_foldedhour f WHERE f.hour = h)
"""
_KNOWN = """
WITH known AS MATERIALIZED (
    SELECT hour AS slot, measure, label, bucket, count FROM intents_hourlycount
    WHERE workspace_id = %(workspace)s::uuid AND hour >= %(first)s::timestamptz AND hour < %(since)s::timestamptz
    UNION ALL
    SELECT slot, measure, label, bucket, count FROM {everything}
)
SELECT 'series', {group}, measure, label, 0, 0, sum(count)::bigint FROM known GROUP BY 2, 3, 4
UNION ALL
SELECT 'total', NULL, measure, label, bucket, 0, sum(count)::bigint FROM known GROUP BY 3, 4, 5
UNION ALL
SELECT 'week', NULL, measure, '', extract(isodow FROM slot AT TIME ZONE %(zone)s)::int,
       extract(hour FROM slot AT TIME ZONE %(zone)s)::int, sum(count)::bigint
FROM known WHERE measure = ANY(%(by_week)s) GROUP BY 3, 5, 6
"""
_BY_DAY = "date_trunc('day', slot, %(zone)s)"


@dataclass(frozen=True, slots=True)
class Counted:
    """What happened in a workspace over a time. `series` by slot, `histograms` by bucket, both by measure and label; `week`
    by measure and then weekday (Monday is 1) and hour in the reader's zone."""

    series: dict[tuple[str, str], Slots] = field(default_factory=lambda: defaultdict(dict))
    histograms: dict[tuple[str, str], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    week: dict[str, dict[tuple[int, int], int]] = field(default_factory=lambda: defaultdict(dict))

    def total(self, measure: str, label: str | None = None) -> int:
        """How often something happened, of one kind or of any."""
        found = [kinds for (name, kind), kinds in self.histograms.items() if name == measure and label in (None, kind)]
        return sum(sum(kinds.values()) for kinds in found)

    def slots(self, measure: str, label: str | None = None) -> Slots:
        """The same by slot; slots in which nothing happened are not there."""
        summed: Slots = defaultdict(int)
        for (name, kind), slots in self.series.items():
            if name == measure and label in (None, kind):
                for slot, count in slots.items():
                    summed[slot] += count
        return dict(summed)


def counted(
    *, workspace_id: UUID, since: datetime, now: datetime, step: timedelta, zone: str, by_week: tuple[str, ...] = ()
) -> Counted:
    """What happened from `since` until now. `step` is a whole part of an hour, or an hour, or a day: then slots are the days
    of the zone. Checks no actor."""
    live_from = since if step < HOUR else _live_from(since, now)
    bounds = sources.bounds(since=live_from, until=now, step=min(step, HOUR), workspace_id=workspace_id)
    query = _KNOWN.format(everything=sources.everything(), group=_BY_DAY if step > HOUR else "slot")
    more = {"first": since, "zone": zone, "by_week": list(by_week)}
    found = Counted()
    for part, slot, measure, label, bucket, hour, count in statements.rows(query, bounds | more):
        if part == "series":
            found.series[measure, label][slot] = count
        elif part == "total":
            found.histograms[measure, label][bucket] = count
        else:
            found.week[measure][bucket, hour] = count
    return found


def _live_from(since: datetime, now: datetime) -> datetime:
    current = hour_of(now)
    first = max(hour_of(since), current - LIVE_MOST)
    ((found,),) = statements.rows(_LIVE_FROM, {"first": first, "current": current})
    return max(found or current, since)
