"""What agents have spent and used of their limits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from intents.kernel import clock, statements
from intents.kernel.actors import Tenant
from intents.mesh import health as healths
from intents.mesh import policies, selectors
from intents.mesh.policies import Limits, LimitUse

_COUNTING = """
    JOIN intents_intent i ON i.id = r.intent_id
    LEFT JOIN intents_heartbeat h ON h.workspace_id = r.workspace_id AND h.name = r.name
"""
_COUNTS = f"""(
        i.status NOT IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT') OR (
            i.handler IS NOT NULL AND h.last_at <= i.updated_at
            AND i.updated_at > %(at)s::timestamptz - make_interval(secs => 2 * h.interval_seconds + {healths.SLACK_SECONDS})
        )
    )"""
"""What is set aside counts until the intent is over. If its agent had it in its hands, until that has told of its cost as
well: by the next heartbeat, for which two intervals are waited."""
_SPENT = f"""
SELECT n.name, (
    SELECT coalesce(sum(cost_usd), 0) FROM intents_meshhour
    WHERE workspace_id = %(workspace)s::uuid AND name = n.name AND hour >= date_trunc('day', %(at)s::timestamptz, 'UTC')
), (
    SELECT coalesce(sum(greatest(r.amount - r.told, 0)), 0)
    FROM intents_meshreservation r {_COUNTING}
    WHERE r.workspace_id = %(workspace)s::uuid AND r.name = n.name AND {_COUNTS}
), (
    SELECT coalesce(round(sum(cost_usd) / nullif(sum(intents), 0), 12), 0) FROM intents_meshhour
    WHERE workspace_id = %(workspace)s::uuid AND name = n.name AND hour >= %(at)s::timestamptz - interval '7 days'
)
FROM unnest(%(names)s::text[]) AS n(name)
"""


def spent(workspace_id: UUID, names: Sequence[str], *, now: datetime) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Of each of these agents in US dollars: what it told today, what is set aside beside that, and what an intent has cost
    on average in the last 7 days. Checks no actor."""
    rows = statements.rows(_SPENT, {"workspace": workspace_id, "names": list(names), "at": now})
    return {name: (told, reserved, average) for name, told, reserved, average in rows}


_RESERVED = f"""
SELECT r.name, sum(greatest(r.amount - r.told, 0)) FROM intents_meshreservation r {_COUNTING}
WHERE r.workspace_id = %(workspace)s::uuid AND {_COUNTS} GROUP BY r.name
"""


def reserved(workspace_id: UUID) -> dict[str, Decimal]:
    """What is set aside, of each agent that has any. Checks no actor."""
    return dict(statements.rows(_RESERVED, {"workspace": workspace_id, "at": clock.now()}))


_METERED = f"""
SELECT name, CASE WHEN hour = date_trunc('hour', {clock.START}, 'UTC') THEN hour_count ELSE 0 END,
       CASE WHEN day = date_trunc('day', {clock.START}, 'UTC') THEN day_count ELSE 0 END
FROM intents_meshmeter WHERE workspace_id = %(workspace)s::uuid AND name = ANY(%(names)s)
"""


def uses(workspace_id: UUID, limits: Mapping[str, Limits]) -> dict[str, LimitUse]:
    """What agents, by name, have used of their limits. Checks no actor."""
    names, now = list(limits), clock.now()
    params = {"workspace": workspace_id, "names": names, "now": clock.override()}
    counted = {name: (hour, day) for name, hour, day in statements.rows(_METERED, params)}
    found = {}
    for name, (told, aside, average) in spent(workspace_id, names, now=now).items():
        hour, day = counted.get(name, (0, 0))
        each = policies.reserve(limits[name], average=average)
        found[name] = LimitUse(hour=hour, day=day, spent=told, reserved=aside, each=each)
    return found


def used(workspace_id: UUID, name: str) -> LimitUse:
    """What an agent has used of its limits. Checks no actor."""
    return uses(workspace_id, selectors.limits(workspace_id, [name]))[name]


_KEYS = {
    "agent": "name",
    "intent_type": "intent_type",
    "model": "model",
    "hour": "to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:00\"Z\"')",
}


Part = tuple[str, int, Decimal]
MOST_PARTS = 1000


def spend(actor: Tenant, *, by: str, window: str, name: str | None = None) -> tuple[Decimal, list[Part]]:
    """What agents told they have cost, or the one of a name, and its parts, MOST_PARTS of them: the dearest first, hours in
    their order. An own key sees its agent's. Raises Denied for people who only decide."""
    own = selectors.narrowed(actor)
    if own is not None and name not in (None, own):
        return Decimal(0), []
    query = f"""
        SELECT sum(sum(cost_usd)) OVER (), {_KEYS[by]} AS key, sum(intents)::bigint, sum(cost_usd) FROM intents_meshhour
        WHERE workspace_id = %(workspace)s::uuid AND hour >= date_trunc(%(window)s::text, {clock.START}, 'UTC')
          AND (%(name)s::text IS NULL OR name = %(name)s)
        GROUP BY 2 ORDER BY {"2" if by == "hour" else "4 DESC, 2"} LIMIT {MOST_PARTS}
    """
    params = {"workspace": actor.workspace_id, "window": window, "name": own or name, "now": clock.override()}
    rows = statements.rows(query, params)
    return rows[0][0] if rows else Decimal(0), [(key, intents, cost) for _, key, intents, cost in rows]
