"""How the agents of a workspace are: who has called lately, who has work and does not come for it, who does not keep up.

An agent here is an address that work is sent to: a registered one, or one that nobody registered and that has work waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from inbox.operations.permissions import ensure_may_watch
from intents.accounts import bindings
from intents.kernel import clock, statements
from intents.kernel.actors import Actor

SILENT = timedelta(minutes=5)
"""An agent that has not called for so long is away. A stream calls once a minute at least, and calls are noted as often."""
LATE = timedelta(minutes=15)
"""An agent whose oldest work waits for so long does not keep up."""
SPAN = timedelta(hours=24)
COUNTED = 5000
"""So many of an agent's intents of the last SPAN are counted, the newest."""


class Health(StrEnum):
    """`suspended` may not work; `silent` has work and does not come for it, or does not take it when called; `overloaded`
    comes, but its oldest work has waited for LATE; `idle` has no work and has not called for SILENT; `healthy` is the
    rest."""

    HEALTHY = "healthy"
    SILENT = "silent"
    OVERLOADED = "overloaded"
    IDLE = "idle"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What is known of an agent now. `id` is None for an address that nobody registered, `mode` how work reaches it.

    `backlog` is how much waits to be delivered to it, `oldest_at` since when; `leased` how much it has; `failing` how many
    pushes wait for another try. `called_at` is its last call, noted once a minute. `keys` are those in force, made between
    `oldest_key_at` and now, the next of which ends at `key_ends_at`.
    """

    name: str
    id: UUID | None
    display_name: str
    status: str
    mode: str
    backlog: int
    oldest_at: datetime | None
    leased: int
    failing: int
    called_at: datetime | None
    keys: int
    oldest_key_at: datetime | None
    key_ends_at: datetime | None
    now: datetime
    health: Health = Health.HEALTHY


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What became of the newest COUNTED intents that came to an agent in the last SPAN: how many came, how many are
    completed and how many ended otherwise, and the seconds from coming to the end, of half and of 95 % of them at most."""

    came: int = 0
    completed: int = 0
    failed: int = 0
    canceled: int = 0
    p50_seconds: float | None = None
    p95_seconds: float | None = None

    @property
    def success(self) -> float | None:
        """The share of those that were completed among those that were or failed, 0 to 1. What was canceled is nobody's."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An agent, and what it did lately."""

    facts: AgentFacts
    performance: Performance


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """Agents in the order of their names. `total` is how many match."""

    items: list[AgentSeen]
    total: int
    counts: dict[Health, int]
    last: str | None


def health(facts: AgentFacts) -> Health:
    """The one definition of how an agent is."""
    work = facts.backlog or facts.leased
    away = facts.called_at is None or facts.now - facts.called_at > SILENT
    comes = not any(facts.mode in one.modes for one in bindings.carried_out())
    if facts.status == "suspended":
        return Health.SUSPENDED
    if facts.failing or (work and away and comes):
        return Health.SILENT
    if facts.oldest_at is not None and facts.now - facts.oldest_at > LATE:
        return Health.OVERLOADED
    return Health.HEALTHY if work or not away else Health.IDLE


_FACTS = f"""
WITH work AS (
    SELECT target, count(*) FILTER (WHERE state = 'ready') AS ready, count(*) FILTER (WHERE state = 'leased') AS leased,
           min(created_at) FILTER (WHERE state = 'ready') AS oldest_at
    FROM (
        SELECT target, state, created_at FROM intents_delivery
        WHERE workspace_id = %(workspace)s AND hands_out AND state = 'ready'
        UNION ALL
        SELECT target, state, created_at FROM intents_delivery
        WHERE workspace_id = %(workspace)s AND hands_out AND state = 'leased'
    ) d GROUP BY target
), key AS (
    SELECT agent_id, max(last_used_at) AS called_at,
           count(*) FILTER (WHERE live) AS keys, min(created_at) FILTER (WHERE live) AS oldest_at,
           min(expires_at) FILTER (WHERE live) AS ends_at
    FROM (
        SELECT *, revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {clock.START}) AS live
        FROM intents_agentkey WHERE workspace_id = %(workspace)s
    ) k GROUP BY agent_id
), agent AS (
    SELECT * FROM intents_agent WHERE workspace_id = %(workspace)s AND status <> 'deleted'
), failing AS (
    SELECT agent_id, count(*) AS pushes FROM intents_push
    WHERE state IN ('ready', 'leased') AND attempt > 0 AND agent_id IN (SELECT id FROM agent)
      AND (state = 'ready' OR attempt > 1)
    GROUP BY agent_id
)
SELECT coalesce(a.name, w.target), a.id, coalesce(a.display_name, ''), coalesce(a.status, 'unregistered'),
       coalesce(a.delivery_mode, 'stream'),
       coalesce(w.ready, 0), w.oldest_at, coalesce(w.leased, 0), coalesce(f.pushes, 0), k.called_at,
       coalesce(k.keys, 0), k.oldest_at, k.ends_at, {clock.START}
FROM agent a FULL JOIN work w ON w.target = a.name
LEFT JOIN key k ON k.agent_id = a.id LEFT JOIN failing f ON f.agent_id = a.id
"""
_FIELDS = (
    *("name", "id", "display_name", "status", "mode", "backlog", "oldest_at", "leased", "failing", "called_at"),
    *("keys", "oldest_key_at", "key_ends_at", "now"),
)


def facts(actor: Actor) -> list[AgentFacts]:
    """All agents of the actor's workspace, by name. Raises Denied."""
    person = ensure_may_watch(actor)
    rows = statements.rows(_FACTS, {"workspace": person.workspace_id, "now": clock.override()})
    found = [AgentFacts(**dict(zip(_FIELDS, row, strict=True))) for row in rows]
    # Not as the database sorts texts: a page goes on after a name as it compares here.
    return [replace(one, health=health(one)) for one in sorted(found, key=lambda one: one.name)]


def counts(found: Sequence[AgentFacts]) -> dict[Health, int]:
    """How many of these there are of each health."""
    return {one: sum(agent.health is one for agent in found) for one in Health}


def page(actor: Actor, *, only: Health | None = None, after: str | None = None, limit: int = 50) -> AgentsPage:
    """The agents, those of one health alone if asked, after the name of the page before. Raises Denied."""
    every = facts(actor)
    matching = [one for one in every if only is None or one.health is only]
    rest = [one for one in matching if after is None or one.name > after]
    shown = rest[:limit]
    did = performance(ensure_may_watch(actor).workspace_id, [one.name for one in shown], now=shown[0].now) if shown else {}
    items = [AgentSeen(one, did.get(one.name, Performance())) for one in shown]
    return AgentsPage(items, len(matching), counts(every), shown[-1].name if len(rest) > limit else None)


# Ids begin with the time they were made at, so the index of a mailbox finds the newest.
_PERFORMANCE = f"""
SELECT asked.name, count(*), count(*) FILTER (WHERE i.status = 'COMPLETED'),
       count(*) FILTER (WHERE i.status IN ('FAILED', 'TIMED_OUT')), count(*) FILTER (WHERE i.status = 'CANCELED'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY i.seconds) FILTER (WHERE i.status = 'COMPLETED'),
       percentile_disc(0.95) WITHIN GROUP (ORDER BY i.seconds) FILTER (WHERE i.status = 'COMPLETED')
FROM unnest(%(names)s::text[]) AS asked (name), LATERAL (
    SELECT status, extract(epoch FROM updated_at - created_at)::float8 AS seconds FROM intents_intent
    WHERE workspace_id = %(workspace)s AND mailbox = asked.name AND id > %(since)s ORDER BY id DESC LIMIT {COUNTED}
) i GROUP BY asked.name
"""


def performance(workspace_id: UUID, names: Sequence[str], *, now: datetime) -> dict[str, Performance]:
    """What agents did lately, by name. Checks no actor."""
    params: dict[str, Any] = {"workspace": workspace_id, "names": list(names), "since": clock.first_id(now - SPAN)}
    return {
        name: Performance(came=came, completed=done, failed=failed, canceled=canceled, p50_seconds=p50, p95_seconds=p95)
        for name, came, done, failed, canceled, p50, p95 in statements.rows(_PERFORMANCE, params)
    }
