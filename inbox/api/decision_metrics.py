"""How people decide: their own numbers, and everybody's for owners and admins."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import fatigue, measures, people
from inbox.operations.services import visibility
from inbox.schemas import decision_metrics as shapes
from inbox.vocabulary import roles
from intents.accounts import selectors as accounts
from intents.api import late
from intents.api.common import REFUSALS, Request, answer, once
from intents.kernel.actors import Person

router = Router(tags=["Operations"])

RANGE = Query("90d", description=f"One of {', '.join(measures.SPANS)}.")


@router.get("/me/decision-metrics", response={200: shapes.OwnMetrics, **REFUSALS}, summary="See how you decide")
def see_own_metrics(request: Request, range: str = RANGE) -> HttpResponse:
    """How soon you look at tasks and decide them, what you undo, and what expires on you. Needs a person's token."""
    span = measures.span(range)
    found = late.read(request, lambda: people.own(request.auth, span))
    return late.dated(found, {"ok": True, "range": span.name, "metrics": people.shape(found.value)})


@router.get("/me/decisions/figures", response={200: shapes.OwnFigures, **REFUSALS}, summary="See signs of fatigue")
def see_own_figures(request: Request, range: str = RANGE) -> HttpResponse:
    """How long you take to decide, what you decide within 2 seconds of first seeing it, what was overturned, and at which
    hours of your time zone. Needs a person's token."""
    span, zone = measures.span(range), _zone(request)
    found = late.read(request, lambda: fatigue.own_figures(request.auth, span, zone=zone))
    return late.dated(found, {"ok": True, "range": span.name, "figures": fatigue.shape(found.value)})


@router.get(
    "/operations/people/figures", response={200: shapes.TeamFigures, **REFUSALS}, summary="See signs of fatigue of all"
)
def see_team_figures(request: Request, range: str = RANGE) -> HttpResponse:
    """The same of everybody together: null while fewer than five people decided in the time. For owners and admins."""
    span, zone = measures.span(range), _zone(request)
    found = late.read(request, lambda: fatigue.team_figures(request.auth, span, zone=zone))
    shown = fatigue.shape(found.value) if found.value else None
    return late.dated(found, {"ok": True, "range": span.name, "figures": shown})


@router.get("/operations/people/visibility", response={200: shapes.Visibility, **REFUSALS}, summary="See who sees whom")
def get_visibility(request: Request) -> HttpResponse:
    """Whether owners and admins see how each person decides, or only how all do together. For every person."""
    roles.ensure_member(request.auth)
    return answer({"ok": True, "per_person": fatigue.sees_each(request.auth.workspace_id)})


@router.put("/operations/people/visibility", response={200: shapes.Visibility, **REFUSALS}, summary="Set who sees whom")
def set_visibility(request: Request, body: shapes.SetVisibility) -> HttpResponse:
    """Let owners and admins see how each person decides, or only how all do together. For owners and admins; it is in the
    audit log, and each person's own page says which it is."""

    def run() -> dict[str, Any]:
        return {"ok": True, "per_person": visibility.set_visibility(actor=request.auth, per_person=body.per_person)}

    return once(request, run)


def _zone(request: Request) -> str:
    person = request.auth
    return accounts.user(person).time_zone if isinstance(person, Person) else "UTC"


@router.get("/operations/people", response={200: shapes.MetricsOfAll, **REFUSALS}, summary="See how people decide")
def see_metrics(request: Request, range: str = RANGE) -> HttpResponse:
    """The same for each person and each group of the workspace, who decided most first. For owners and admins. Unless the
    workspace shows each person (`PUT /v1/operations/people/visibility`), groups alone, once five people decided what was
    assigned to them."""
    span = measures.span(range)
    found = late.read(request, lambda: people.everybody(request.auth, span))
    items = [people.shape(one) for one in found.value]
    return late.dated(found, {"ok": True, "range": span.name, "items": items, "total": len(items)})
