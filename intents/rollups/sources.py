"""What is counted: a registry of statements, to which the applications above add their own.

A source is a SELECT of (workspace, slot, measure, label, bucket, count), the slots being `slot` of a time, over what
happened from `since` until before `until`, in one `workspace` or, when that is null, in all. New rows have ids from `low`
until before `high`, by which they are found without an index of their own.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, EventType
from intents.kernel import clock
from intents.rollups.histogram import bucket_sql

ARRIVED, ENDED, WAITED = "arrived", "ended", "waited"
"""Measures of intents: submitted; at an end, by status; a wait over, by its reason."""

SKEW = timedelta(minutes=10)
"""How far the clock of a process, by which ids are made, may be from the database's."""


def slot(at: str) -> str:
    """SQL for the slot of `step` length that a time is in."""
    return f"date_bin(%(step)s::interval, {at}, timestamptz '2000-01-01 00:00+00')"


_ENDINGS = ", ".join(f"'{status.value}'" for status in sorted(TERMINAL))
_ENDING_EVENTS = ", ".join(f"'intent.{status.value.lower()}'" for status in sorted(TERMINAL))
_SECONDS = "extract(epoch FROM w.ended_at - w.opened_at)"

# A wait ends with an event of its intent, so that the events lead to it.
INTENTS = f"""
WITH happened AS MATERIALIZED (
    SELECT workspace_id, intent_id, event_type, status, {slot("at")} AS slot FROM intents_intentevent
    WHERE id >= %(low)s AND id < %(high)s AND at >= %(since)s AND at < %(until)s
      AND (%(workspace)s::uuid IS NULL OR workspace_id = %(workspace)s::uuid)
)
SELECT workspace_id, slot, '{ARRIVED}', '', 0::smallint, count(*) FROM happened
WHERE event_type = '{EventType.CREATED}' GROUP BY 1, 2
UNION ALL
SELECT workspace_id, slot, '{ENDED}', status, 0::smallint, count(*) FROM happened
WHERE event_type IN ({_ENDING_EVENTS}) AND status IN ({_ENDINGS}) GROUP BY 1, 2, 4
UNION ALL
SELECT w.workspace_id, {slot("w.ended_at")}, '{WAITED}', w.reason, {bucket_sql(_SECONDS)}, count(*)
FROM (SELECT DISTINCT intent_id FROM happened) h JOIN intents_wait w ON w.intent_id = h.intent_id
WHERE w.ended_at >= %(since)s AND w.ended_at < %(until)s GROUP BY 1, 2, 4, 5
"""

_sources = [INTENTS]


def register(source: str) -> None:
    """Have `source` counted too."""
    if source not in _sources:
        _sources.append(source)
        everything.cache_clear()


class OwnTable(NamedTuple):
    """A table with an `hour` in which an application above keeps what the table of all counts cannot hold. `fill` inserts an
    hour's rows, with the parameters of a source."""

    name: str
    fill: str


own_tables: list[OwnTable] = []


def register_table(table: OwnTable) -> None:
    """Have `table` filled, hour by hour, along with the counts."""
    if table not in own_tables:
        own_tables.append(table)


@cache
def everything() -> str:
    """SQL for a table of all that is counted: workspace_id, slot, measure, label, bucket, count."""
    parts = " UNION ALL ".join(f"({source})" for source in _sources)
    return f"({parts}) AS counted (workspace_id, slot, measure, label, bucket, count)"


def bounds(*, since: datetime, until: datetime, step: timedelta, workspace_id: UUID | None = None) -> dict[str, Any]:
    """The parameters of `everything`."""
    return {
        "since": since,
        "until": until,
        "step": step,
        "low": clock.first_id(since - SKEW),
        "high": clock.first_id(until + SKEW),
        "workspace": workspace_id,
    }
