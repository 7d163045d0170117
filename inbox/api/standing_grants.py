"""Standing grants over the API: what a person decides in advance."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from inbox.schemas import standing as shapes
from inbox.standing import selectors, suggestions
from inbox.standing.preview import preview
from inbox.standing.services import granting
from inbox.tasks import permissions
from inbox.tasks.models import StandingGrant
from intents.accounts import selectors as accounts
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.kernel import clock
from intents.kernel.actors import Person

router = Router(tags=["Standing grants"])

GRANTS, USES = "g", "u"
"""What cursors of these lists begin with."""
PAGE, LONGEST_PAGE = 50, 200
LIMIT = Query(PAGE, ge=1, le=LONGEST_PAGE)
CURSOR = Query(None, description="`next_cursor` of the page before.")


@router.get("/standing-grants", response={200: shapes.Grants, **REFUSALS}, summary="List standing grants")
def list_grants(
    request: Request,
    state: Literal["active", "over", "all"] = "active",
    limit: int = LIMIT,
    cursor: str | None = CURSOR,
) -> HttpResponse:
    """Your own, and everybody's for owners and admins, the newest first. `over` are those that expired or ended."""
    person, now = permissions.person(request.auth), clock.now()
    found = selectors.grants(person)
    found = {"active": selectors.in_force, "over": selectors.over}[state](found) if state != "all" else found
    if cursor is not None:
        found = found.filter(id__lt=cursors.parse(GRANTS, cursor))
    rows = list(found[: limit + 1])
    used = selectors.used_now(rows[:limit], now=now)
    return answer(
        {
            "ok": True,
            "standing_grants": [shapes.grant(row, used[row.id], now=now) for row in rows[:limit]],
            "next_cursor": cursors.cursor(GRANTS, rows[limit - 1].id) if len(rows) > limit else None,
        }
    )


@router.post("/standing-grants", response={200: shapes.OneGrant, **REFUSALS}, summary="Make a standing grant")
def create_grant(request: Request, body: shapes.CreateGrant) -> HttpResponse:
    """Decide in advance what fits, within limits, until a time: tasks to come that are assigned to you are decided so as
    your own decisions, each one on record with the grant's name. By a person who may decide; no machine key can. Above the
    risk that the workspace allows it is 403 `policy_denied`."""

    def run() -> dict[str, Any]:
        return _one(granting.create(actor=request.auth, **{name: getattr(body, name) for name in type(body).model_fields}))

    return once(request, run)


@router.post("/standing-grants/preview", response={200: shapes.GrantPreview, **REFUSALS}, summary="Try a standing grant")
def preview_grant(request: Request, body: shapes.PreviewGrant) -> HttpResponse:
    """What it would have decided of the last 30 days. Changes nothing."""
    person = permissions.person(request.auth)

    def run() -> dict[str, Any]:
        zone = accounts.user(person).time_zone
        asked = {name: getattr(body, name) for name in type(body).model_fields}
        return {"ok": True} | shapes.previewed(preview(person, **asked, time_zone=zone))

    return once(request, run)


@router.get("/standing-grants/rules", response={200: shapes.Rules, **REFUSALS}, summary="See what grants may decide")
def get_rules(request: Request) -> HttpResponse:
    """Up to which risk this workspace allows standing grants; medium where nobody said."""
    person = permissions.person(request.auth)
    return answer({"ok": True, "highest_risk": selectors.highest_risk(person.workspace_id) or None})


@router.put("/standing-grants/rules", response={200: shapes.Rules, **REFUSALS}, summary="Set what grants may decide")
def set_rules(request: Request, body: shapes.SetRules) -> HttpResponse:
    """Allow standing grants up to a risk, or none, as an owner or admin. Grants in force decide nothing above it from now
    on."""

    def run() -> dict[str, Any]:
        row = granting.set_rules(actor=request.auth, highest_risk=body.highest_risk or "")
        return {"ok": True, "highest_risk": row.highest_risk or None}

    return once(request, run)


@router.get("/standing-grants/suggestions", response={200: shapes.Suggestions, **REFUSALS}, summary="See suggested grants")
def list_suggestions(request: Request) -> HttpResponse:
    """What you decided the same way at least 10 times in 30 days, never otherwise, and have no standing grant for."""
    found = suggestions.suggestions(permissions.person(request.auth))
    return answer({"ok": True, "suggestions": [shapes.suggestion(one) for one in found]})


@router.post(
    "/standing-grants/suggestions/dismiss", response={200: shapes.Suggestions, **REFUSALS}, summary="Dismiss a suggestion"
)
def dismiss_suggestion(request: Request, body: shapes.DismissSuggestion) -> HttpResponse:
    """Have it suggested to you no more, for good."""
    person = permissions.person(request.auth)

    def run() -> dict[str, Any]:
        granting.dismiss(actor=request.auth, intent_type=body.intent_type, agent=body.agent)
        return {"ok": True, "suggestions": [shapes.suggestion(one) for one in suggestions.suggestions(person)]}

    return once(request, run)


@router.get("/standing-grants/{grant_id}", response={200: shapes.OneGrant, **REFUSALS}, summary="Get a standing grant")
def get_grant(request: Request, grant_id: str) -> HttpResponse:
    """One of your own; owners and admins see everybody's."""
    return answer(_one(_row(request, grant_id)))


@router.get("/standing-grants/{grant_id}/uses", response={200: shapes.Uses, **REFUSALS}, summary="See what a grant decided")
def list_uses(request: Request, grant_id: str, limit: int = LIMIT, cursor: str | None = CURSOR) -> HttpResponse:
    """Each decision by a grant, the newest first."""
    row = _row(request, grant_id)
    before = cursors.parse(USES, cursor) if cursor is not None else None
    found = selectors.uses(row, before=before, limit=limit + 1)
    more = cursors.cursor(USES, found[limit - 1].use_id) if len(found) > limit else None
    return answer({"ok": True, "uses": [shapes.use(one) for one in found[:limit]], "next_cursor": more})


@router.post(
    "/standing-grants/{grant_id}/revoke", response={200: shapes.OneGrant, **REFUSALS}, summary="Revoke a standing grant"
)
def revoke_grant(request: Request, grant_id: str, body: shapes.RevokeGrant) -> HttpResponse:
    """End a grant at once, as its grantor, an owner or an admin. What it decided stays decided."""
    wanted = as_id(grant_id, "standing grant")
    return once(request, lambda: _one(granting.revoke(actor=request.auth, grant_id=wanted, reason=body.reason)))


def _row(request: Request, grant_id: str) -> StandingGrant:
    person: Person = permissions.person(request.auth)
    return selectors.grant(person, as_id(grant_id, "standing grant"))


def _one(row: StandingGrant) -> dict[str, Any]:
    now = clock.now()
    return {"ok": True, "standing_grant": shapes.grant(row, selectors.used_now([row], now=now)[row.id], now=now)}
