"""Access requests: asking for a role, a place, an organization or a larger quota, and deciding that."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents.access import selectors
from intents.access.models import AccessKind, AccessState
from intents.access.services import asking, reviewing
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.api.organizations import ensure_same
from intents.schemas import access as shapes
from intents.schemas.organization_shapes import MEANT

router = Router(tags=["Access requests"])

DECIDED = {"approve": AccessState.APPROVED, "reject": AccessState.REJECTED, "waitlist": AccessState.WAITLISTED}


@router.post("/access-requests", response={200: shapes.OneAccessRequest, **REFUSALS}, summary="Ask for access")
def create_access_request(request: Request, body: shapes.CreateAccessRequest) -> HttpResponse:
    """Ask the owners and admins of the workspace, who get a task and an email. What is asked for already, and still
    open, is answered as it is."""
    actor = request.auth
    ensure_same(actor, body.org_id, body.workspace_id)

    def run() -> dict[str, Any]:
        row = asking.ask(
            actor=actor,
            kind=AccessKind(body.request_type),
            requester=body.requester_actor_id,
            role=MEANT[body.requested_role] if body.requested_role else None,
            company_name=body.company_name or "",
            tier=body.requested_tier or "",
            justification=body.justification or "",
        )
        return {"ok": True, "access_request": shapes.shown(row)}

    return once(request, run)


@router.get("/access-requests", response={200: shapes.AccessRequests, **REFUSALS}, summary="List access requests")
def list_access_requests(
    request: Request,
    org_id: str | None = Query(None),
    workspace_id: str | None = Query(None),
    state: shapes.StateName | None = Query(None),
) -> HttpResponse:
    """The newest 500 that you may see: all for owners, admins and workspace keys, else your own."""
    ensure_same(request.auth, org_id, workspace_id)
    rows = selectors.requests(request.auth)
    if state is not None:
        rows = rows.filter(state=state)
    return answer({"ok": True, "access_requests": [shapes.shown(row) for row in rows[: selectors.MOST_SHOWN]]})


@router.get(
    "/access-requests/{access_request_id}",
    response={200: shapes.OneAccessRequest, **REFUSALS},
    summary="Get an access request",
)
def get_access_request(request: Request, access_request_id: str) -> HttpResponse:
    """What is asked for, and what was decided."""
    row = selectors.request(request.auth, as_id(access_request_id, "access request"))
    return answer({"ok": True, "access_request": shapes.shown(row)})


@router.post(
    "/access-requests/{access_request_id}/review",
    response={200: shapes.OneAccessRequest, **REFUSALS},
    summary="Decide an access request",
)
def review_access_request(request: Request, access_request_id: str, body: shapes.ReviewAccessRequest) -> HttpResponse:
    """Approve, reject or waitlist what somebody else asks for. Approving gives the role, sends the invitation or makes the
    organization. For owners and admins, as people."""
    actor, wanted = request.auth, as_id(access_request_id, "access request")
    comment = body.review_comment or ""

    def run() -> dict[str, Any]:
        row = reviewing.review(actor=actor, request_id=wanted, state=DECIDED[body.decision], comment=comment)
        return {"ok": True, "access_request": shapes.shown(row)}

    return once(request, run)
