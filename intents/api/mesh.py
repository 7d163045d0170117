"""The mesh: heartbeats, how agents are, and stopping them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts.models import StopState
from intents.accounts.services import rights
from intents.api import cursors
from intents.api.common import KEY_HEADER, REFUSALS, Request, answer, once
from intents.kernel import canonical
from intents.kernel.actors import Tenant, full_address, key_of, sides
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, OwnerMismatch
from intents.mesh import anomalies, selectors
from intents.mesh.health import Health
from intents.mesh.models import MeshBaseline, MeshEvent
from intents.mesh.policies import USUAL_COST, USUAL_INTENTS, plain
from intents.mesh.selectors import ACTIVE, MeshAgent
from intents.mesh.services import heartbeats, stopping
from intents.schemas import mesh as schemas

router = Router(tags=["Mesh"])

PAGE, LONGEST_PAGE = 100, 1000
TRACE = "HTTP_X_TRACE_ID"
AGENT = "/mesh/agents/{path:agent_id}"


@router.post("/mesh/heartbeat", response={200: schemas.HeartbeatAnswer, **REFUSALS}, summary="Send a heartbeat")
def heartbeat(request: Request, body: schemas.SendHeartbeat) -> HttpResponse:
    """Say that an agent lives, and what it counted since its last heartbeat: by its own key, or by a workspace key that
    names it in `owner_agent` or `x-owner-agent`. One that is sent again, with the same `X-Trace-Id` and metrics or with the
    same `Idempotency-Key`, counts once."""
    actor = key_of(request.auth)
    if actor is None:
        raise OwnerMismatch(
            "owner_agent", "a heartbeat is an agent's: send its key, or a workspace key and its name as x-owner-agent"
        )
    report = None if body.metrics is None else body.metrics.report()
    trace = request.META.get(TRACE, "")
    digest = canonical.digest(canonical.dumps(request.sent), trace.encode()) if trace else None

    def run() -> dict[str, Any]:
        beat = heartbeats.beat(
            actor=actor,
            report=report,
            interval_seconds=body.interval_seconds,
            metadata=body.metadata,
            digest=None if KEY_HEADER in request.META else digest,
        )
        return {
            "ok": True,
            "status": beat.state or ACTIVE,
            "agent": actor.label,
            "counted": beat.counted,
            "interval_seconds": beat.interval_seconds,
            "last_heartbeat_at": rfc3339(beat.at),
        }

    return once(request, run)


@router.get("/mesh/agents", response={200: schemas.MeshAgents, **REFUSALS}, summary="List how agents are")
def list_mesh_agents(
    request: Request,
    health: schemas.AnyHealth | None = Query(None, description="Those of this `health_status`, or `health`, alone."),
    window: schemas.Window = Query("day", description="What `..._period` counts: the UTC day, week or month that runs."),
    label: str | None = Query(None, description="Those with this label alone: `team=billing`."),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The agents of the workspace, by name: how they are by the server's clock, what they counted, what waits for them."""
    actor = request.auth
    every = selectors.visible(actor, window=window)
    named = [one for one in every if label is None or labelled(one.metadata, label)]
    found = [one for one in named if health is None or health in (_status(one.health), one.health)]
    rest = [one for one in found if cursor is None or one.name > cursor]
    shown = rest[:limit]
    return answer(
        {
            "ok": True,
            "agents": [_shape(actor, one) for one in shown],
            "summary": _summary(named),
            "next_cursor": shown[-1].name if len(rest) > limit else None,
        }
    )


@router.get("/mesh/events", response={200: schemas.MeshEvents, **REFUSALS}, summary="List what happened to agents")
def list_mesh_events(
    request: Request,
    event_type: str | None = Query(None, max_length=40),
    limit: int = Query(50, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Changes of health, stops and resumes, breaches of policies and what was unusual, newest first."""
    before = cursors.parse("m", cursor) if cursor is not None else None
    rows = selectors.events(request.auth, event_type=event_type, before=before, limit=limit + 1)
    last = cursors.cursor("m", rows[limit - 1].id) if len(rows) > limit else None
    return answer({"ok": True, "events": [_event(request.auth, row) for row in rows[:limit]], "next_cursor": last})


@router.post(f"{AGENT}/kill", response={200: schemas.OneMeshAgent, **REFUSALS}, summary="Kill an agent")
def kill_agent(request: Request, agent_id: str, body: schemas.StopAgent) -> HttpResponse:
    """At once nothing is accepted to it or from it, and its streams close. What it holds goes back to its mailbox, with
    attempts that do not count, until it is resumed. For owners, admins, operators and workspace keys of other agents."""
    return _stop(request, agent_id, StopState.KILLED, body)


@router.post(f"{AGENT}/pause", response={200: schemas.OneMeshAgent, **REFUSALS}, summary="Pause an agent")
def pause_agent(request: Request, agent_id: str, body: schemas.StopAgent) -> HttpResponse:
    """It gets no work from now on, and may finish what it has. What is sent to it waits."""
    return _stop(request, agent_id, StopState.PAUSED, body)


@router.post(f"{AGENT}/quarantine", response={200: schemas.OneMeshAgent, **REFUSALS}, summary="Quarantine an agent")
def quarantine_agent(request: Request, agent_id: str, body: schemas.StopAgent) -> HttpResponse:
    """Nothing is accepted from it, and what it holds goes back to its mailbox. What is sent to it waits."""
    return _stop(request, agent_id, StopState.QUARANTINED, body)


@router.post(f"{AGENT}/resume", response={200: schemas.OneMeshAgent, **REFUSALS}, summary="Let an agent go on")
def resume_agent(request: Request, agent_id: str, body: schemas.StopAgent) -> HttpResponse:
    """Killed, quarantined or paused, it works again, and gets what waited. Where a breach of a policy has stopped it, a
    person does this."""
    actor = stopper(request.auth)
    found = selectors.agent(request.auth, agent_id)

    def run() -> dict[str, Any]:
        stopping.let_go_on(actor=actor, workspace_id=actor.workspace_id, names=[found.name])
        return _one(request.auth, found)

    return once(request, run)


@router.get(AGENT, response={200: schemas.OneMeshAgent, **REFUSALS}, summary="Get how an agent is")
def get_mesh_agent(request: Request, agent_id: str, window: schemas.Window = Query("day")) -> HttpResponse:
    """One agent, by its id or its address, and the last that happened to it."""
    return answer(_one(request.auth, selectors.agent(request.auth, agent_id), window=window))


def _stop(request: Request, agent_id: str, state: StopState, body: schemas.StopAgent) -> HttpResponse:
    actor = stopper(request.auth)
    found = selectors.agent(request.auth, agent_id)

    def run() -> dict[str, Any]:
        stopping.stop(actor=actor, workspace_id=actor.workspace_id, names=[found.name], state=state, reason=body.reason)
        return _one(request.auth, found)

    return once(request, run)


def stopper(actor: Tenant) -> Tenant:
    """Who of the request stops agents. Raises Denied."""
    refused: Denied | None = None
    for side in reversed(sides(actor)):
        try:
            rights.stops_agents(actor=side)
        except Denied as refusal:
            refused = refusal
        else:
            return side
    assert refused is not None
    raise refused


def _one(actor: Tenant, known: MeshAgent, *, window: str = "day") -> dict[str, Any]:
    """An agent as it is now. Of one that was deleted nothing is left but its stop: once that is over, it is as it was."""
    over = replace(known, state=ACTIVE, reason="", stopped_by="", stopped_at=None, by_policy=False, health=Health.UNKNOWN)
    found = next(iter(selectors.fleet(actor.workspace_id, window=window, name=known.name)), over)
    events = selectors.events(actor, name=known.name, limit=20)
    return {
        "ok": True,
        "agent": _shape(actor, found),
        "usual": _usual(selectors.baseline(actor.workspace_id, known.name)),
        "events": [_event(actor, row) for row in events],
    }


def _usual(row: MeshBaseline | None) -> dict[str, Any] | None:
    if row is None:
        return None
    usual = anomalies.baseline_of(row)
    parts = {"cost_usd": (usual.cost, USUAL_COST), "intents": (usual.intents, USUAL_INTENTS)}
    shown = {
        name: {"median": one.median, "spread": one.spread, "most": round(one.most(limit), 6)}
        for name, (one, limit) in parts.items()
    }
    return {"hours": usual.hours, "known": usual.hours >= anomalies.FEWEST_HOURS} | shown


def labelled(labels: Mapping[str, Any], label: str) -> bool:
    """Whether a label, `team` or `team=billing`, is among an agent's; `team=` is one without a value."""
    name, valued, value = label.partition("=")
    return name in labels and (not valued or str(labels[name]) == value)


def _status(health: Health) -> str:
    """As the protocol's clients know it."""
    return Health.UNKNOWN if health is Health.REGISTERING else health


def _summary(found: list[MeshAgent]) -> dict[str, int]:
    counts = Counter(str(_status(one.health)) for one in found)
    states = Counter(one.state for one in found)
    names = (Health.HEALTHY, Health.DEGRADED, Health.UNREACHABLE, Health.KILLED, Health.UNKNOWN)
    return {
        "total": len(found),
        **{str(name): counts[name] for name in names},
        "registering": sum(one.health is Health.REGISTERING for one in found),
        "stuck": sum(one.stuck for one in found),
        "paused": states[StopState.PAUSED],
        "quarantined": states[StopState.QUARANTINED],
    }


def _shape(actor: Tenant, one: MeshAgent) -> dict[str, Any]:
    stopped = None
    if one.stopped_at is not None:
        stopped = {"by": one.stopped_by, "at": rfc3339(one.stopped_at), "reason": one.reason, "by_policy": one.by_policy}
    uptime = selectors.uptime_seconds(one)
    return {
        "address_id": str(one.id),
        "address": full_address(actor.org_slug, actor.workspace_slug, one.name),
        "display_name": one.display_name or one.name,
        "health_status": _status(one.health),
        "health": one.health,
        "stuck": one.stuck,
        "status": one.state,
        "stopped": stopped,
        "last_heartbeat_at": rfc3339(one.heartbeat_at) if one.heartbeat_at else None,
        "interval_seconds": one.interval_seconds,
        "uptime_seconds": None if uptime is None else round(uptime, 1),
        "created_at": rfc3339(one.created_at),
        "intents_period": one.intents,
        "succeeded_period": one.succeeded,
        "failed_period": one.failed,
        "avg_latency_ms": float(one.latency_ms / one.intents) if one.intents else None,
        "cost_period": float(one.cost_usd),
        "cost_period_usd": plain(one.cost_usd),
        "unusual": one.unusual,
        "backlog": one.backlog,
        "leased": one.leased,
        "metrics": one.metrics,
        "metadata": one.metadata,
    }


def _event(actor: Tenant, row: MeshEvent) -> dict[str, Any]:
    return {
        "event_id": str(row.id),
        "address": full_address(actor.org_slug, actor.workspace_slug, row.name),
        "event_type": row.event_type,
        "details": canonical.loads(row.details),
        "actor_id": row.actor,
        "created_at": rfc3339(row.at),
    }
