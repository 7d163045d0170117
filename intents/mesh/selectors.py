"""What is known of the agents of a workspace: the fleet, one agent, and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from intents.accounts import seeing
from intents.accounts.models import EVERYTHING, Agent, AgentPolicy, AgentStatus, AgentStop, Workspace
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Tenant
from intents.kernel.addresses import in_path, local_name
from intents.kernel.errors import AgentNotFound, InvalidAddress, NotSupported
from intents.mesh import health as healths
from intents.mesh import hearing, months
from intents.mesh.health import Health, Signs
from intents.mesh.models import Heartbeat, MeshBaseline, MeshBreach, MeshEvent
from intents.mesh.policies import USUAL_COST, USUAL_INTENTS, Limits, effective

ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshAgent:
    """An agent as the mesh has it. `id` is that of its registration, or of its heartbeats where it has none. `state` is
    ACTIVE or how it is stopped. The sums are of the window that was asked for; that of the month is 0 where it was not.
    `unusual` is what of policies.USUAL it has gone beyond this hour."""

    id: UUID
    name: str
    registered: bool
    display_name: str
    state: str
    reason: str
    stopped_by: str
    stopped_at: datetime | None
    by_policy: bool
    created_at: datetime
    heartbeat_at: datetime | None
    up_since: datetime | None
    interval_seconds: float | None
    metrics: dict[str, Any]
    metadata: dict[str, Any]
    intents: int
    succeeded: int
    failed: int
    latency_ms: Decimal
    cost_usd: Decimal
    this_hour: int
    hour_usd: Decimal
    unusual: list[str]
    backlog: int
    leased: int
    oldest_at: datetime | None
    now: datetime
    health: Health = Health.UNKNOWN
    stuck: bool = False
    month_usd: Decimal = Decimal(0)


# What was counted lies in few rows; deliveries are found by the indexes of those that are open.
_FLEET = f"""
WITH moment AS MATERIALIZED (
    SELECT {clock.START} AS now
), agent AS (
    SELECT * FROM intents_agent
    WHERE workspace_id = %(workspace)s::uuid AND status <> 'deleted' AND (%(name)s::text IS NULL OR name = %(name)s)
), beat AS (
    SELECT * FROM intents_heartbeat
    WHERE workspace_id = %(workspace)s::uuid AND (%(name)s::text IS NULL OR name = %(name)s)
), stop AS (
    SELECT * FROM intents_agentstop
    WHERE workspace_id = %(workspace)s::uuid AND name <> '{EVERYTHING}' AND (%(name)s::text IS NULL OR name = %(name)s)
), counted AS (
    SELECT name, sum(intents)::bigint AS intents, sum(succeeded)::bigint AS succeeded, sum(failed)::bigint AS failed,
           sum(latency_ms) AS latency_ms, sum(cost_usd) AS cost_usd,
           sum(intents) FILTER (WHERE hour = this_hour)::bigint AS this_hour,
           sum(cost_usd) FILTER (WHERE hour = this_hour) AS hour_usd
    FROM (
        SELECT m.*, date_trunc('hour', now, 'UTC') AS this_hour
        FROM intents_meshhour m, moment
        WHERE workspace_id = %(workspace)s::uuid AND (%(name)s::text IS NULL OR name = %(name)s)
          AND hour >= date_trunc(%(window)s::text, now, 'UTC')
    ) m
    GROUP BY name
), work AS (
    SELECT target, count(*) FILTER (WHERE state = 'ready') AS ready, count(*) FILTER (WHERE state = 'leased') AS leased,
           min(created_at) FILTER (WHERE state = 'ready') AS oldest_at
    FROM (
        SELECT target, state, created_at FROM intents_delivery
        WHERE workspace_id = %(workspace)s::uuid AND hands_out AND state = 'ready'
        UNION ALL
        SELECT target, state, created_at FROM intents_delivery
        WHERE workspace_id = %(workspace)s::uuid AND hands_out AND state = 'leased'
    ) d WHERE %(name)s::text IS NULL OR target = %(name)s GROUP BY target
)
SELECT coalesce(a.id, b.id, s.id), coalesce(a.name, b.name, s.name), a.id IS NOT NULL, coalesce(a.display_name, ''),
       coalesce(s.state, CASE WHEN a.status = 'suspended' THEN a.status END, '{ACTIVE}'), coalesce(s.reason, ''),
       coalesce(s.by, ''), s.at, coalesce(s.by_policy, false), coalesce(a.created_at, b.first_at, s.at), b.last_at,
       b.up_since, b.interval_seconds, coalesce(b.metrics, '{{}}'), coalesce(b.metadata, '{{}}'), coalesce(c.intents, 0),
       coalesce(c.succeeded, 0), coalesce(c.failed, 0), coalesce(c.latency_ms, 0), coalesce(c.cost_usd, 0),
       coalesce(c.this_hour, 0), coalesce(c.hour_usd, 0),
       ARRAY(
           SELECT "limit" FROM intents_meshbreach
           WHERE workspace_id = %(workspace)s::uuid AND name = coalesce(a.name, b.name, s.name)
             AND "limit" IN ('{USUAL_COST}', '{USUAL_INTENTS}')
             AND period = to_char(moment.now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00"Z"') ORDER BY "limit"
       ), coalesce(w.ready, 0), coalesce(w.leased, 0), w.oldest_at, moment.now,
       {hearing.SINCE}, {hearing.UNTIL}, coalesce(b.health = '{Health.UNREACHABLE}' AND b.check_at IS NULL, false)
FROM agent a FULL JOIN beat b ON b.name = a.name FULL JOIN stop s ON s.name = coalesce(a.name, b.name)
LEFT JOIN counted c ON c.name = coalesce(a.name, b.name, s.name)
LEFT JOIN work w ON w.target = coalesce(a.name, b.name, s.name)
CROSS JOIN moment LEFT JOIN intents_pulse pulse ON true
ORDER BY coalesce(a.name, b.name, s.name) COLLATE "C"
"""
_FIELDS = (
    *("id", "name", "registered", "display_name", "state", "reason", "stopped_by", "stopped_at", "by_policy", "created_at"),
    *("heartbeat_at", "up_since", "interval_seconds", "metrics", "metadata", "intents", "succeeded", "failed"),
    *("latency_ms", "cost_usd", "this_hour", "hour_usd", "unusual", "backlog", "leased", "oldest_at", "now"),
)


def fleet(workspace_id: UUID, *, window: str = "day", name: str | None = None, month: bool = False) -> list[MeshAgent]:
    """All agents of a workspace, by name, or that of one name: registered, heard of or stopped. What they counted is of the
    UTC day, week or month that runs; with `month` what they cost in that is told beside. Checks no actor."""
    params = {"workspace": workspace_id, "window": window, "name": name, "now": clock.override()}
    found = [_seen(row) for row in statements.rows(_FLEET, params)]
    if not month or not found:
        return found
    before = months.before_this_hour(workspace_id, found[0].now)
    return [replace(one, month_usd=before.get(one.name, Decimal(0)) + one.hour_usd) for one in found]


def _seen(row: tuple[Any, ...]) -> MeshAgent:
    *columns, resumed_at, heard_until, gone = row
    known = dict(zip(_FIELDS, columns, strict=True))
    known["metrics"], known["metadata"] = canonical.loads(known["metrics"]), canonical.loads(known["metadata"])
    agent = MeshAgent(**known)
    signs = _signs(agent, resumed_at=resumed_at, heard_until=heard_until, gone=gone)
    return replace(agent, health=healths.health(signs), stuck=healths.is_stuck(signs))


def _signs(agent: MeshAgent, *, resumed_at: datetime | None, heard_until: datetime, gone: bool) -> Signs:
    """What the health of an agent is told by."""
    return Signs(
        now=agent.now,
        heard_until=heard_until,
        resumed_at=resumed_at,
        state="" if agent.state == ACTIVE else agent.state,
        created_at=agent.created_at,
        heartbeat_at=agent.heartbeat_at,
        interval_seconds=agent.interval_seconds or healths.USUAL_SECONDS,
        succeeded=agent.metrics.get("intents_succeeded", 0),
        failed=agent.metrics.get("intents_failed", 0),
        oldest_at=agent.oldest_at,
        leased=agent.leased,
        gone=gone,
    )


def visible(actor: Tenant, *, window: str = "day") -> list[MeshAgent]:
    """The agents that an actor may see: for a key of scope OWN its own alone. Raises Denied for people who only decide."""
    return fleet(actor.workspace_id, window=window, name=narrowed(actor))


_LABELS = f"""
WITH agent AS (
    SELECT name FROM intents_agent WHERE workspace_id = %(workspace)s::uuid AND status <> 'deleted'
), beat AS (
    SELECT name, metadata FROM intents_heartbeat WHERE workspace_id = %(workspace)s::uuid
), stop AS (
    SELECT name FROM intents_agentstop WHERE workspace_id = %(workspace)s::uuid AND name <> '{EVERYTHING}'
)
SELECT coalesce(a.name, b.name, s.name), b.metadata
FROM agent a FULL JOIN beat b ON b.name = a.name FULL JOIN stop s ON s.name = coalesce(a.name, b.name)
"""


def labels(workspace_id: UUID) -> dict[str, dict[str, Any]]:
    """The labels of all agents of a workspace, by their names: those of `fleet`. Checks no actor."""
    rows = statements.rows(_LABELS, {"workspace": workspace_id})
    return {name: canonical.loads(metadata) if metadata else {} for name, metadata in rows}


def narrowed(actor: Tenant) -> str | None:
    """The name of the one agent that a request sees, None for one that sees all. Raises Denied."""
    narrow = seeing.narrowed(actor, "the mesh")
    return narrow.name if narrow else None


def agent(actor: Tenant, named: str, *, window: str = "day") -> MeshAgent:
    """One of `visible`, by its id or its address. Raises Denied, AgentNotFound."""
    name, own = _name(actor, named), narrowed(actor)
    if name is not None and own in (None, name):
        for found in fleet(actor.workspace_id, window=window, name=name):
            return found
    raise AgentNotFound(f"no agent of the mesh is called {named[:80]}", agent=named[:80])


def _name(actor: Tenant, named: str) -> str | None:
    try:
        wanted = UUID(named)
    except ValueError:
        try:
            return local_name(in_path(named), org=actor.org_slug, workspace=actor.workspace_slug)
        except (InvalidAddress, NotSupported):
            return None
    known: Sequence[QuerySet[Any]] = (
        Agent.objects.exclude(status=AgentStatus.DELETED),
        Heartbeat.objects.all(),
        AgentStop.objects.all(),
    )
    for rows in known:
        if name := rows.filter(workspace_id=actor.workspace_id, id=wanted).values_list("name", flat=True).first():
            return str(name)
    return named.lower() if named else None


def events(
    actor: Tenant, *, event_type: str | None = None, name: str | None = None, before: UUID | None = None, limit: int = 50
) -> list[MeshEvent]:
    """What happened, newest first, before the event of an id. A key of scope OWN sees what happened to its agent. Raises
    Denied for people who only decide."""
    found = MeshEvent.objects.filter(workspace_id=actor.workspace_id)
    if (own := narrowed(actor)) is not None:
        found = found.filter(name=own)
    if event_type is not None:
        found = found.filter(event_type=event_type)
    if name is not None:
        found = found.filter(name=name)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def uptime_seconds(one: MeshAgent) -> float | None:
    """For how long an agent has been heard of, None for one that is not."""
    if one.up_since is None or one.health not in (Health.HEALTHY, Health.DEGRADED):
        return None
    return (one.now - one.up_since) / timedelta(seconds=1)


def workspace(workspace_id: UUID) -> Workspace:
    """A workspace with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").get(id=workspace_id)


def policies(workspace_id: UUID, names: Sequence[str]) -> dict[str, AgentPolicy]:
    """The policies of these agents, and under an empty name that of the workspace. Checks no actor."""
    found = AgentPolicy.objects.filter(workspace_id=workspace_id, name__in=["", *names])
    return {row.name: row for row in found}


def limits(workspace_id: UUID, names: Sequence[str]) -> dict[str, Limits]:
    """What holds of each of these agents."""
    found = policies(workspace_id, names)
    return {name: effective(found.get(name), found.get("")) for name in names}


def breaches(actor: Tenant, *, limit: int = 50) -> list[MeshBreach]:
    """The newest breaches of policies in the actor's workspace. A key of scope OWN sees those of its agent. Raises
    Denied for people who only decide."""
    found = MeshBreach.objects.filter(workspace_id=actor.workspace_id)
    if (own := narrowed(actor)) is not None:
        found = found.filter(name=own)
    return list(found.order_by("-id")[:limit])


def locked_policy(workspace_id: UUID, name: str, *, new: AgentPolicy) -> AgentPolicy:
    """The policy of an agent, or of the workspace under an empty name, locked; `new` where there is none yet, of two that
    set one at once the first's. Checks no actor."""
    rows = AgentPolicy.objects
    if not rows.filter(workspace_id=workspace_id, name=name).exists():
        rows.bulk_create([new], ignore_conflicts=True)
    return rows.select_for_update().get(workspace_id=workspace_id, name=name)


def baseline(workspace_id: UUID, name: str) -> MeshBaseline | None:
    """What is usual for an agent, once that was learnt. Checks no actor."""
    return MeshBaseline.objects.filter(workspace_id=workspace_id, name=name).first()
