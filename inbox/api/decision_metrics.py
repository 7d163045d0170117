"""How people decide: their own numbers, and everybody's for owners and admins."""

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import measures, people
from inbox.schemas import decision_metrics as shapes
from intents.api.common import REFUSALS, Request, answer

router = Router(tags=["Operations"])

RANGE = Query("90d", description=f"One of {', '.join(measures.SPANS)}.")


@router.get("/me/decision-metrics", response={200: shapes.OwnMetrics, **REFUSALS}, summary="See how you decide")
def see_own_metrics(request: Request, range: str = RANGE) -> HttpResponse:
    """How soon you look at tasks and decide them, what you undo, and what expires on you. Needs a person's token."""
    span = measures.span(range)
    found = people.own(request.auth, span)
    return answer({"ok": True, "range": span.name, "metrics": people.shape(found)})


@router.get("/operations/people", response={200: shapes.MetricsOfAll, **REFUSALS}, summary="See how people decide")
def see_metrics(request: Request, range: str = RANGE) -> HttpResponse:
    """The same for each person and each group of the workspace, who decided most first. For owners and admins."""
    span = measures.span(range)
    found = people.everybody(request.auth, span)
    return answer({"ok": True, "range": span.name, "items": [people.shape(one) for one in found], "total": len(found)})
