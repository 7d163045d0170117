"""Signs of fatigue in how people decide: how long it takes, what is decided faster than anybody reads, what was overturned,
and at which hours. Each person sees their own first; owners and admins those of all together, of at least LEAST_PEOPLE.

Counted are decisions that people made themselves, each vote by itself; what standing grants decide is not among them. When a
task was first shown to who decided is the time of its read receipt, which looking writes: deciding writes nothing for this.
A decision without a look before, as by the API or of many at once, says nothing of how fast it was.

A decision is **overturned** (OVERTURNED, the one definition) when its person undid it, when a later stage sent it back, or
when it was a vote and the task ended otherwise: by the votes of others, by whom it escalated to, or by an override.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from inbox.operations import deciding
from inbox.operations.measures import TimeRange
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied, MissingActorToken
from intents.rollups.sources import SKEW

FAST_SECONDS = 2
"""Nobody reads and decides in less."""
LEAST_PEOPLE = 5
"""Who decided in the time, for numbers of all together to be shown: of fewer they would tell of each."""
STREAK = 5
"""So many fast decisions in a row, the last of them within STREAK_AGE, and a break is suggested."""
STREAK_AGE = timedelta(hours=1)
STREAK_LONGEST = timedelta(days=1)
"""What was before belongs to no series of now."""
LOOKED_BACK = 50

# A receipt's id begins with the milliseconds at which it was made.
_SEEN_AT = "to_timestamp(('x' || left(replace(r.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"
OVERTURNED = """(coalesce(d.void_reason IN ('taken_back', 'returned'), false)
    OR (NOT d.final AND t.outcome IS NOT NULL AND t.outcome <> d.outcome))"""
"""SQL of whether a decision `d` of the task `t` was overturned."""
_MADE = f"""
SELECT d.id, d.person_id, d.at, {OVERTURNED} AS overturned, extract(epoch FROM d.at - t.assigned_at)::float8 AS took,
       extract(epoch FROM d.at - {_SEEN_AT})::float8 AS thought
FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
LEFT JOIN inbox_opened r ON r.user_id = d.person_id AND r.task_id = d.task_id
WHERE d.workspace_id = %(workspace)s AND d.channel <> 'grant' AND d.person_id = %(user)s::uuid
  AND (d.void_reason IS NULL OR d.void_reason IN ('taken_back', 'returned'))
"""
_QUANTILES = ", ".join(
    f"percentile_cont({share}) WITHIN GROUP (ORDER BY {name}) FILTER (WHERE {name} >= 0)"
    for name in ("thought", "took")
    for share in (0.5, 0.9)
)
_FIGURES = f"""
WITH made AS MATERIALIZED ({_MADE} AND d.id >= %(low)s AND d.at >= %(since)s),
hours AS (
    SELECT extract(hour FROM at AT TIME ZONE %(zone)s)::int AS hour, count(*) AS decided,
           count(*) FILTER (WHERE thought >= 0 AND thought < {FAST_SECONDS}) AS fast
    FROM made GROUP BY 1
)
SELECT count(*), count(*) FILTER (WHERE thought >= 0), count(*) FILTER (WHERE thought >= 0 AND thought < {FAST_SECONDS}),
       count(*) FILTER (WHERE overturned), {_QUANTILES},
       coalesce((SELECT json_agg(json_build_array(hour, decided, fast)) FROM hours), '[]')
FROM made
"""
# By the index of what may have been: a decision may be overturned long after its hour was counted.
_OVERTURNED = f"""
SELECT count(*) FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
WHERE d.workspace_id = %(workspace)s AND d.id >= %(since_low)s AND d.at >= %(since)s AND d.channel <> 'grant'
  AND (d.void_reason IN ('returned', 'taken_back') OR NOT d.final)
  AND (d.void_reason IS NULL OR d.void_reason IN ('returned', 'taken_back')) AND {OVERTURNED}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFigures:
    """`looked` are decisions with a look before, `fast` those of them made within FAST_SECONDS of the first. Quantiles are
    seconds: `thought` from the first look, `took` from the assignment, each the half and 90 %. `hours` are decisions by the
    hour of the day, all and the fast ones."""

    decided: int = 0
    people: int = 0
    looked: int = 0
    fast: int = 0
    overturned: int = 0
    thought: tuple[float | None, float | None] = (None, None)
    took: tuple[float | None, float | None] = (None, None)
    hours: Sequence[tuple[int, int]] = field(default_factory=lambda: [(0, 0)] * 24)

    @property
    def fast_share(self) -> float | None:
        """Of those after a look."""
        return self.fast / self.looked if self.looked else None

    @property
    def overturned_share(self) -> float | None:
        """Of all."""
        return self.overturned / self.decided if self.decided else None


def own_figures(actor: Actor, span: TimeRange, *, zone: str) -> DecisionFigures:
    """How the actor decided, by the hours of `zone`. Raises MissingActorToken for machines."""
    if not isinstance(actor, Person):
        raise MissingActorToken("these are a person's own numbers: send their token as Authorization: Bearer")
    since = clock.now() - span.length
    params = {"workspace": actor.workspace_id, "user": actor.user_id, "since": since, "zone": zone}
    ((decided, looked, fast, overturned, *quantiles, by_hour),) = statements.rows(
        _FIGURES, params | {"low": clock.first_id(since - SKEW)}
    )
    return DecisionFigures(
        decided=decided,
        people=1 if decided else 0,
        looked=looked,
        fast=fast,
        overturned=overturned,
        thought=(quantiles[0], quantiles[1]),
        took=(quantiles[2], quantiles[3]),
        hours=_hours(by_hour),
    )


def team_figures(actor: Actor, span: TimeRange, *, zone: str) -> DecisionFigures | None:
    """How everybody of the actor's workspace decided together; None while fewer than LEAST_PEOPLE did. Hours of the day are
    those in which a counted hour begins. Raises Denied for all but owners and admins."""
    if not isinstance(actor, Person) or actor.role not in ADMINS:
        raise Denied("only an owner or an admin sees how others decide, with a person's token")
    params = deciding.bounds(actor.workspace_id, span.length) | {"zone": zone, "fast": FAST_SECONDS}
    ((decided, people, looked, fast, thought, took, by_hour),) = statements.rows(deciding.READ_TEAM, params)
    if people < LEAST_PEOPLE:
        return None
    ((overturned,),) = statements.rows(_OVERTURNED, params)
    return DecisionFigures(
        decided=decided,
        people=people,
        looked=looked,
        fast=fast,
        overturned=overturned,
        thought=tuple(thought) if thought else (None, None),
        took=tuple(took) if took else (None, None),
        hours=_hours(by_hour),
    )


def _hours(counted: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    there = {hour: (all_of_it, quick) for hour, all_of_it, quick in counted}
    return [there.get(hour, (0, 0)) for hour in range(24)]


# Ids begin with the time they were made at: without an end, whoever decides little has all of everybody's decisions read.
_LATEST = f"""
SELECT id, at, thought FROM ({_MADE} AND d.id >= %(low)s ORDER BY d.id DESC LIMIT {LOOKED_BACK}) latest ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True)
class Streak:
    """The latest decisions of a person, all of them fast; `last` is the id of the latest."""

    count: int
    last: UUID


def streak(person: Person) -> Streak | None:
    """The fast decisions that a person made just now without a slower one between, where they are STREAK at least."""
    low = clock.first_id(clock.now() - STREAK_LONGEST - SKEW)
    rows = statements.rows(_LATEST, {"workspace": person.workspace_id, "user": person.user_id, "low": low})
    if not rows or clock.now() - rows[0][1] > STREAK_AGE:
        return None
    slower = (place for place, (_, _, thought) in enumerate(rows) if thought is None or not 0 <= thought < FAST_SECONDS)
    count = next(slower, len(rows))
    return Streak(count, rows[0][0]) if count >= STREAK else None


def sees_each(workspace_id: UUID) -> bool:
    """Whether owners and admins of a workspace see how each person decides. Checks no actor."""
    found = "SELECT per_person FROM inbox_decisionvisibility WHERE workspace_id = %s"
    return any(row[0] for row in statements.rows(found, [workspace_id]))


_LARGE = f"""
SELECT split_part(a.principal, ':', 2)::uuid FROM inbox_decision d
JOIN inbox_assignment a ON a.task_id = d.task_id AND a.principal LIKE 'group:%%'
WHERE d.workspace_id = %(workspace)s AND d.id >= %(low)s AND d.channel <> 'grant' AND d.void_at IS NULL
GROUP BY a.principal HAVING count(DISTINCT d.person_id) >= {LEAST_PEOPLE}
"""


def large_groups(workspace_id: UUID, span: TimeRange) -> set[UUID]:
    """The groups of a workspace to which so many people's decisions were assigned that their numbers tell of nobody. Checks
    no actor."""
    params = {"workspace": workspace_id, "low": clock.first_id(clock.now() - span.length)}
    return {row[0] for row in statements.rows(_LARGE, params)}


def shape(found: DecisionFigures) -> dict[str, Any]:
    """Figures for programs: lengths of time in seconds, shares from 0 to 1."""
    (half, most), (took_half, took_most) = found.thought, found.took
    return {
        "decided": found.decided,
        "looked": found.looked,
        "fast": found.fast,
        "fast_share": found.fast_share,
        "overturned": found.overturned,
        "overturned_share": found.overturned_share,
        "after_look_seconds": {"p50": half, "p90": most},
        "decide_seconds": {"p50": took_half, "p90": took_most},
        "hours": [{"hour": hour, "decided": one, "fast": fast} for hour, (one, fast) in enumerate(found.hours)],
    }
