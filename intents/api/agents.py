"""Agents by address, and the work that waits for them."""

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts.models import Agent
from intents.accounts.services import agents
from intents.api import paged
from intents.api.common import REFUSALS, Request, admin, answer, local, once
from intents.engine import selectors
from intents.kernel.actors import Tenant
from intents.kernel.addresses import in_path
from intents.schemas import account_requests, responses, shapes

router = Router(tags=["Agents"])

PAGE = 100
LONGEST_PAGE = 1000


@router.get("/agents", response={200: responses.Agents, **REFUSALS}, summary="List agents")
def list_agents(
    request: Request,
    org_id: str | None = Query(None),
    workspace_id: str | None = Query(None),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The registered agents of your workspace, the oldest first."""
    actor = request.auth
    found = selectors.agents(actor)
    rows, last = paged.agents(actor, found, org_id=org_id, workspace_id=workspace_id, cursor=cursor, limit=limit)
    return answer({"ok": True, "agents": [_shape(actor, row) for row in rows], "next_cursor": last})


@router.get("/agents/{path:address}", response={200: responses.OneAgent, **REFUSALS}, summary="Get an agent")
def get_agent(request: Request, address: str) -> HttpResponse:
    """One agent by its address: a name, or org/workspace/name."""
    row = _named(request.auth, address)
    return answer({"ok": True, "agent": _shape(request.auth, row)})


@router.patch("/agents/{path:address}", response={200: responses.OneAgent, **REFUSALS}, summary="Change an agent")
def update_agent(request: Request, address: str, body: account_requests.UpdateAgent) -> HttpResponse:
    """Change how an agent is shown and how it gets its work."""
    actor = admin(request.auth)
    row = _named(request.auth, address)

    def run() -> dict[str, object]:
        changed = agents.update_agent(actor=actor, agent=row, **body.model_dump(exclude_unset=True))
        made = {"signing_secret": changed.new_signing_secret} if changed.new_signing_secret else {}
        return {"ok": True, "agent": _shape(request.auth, changed)} | made

    return once(request, run, secret=True)


def _named(actor: Tenant, address: str) -> Agent:
    return selectors.agent_by_name(actor, local(actor, in_path(address)))


def _shape(actor: Tenant, row: Agent) -> dict[str, object]:
    return shapes.agent(row, org=actor.org_slug, workspace=actor.workspace_slug)
