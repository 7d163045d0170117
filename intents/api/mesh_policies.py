"""Policies of agents: what they may do, how often, and what it may cost; breaches, and what was spent."""

from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts import seeing
from intents.api.common import REFUSALS, Request, admin, answer, once
from intents.api.mesh import AGENT, LONGEST_PAGE
from intents.kernel import canonical
from intents.kernel.actors import Tenant, full_address
from intents.kernel.clock import rfc3339
from intents.mesh import policies, selectors, spending
from intents.mesh.models import MeshBreach
from intents.mesh.services import governing
from intents.schemas import mesh as schemas

router = Router(tags=["Mesh"])


@router.get("/mesh/policies", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Get the policy of all agents")
def get_mesh_policy(request: Request) -> HttpResponse:
    """What holds of each agent that has no policy of its own."""
    seeing.narrowed(request.auth, "the policy of all agents")
    return answer(_policy(request.auth, ""))


@router.put("/mesh/policies/cost", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Limit all agents")
def set_mesh_cost_policy(request: Request, body: schemas.CostPolicy) -> HttpResponse:
    """The limits of each agent that has none of its own. For owners and admins."""
    return _govern(request, "", body.exact())


@router.put("/mesh/policies/action", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Say what all agents may do")
def set_mesh_action_policy(request: Request, body: schemas.ActionPolicy) -> HttpResponse:
    """What each agent may be sent, send and wait for that has no such policy of its own. For owners and admins."""
    return _govern(request, "", body.model_dump())


@router.get("/mesh/breaches", response={200: schemas.Breaches, **REFUSALS}, summary="List breaches of policies")
def list_mesh_breaches(request: Request, limit: int = Query(50, ge=1, le=LONGEST_PAGE)) -> HttpResponse:
    """Limits that agents have reached, newest first: each once in its hour or day."""
    rows = selectors.breaches(request.auth, limit=limit)
    return answer({"ok": True, "breaches": [_breach(request.auth, row) for row in rows]})


@router.get("/mesh/spend", response={200: schemas.Spend, **REFUSALS}, summary="Get what agents cost")
def get_mesh_spend(
    request: Request,
    by: Literal["agent", "intent_type", "model", "hour"] = Query("agent"),
    window: schemas.Window = Query("day"),
    agent: str | None = Query(None, description="Of this agent alone, by its id or its address."),
) -> HttpResponse:
    """What agents told that they have cost in the UTC day, week or month that runs, in parts: the dearest first."""
    name = None if agent is None else selectors.agent(request.auth, agent).name
    total, found = spending.spend(request.auth, by=by, window=window, name=name)
    items = [{"key": key, "intents": intents, "cost_usd": policies.plain(cost)} for key, intents, cost in found]
    aside = spending.reserved(request.auth.workspace_id)
    of = selectors.narrowed(request.auth) or name
    reserved = sum((amount for one, amount in aside.items() if of in (None, one)), Decimal(0))
    told = {"total_usd": policies.plain(total), "reserved_usd": policies.plain(reserved)}
    return answer({"ok": True, "by": by, "window": window, **told, "items": items})


@router.put(f"{AGENT}/policies/cost", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Limit an agent")
def set_agent_cost_policy(request: Request, agent_id: str, body: schemas.CostPolicy) -> HttpResponse:
    """How many intents it may send and be sent, and what it may cost. Beyond a limit new intents are 429. For owners, admins
    and workspace keys of other agents."""
    return _govern(request, agent_id, body.exact())


@router.put(f"{AGENT}/policies/action", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Say what an agent may do")
def set_agent_action_policy(request: Request, agent_id: str, body: schemas.ActionPolicy) -> HttpResponse:
    """Which types of intents it may send and be sent (else 403), and for which tools it may wait. For owners, admins and
    workspace keys of other agents."""
    return _govern(request, agent_id, body.model_dump())


@router.get(f"{AGENT}/policies", response={200: schemas.PolicyAnswer, **REFUSALS}, summary="Get the policy of an agent")
def get_agent_policy(request: Request, agent_id: str) -> HttpResponse:
    """What was set for it, what holds, and what it has used: spent and set aside apart."""
    return answer(_policy(request.auth, selectors.agent(request.auth, agent_id).name))


def _govern(request: Request, agent_id: str, values: dict[str, Any]) -> HttpResponse:
    actor = admin(request.auth)
    name = selectors.agent(request.auth, agent_id).name if agent_id else ""

    def run() -> dict[str, Any]:
        governing.set_policy(actor=actor, workspace_id=actor.workspace_id, name=name, values=values)
        return _policy(request.auth, name)

    return once(request, run)


def _policy(actor: Tenant, name: str) -> dict[str, Any]:
    found = selectors.policies(actor.workspace_id, [name])
    holds = policies.effective(found.get(name), found.get(""))
    used = spending.used(actor.workspace_id, name) if name else None
    shown = None
    if used is not None:
        shown = {
            "intents_this_hour": used.hour,
            "intents_today": used.day,
            "spent_usd": policies.plain(used.spent),
            "reserved_usd": policies.plain(used.reserved),
            "each_usd": policies.plain(used.each),
        }
    return {"ok": True, "policy": _limits(found.get(name)), "effective": _limits(holds), "used": shown}


def _limits(found: object) -> dict[str, Any]:
    values = {name: getattr(found, name, None) for name in policies.NAMES}
    return {name: policies.plain(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _breach(actor: Tenant, row: MeshBreach) -> dict[str, Any]:
    return {
        "breach_id": str(row.id),
        "address": full_address(actor.org_slug, actor.workspace_slug, row.name),
        "limit": row.limit,
        "action": row.action,
        "details": canonical.loads(row.details),
        "task_intent_id": str(row.task_intent_id) if row.task_intent_id else None,
        "created_at": rfc3339(row.at),
        "lifted_at": rfc3339(row.lifted_at) if row.lifted_at else None,
    }
