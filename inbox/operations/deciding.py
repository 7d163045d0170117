"""What is counted of how people decide, in each hour and for each of them: the one definition, of the table and of reading
the rows themselves.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from inbox.vocabulary import principals
from intents.kernel import clock
from intents.rollups import folding
from intents.rollups.sources import SKEW, OwnTable, slot

CHARACTERS_A_SECOND = 40
"""Nobody reads more: it is twice as fast as people read prose."""

# A receipt's id begins with the milliseconds at which it was made.
_SEEN_AT = "to_timestamp(('x' || left(replace(r.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"
_COUNTS = "decided, undone, returned, expired, looked, hasty, reminders"
_COLUMNS = f"workspace_id, hour, principal, {_COUNTS}, looks, takes, thoughts, others"
_STANDS = "how = 'stands'"
# Decisions by their ids; what expired of each workspace by its own index.
COUNTED = f"""
WITH made AS MATERIALIZED (
    SELECT d.workspace_id, {slot("d.at")} AS slot, d.person_id, d.task_id, t.reminded,
           coalesce(d.void_reason, 'stands') AS how,
           extract(epoch FROM d.at - t.assigned_at)::float8 AS took,
           extract(epoch FROM {_SEEN_AT} - t.assigned_at)::float8 AS looked,
           extract(epoch FROM d.at - {_SEEN_AT})::float8 AS thought,
           (length(t.title) + length(coalesce(t.spec::json ->> 'description', '')) + length(b.payload))::float8
               / {CHARACTERS_A_SECOND} AS reading
    FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
    LEFT JOIN intents_intentbody b ON b.intent_id = t.intent_id
    LEFT JOIN inbox_opened r ON r.user_id = d.person_id AND r.task_id = t.id
    WHERE d.id >= %(low)s AND d.id < %(high)s AND d.at >= %(since)s AND d.at < %(until)s
      AND (%(workspace)s::uuid IS NULL OR d.workspace_id = %(workspace)s::uuid)
      AND (d.void_reason IS NULL OR d.void_reason IN ('taken_back', 'returned')) AND d.channel <> 'grant'
), ended AS MATERIALIZED (
    SELECT w.id AS workspace_id, t.slot, a.principal
    FROM intents_workspace w CROSS JOIN LATERAL (
        SELECT id, {slot("over_at")} AS slot FROM inbox_task
        WHERE workspace_id = w.id AND over_at >= %(since)s AND over_at < %(until)s AND state = 'expired'
    ) t JOIN inbox_assignment a ON a.task_id = t.id
    WHERE (%(workspace)s::uuid IS NULL OR w.id = %(workspace)s::uuid)
      AND (a.principal LIKE 'user:%%' OR a.principal LIKE 'group:%%')
), facts AS (
    SELECT workspace_id, slot, 'user:' || person_id AS principal, how, reminded, took, looked, thought, reading FROM made
    UNION ALL
    SELECT m.workspace_id, slot, a.principal, how, reminded, took, looked, thought, reading
    FROM made m JOIN inbox_assignment a ON a.task_id = m.task_id AND a.principal LIKE 'group:%%'
    UNION ALL
    SELECT workspace_id, slot, principal, 'expired', NULL, NULL, NULL, NULL, NULL FROM ended
)
SELECT workspace_id, slot, principal, count(*) FILTER (WHERE {_STANDS}), count(*) FILTER (WHERE how = 'taken_back'),
       count(*) FILTER (WHERE how = 'returned'), count(*) FILTER (WHERE how = 'expired'),
       count(*) FILTER (WHERE {_STANDS} AND thought >= 0),
       count(*) FILTER (WHERE {_STANDS} AND thought >= 0 AND thought < reading),
       coalesce(sum(reminded) FILTER (WHERE {_STANDS}), 0),
       coalesce(array_agg(greatest(looked, 0)) FILTER (WHERE {_STANDS} AND looked IS NOT NULL), '{{}}'),
       coalesce(array_agg(took) FILTER (WHERE {_STANDS}), '{{}}'),
       coalesce(array_agg(thought) FILTER (WHERE thought >= 0), '{{}}'),
       coalesce(array_agg(took) FILTER (WHERE NOT {_STANDS} AND took IS NOT NULL), '{{}}')
FROM facts GROUP BY 1, 2, 3
"""
"""With the parameters of a source of `intents.rollups`."""

TABLE = OwnTable("inbox_decidinghour", f"INSERT INTO inbox_decidinghour ({_COLUMNS}) {COUNTED}")

_ALL = "decided + undone + returned"
"""SQL of how many decisions were made, whatever became of them."""
_SUMS = ("decided", "undone", "expired", "looked", "hasty", "reminders")
METRICS = f"""
WITH live ({_COLUMNS}) AS MATERIALIZED (
    SELECT * FROM ({{before}}) before UNION ALL SELECT * FROM ({{after}}) after
), summed AS MATERIALIZED (
    SELECT principal, {", ".join(f"sum({name}) AS {name}" for name in _SUMS)} FROM (
        SELECT principal, {", ".join(_SUMS)} FROM inbox_decidinghour
        WHERE workspace_id = %(workspace)s::uuid AND hour >= %(first)s AND hour < %(last)s
          AND (%(only)s::text[] IS NULL OR principal = ANY(%(only)s::text[]))
        UNION ALL
        SELECT principal, {", ".join(_SUMS)} FROM live
        WHERE %(only)s::text[] IS NULL OR principal = ANY(%(only)s::text[])
    ) every GROUP BY principal HAVING sum(decided + undone + expired) > 0
)
SELECT split_part(s.principal, ':', 2)::uuid, coalesce(g.name, nullif(u.name, ''), u.email, ''),
       s.principal LIKE 'group:%%', {", ".join(f"s.{name}::int" for name in _SUMS)},
       {{look}}, {{take}}
FROM summed s
LEFT JOIN intents_user u ON u.id = {principals.id_in("s.principal", "user")}
LEFT JOIN intents_group g ON g.id = {principals.id_in("s.principal", "group")}
ORDER BY 3, 4 DESC, 2
"""
# Of one after the other by their index: sorting the times of all by whose they are takes longer.
_MEDIAN = """(
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
        SELECT unnest(h.{times}) AS seconds FROM inbox_decidinghour h
        WHERE h.workspace_id = %(workspace)s::uuid AND h.principal = s.principal
          AND h.hour >= %(first)s AND h.hour < %(last)s
        UNION ALL
        SELECT unnest(l.{times}) FROM live l WHERE l.principal = s.principal
    ) every
)"""


# Of all people together. What is overturned may be long after, so it is looked up: few are.
_TEAM = f"""
WITH live ({_COLUMNS}) AS MATERIALIZED (
    SELECT * FROM ({{before}}) before UNION ALL SELECT * FROM ({{after}}) after
), every AS MATERIALIZED (
    SELECT hour, principal, {_ALL} AS made, thoughts, takes, others FROM inbox_decidinghour
    WHERE workspace_id = %(workspace)s::uuid AND hour >= %(first)s AND hour < %(last)s AND principal LIKE 'user:%%'
    UNION ALL
    SELECT hour, principal, {_ALL}, thoughts, takes, others FROM live WHERE principal LIKE 'user:%%'
), hours AS (
    SELECT extract(hour FROM hour AT TIME ZONE %(zone)s)::int AS hour, sum(made) AS made,
           sum((SELECT count(*) FROM unnest(thoughts) AS thought WHERE thought < %(fast)s)) AS fast
    FROM every WHERE made > 0 GROUP BY 1
), thought AS (
    SELECT count(*) AS number, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) AS quantiles
    FROM (SELECT unnest(thoughts) AS seconds FROM every) s
), took AS (
    SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) AS quantiles
    FROM (SELECT unnest(takes || others) AS seconds FROM every) s WHERE seconds >= 0
)
SELECT (SELECT coalesce(sum(made), 0)::int FROM hours), (SELECT count(DISTINCT principal) FROM every WHERE made > 0),
       (SELECT number FROM thought), (SELECT coalesce(sum(fast), 0)::int FROM hours),
       (SELECT quantiles FROM thought), (SELECT quantiles FROM took),
       coalesce((SELECT json_agg(json_build_array(hour, made, fast)) FROM hours), '[]')
"""


def _between(since: str, until: str) -> str:
    """COUNTED with other names for its bounds."""
    named = {"since": since, "until": until, "low": f"{since}_low", "high": f"{until}_high"}
    query = COUNTED
    for name, other in named.items():
        query = query.replace(f"%({name})s", f"%({other})s")
    return query


READ = METRICS.format(
    before=_between("since", "first"),
    after=_between("last", "now"),
    look=_MEDIAN.format(times="looks"),
    take=_MEDIAN.format(times="takes"),
)
"""What is known of a workspace from `since` until `now`: the hours from `first` until before `last` from the table, the rest
from the rows themselves. With `only` some principals."""
READ_TEAM = _TEAM.format(before=_between("since", "first"), after=_between("last", "now"))
"""The same of all people together: decisions, people, those with a look before, those within `fast` seconds of it, the half
and 90 % of the seconds from the look and from the assignment, and decisions and fast ones by the hour of `zone`."""


def bounds(workspace_id: UUID, length: timedelta) -> dict[str, Any]:
    """The parameters of READ but `only`, and of READ_TEAM but `zone` and `fast`, for so long up to now."""
    now = clock.now()
    since = now - length
    # Hours that are counted whole; the first is cut by the span, and those that nobody has counted yet come last.
    first = folding.hour_of(since) + folding.HOUR
    last = max(first, folding.counted_until(first, now))
    known = {"workspace": workspace_id, "step": timedelta(hours=1)}
    until = now + SKEW  # of the clock that decisions are stamped by
    known |= {"since": since, "first": first, "last": last, "now": until}
    known |= {"since_low": clock.first_id(since - SKEW), "first_high": clock.first_id(first + SKEW)}
    return known | {"last_low": clock.first_id(last - SKEW), "now_high": clock.first_id(until + SKEW)}
