"""Agents that cost, or do, much more in an hour than they usually do: told once for that hour. Nothing is done about it
unless a policy says so."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from intents.kernel import clock, statements
from intents.kernel.unit_of_work import unit
from intents.mesh import breaches, policies, selectors
from intents.mesh.models import MeshBaseline

DAYS = 14
FEWEST_HOURS = 24
"""Of an agent that has worked in fewer hours nobody knows what is usual."""
SPREADS, TIMES = 6, 3
"""Unusual is what is so many spreads above the median, and so many times the median."""
SCALE = 1.4826
"""By so much the median of distances is less than a standard deviation, where things are distributed normally."""
LEAST = {policies.USUAL_COST: 0.1, policies.USUAL_INTENTS: 20}
"""Less in an hour is never unusual, in US dollars and intents."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Usual:
    """What an agent usually tells of an hour: the median, and the median distance from it."""

    median: float
    spread: float

    def most(self, limit: str) -> float:
        """More than this is unusual."""
        return max(self.median + SPREADS * SCALE * self.spread, TIMES * self.median, LEAST[limit])


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual for an agent, of so many hours."""

    hours: int
    cost: Usual
    intents: Usual


# Once an hour for each agent that tells of something in it, or did in the hour before.
_LEARN = f"""
WITH this AS MATERIALIZED (
    SELECT date_trunc('hour', {clock.START}, 'UTC') AS hour
), due AS MATERIALIZED (
    SELECT DISTINCT m.workspace_id, m.name FROM this JOIN intents_meshhour m ON m.hour >= this.hour - interval '1 hour'
    LEFT JOIN intents_meshbaseline b ON b.workspace_id = m.workspace_id AND b.name = m.name
    WHERE b.hour IS NULL OR b.hour < this.hour ORDER BY 1, 2 LIMIT {BATCH}
), told AS MATERIALIZED (
    SELECT d.workspace_id, d.name, m.hour, sum(m.cost_usd)::float8 AS cost, sum(m.intents)::float8 AS intents
    FROM this, due d JOIN intents_meshhour m ON m.workspace_id = d.workspace_id AND m.name = d.name
    WHERE m.hour >= this.hour - interval '{DAYS} days' AND m.hour < this.hour GROUP BY 1, 2, 3
), middle AS (
    SELECT workspace_id, name, count(*) AS hours, percentile_cont(0.5) WITHIN GROUP (ORDER BY cost) AS cost,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY intents) AS intents
    FROM told GROUP BY 1, 2
), spread AS (
    SELECT t.workspace_id, t.name, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(t.cost - m.cost)) AS cost,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(t.intents - m.intents)) AS intents
    FROM told t JOIN middle m ON m.workspace_id = t.workspace_id AND m.name = t.name GROUP BY 1, 2
)
INSERT INTO intents_meshbaseline AS b (
    id, workspace_id, name, hour, hours, cost_median, cost_spread, intents_median, intents_spread
)
SELECT gen_random_uuid(), d.workspace_id, d.name, this.hour, coalesce(m.hours, 0), coalesce(m.cost, 0), coalesce(s.cost, 0),
       coalesce(m.intents, 0), coalesce(s.intents, 0)
FROM this, due d
LEFT JOIN middle m ON m.workspace_id = d.workspace_id AND m.name = d.name
LEFT JOIN spread s ON s.workspace_id = d.workspace_id AND s.name = d.name
ORDER BY d.workspace_id, d.name
ON CONFLICT (workspace_id, name) DO UPDATE SET
    hour = excluded.hour, hours = excluded.hours, cost_median = excluded.cost_median, cost_spread = excluded.cost_spread,
    intents_median = excluded.intents_median, intents_spread = excluded.intents_spread
RETURNING b.id
"""

# The hour before as well: what came in its last minute. It is none of the hours by which it is judged itself.
_TOLD = f"""
SELECT m.workspace_id, m.name, m.hour, sum(m.cost_usd), sum(m.intents)::bigint, {statements.columns(MeshBaseline, "b")}
FROM (SELECT date_trunc('hour', {clock.START}, 'UTC') AS hour) this
JOIN intents_meshhour m ON m.hour >= this.hour - interval '1 hour'
JOIN intents_meshbaseline b ON b.workspace_id = m.workspace_id AND b.name = m.name
    AND b.hours >= {FEWEST_HOURS} + (m.hour < b.hour)::int
GROUP BY m.workspace_id, m.name, m.hour, b.id
HAVING sum(m.cost_usd) > %(cost)s OR sum(m.intents) > %(intents)s
"""


@dataclass(frozen=True, slots=True)
class _Unusual:
    workspace_id: UUID
    name: str
    hour: datetime
    limit: str
    told: Decimal
    usual: Usual


def look() -> int:
    """Learn what is usual of agents that told of something this hour, and tell what is not. Returns how much was not."""
    while len(statements.rows(_LEARN, {"now": clock.override()})) == BATCH:
        pass
    least = {"cost": LEAST[policies.USUAL_COST], "intents": LEAST[policies.USUAL_INTENTS]}
    rows = statements.rows(_TOLD, {"now": clock.override()} | least)
    found = [one for row in rows for one in _unusual(row)]
    for one in found:
        _tell(one)
    return len(found)


def _unusual(row: tuple[Any, ...]) -> list[_Unusual]:
    workspace_id, name, hour, cost, intents, *known = row
    usual = baseline_of(statements.made(MeshBaseline, known))
    parts = ((policies.USUAL_COST, cost, usual.cost), (policies.USUAL_INTENTS, Decimal(intents), usual.intents))
    return [_Unusual(workspace_id, name, hour, limit, told, of) for limit, told, of in parts if float(told) > of.most(limit)]


def baseline_of(row: MeshBaseline) -> Baseline:
    """What a row says is usual."""
    return Baseline(row.hours, Usual(row.cost_median, row.cost_spread), Usual(row.intents_median, row.intents_spread))


@unit
def _tell(one: _Unusual) -> None:
    limits = selectors.limits(one.workspace_id, [one.name])[one.name]
    details = {
        "agent": one.name,
        "policy": one.limit,
        "allowed": _short(one.usual.most(one.limit)),
        "usual": _short(one.usual.median),
        "this_hour": policies.plain(one.told),
        "action": str(limits.on_anomaly),
        "period": period(one.hour),
    }
    breaches.act(one.workspace_id, details)


def period(hour: datetime) -> str:
    """How what is unusual in an hour is noted."""
    return f"{hour:%Y-%m-%dT%H:00Z}"


def _short(amount: float) -> str:
    return policies.plain(Decimal(str(round(amount, 4))))
