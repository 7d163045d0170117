"""Stopping the agents with a label, or all of them, and letting them go on."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.accounts.models import StopState
from intents.api.common import REFUSALS, Request, once
from intents.api.mesh import LONGEST_PAGE, labelled, stopper
from intents.kernel.actors import Machine, Tenant, full_address
from intents.kernel.errors import InvalidField
from intents.mesh import selectors
from intents.mesh.services import stopping
from intents.schemas import mesh as schemas

router = Router(tags=["Mesh"])


@router.post("/mesh/kill", response={200: schemas.FleetStopped, **REFUSALS}, summary="Kill many agents")
def kill_fleet(request: Request, body: schemas.KillFleet) -> HttpResponse:
    """Those with a label, or all, as `POST /v1/mesh/agents/{agent_id}/kill` does one: all by one statement. What they hold
    goes back right after, some at a time. For owners, admins, operators and workspace keys."""
    word = body.label or request.auth.workspace_slug
    if body.confirm != word:
        raise InvalidField("confirm", f"to kill them, say {word} here")
    return _stop(request, body, StopState.KILLED)


@router.post("/mesh/pause", response={200: schemas.FleetStopped, **REFUSALS}, summary="Pause many agents")
def pause_fleet(request: Request, body: schemas.StopFleet) -> HttpResponse:
    """Those with a label, or all: they get no work from now on, and may finish what they have."""
    return _stop(request, body, StopState.PAUSED)


@router.post("/mesh/quarantine", response={200: schemas.FleetStopped, **REFUSALS}, summary="Quarantine many agents")
def quarantine_fleet(request: Request, body: schemas.StopFleet) -> HttpResponse:
    """Those with a label, or all: nothing is accepted from them, and what they hold goes back to their mailboxes."""
    return _stop(request, body, StopState.QUARANTINED)


@router.post("/mesh/resume", response={200: schemas.FleetStopped, **REFUSALS}, summary="Let many agents go on")
def resume_fleet(request: Request, body: schemas.StopFleet) -> HttpResponse:
    """Those with a label, or all. A key leaves out those that a breach of a policy has stopped: a person does this."""
    return _stop(request, body, None)


def _stop(request: Request, body: schemas.StopFleet, state: StopState | None) -> HttpResponse:
    if body.all == (body.label is not None):
        raise InvalidField("label", "name a label, or say that all are meant")
    actor = stopper(request.auth)

    def run() -> dict[str, Any]:
        names = _meant(actor, body.label)
        done = stopping.stop_fleet(
            actor=actor, workspace_id=actor.workspace_id, names=names, state=state, reason=body.reason
        )
        shown = [full_address(actor.org_slug, actor.workspace_slug, name) for name in done[:LONGEST_PAGE]]
        return {"ok": True, "matched": len(names), "changed": len(done), "agents": shown}

    return once(request, run)


def _meant(actor: Tenant, label: str | None) -> list[str]:
    own = actor.name if isinstance(actor, Machine) else None
    every = selectors.labels(actor.workspace_id)
    return [name for name, its in every.items() if name != own and (label is None or labelled(its, label))]
