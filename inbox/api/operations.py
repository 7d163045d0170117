"""The intents of a workspace as those who watch and repair look for them."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import selectors
from inbox.operations.permissions import ensure_may_repair
from inbox.schemas import intent_responses, intent_shapes
from intents.api import cursors, late
from intents.api.common import REFUSALS, Request, as_id, once
from intents.engine.services import rerun

router = Router(tags=["Operations"])

Q = Query(
    "",
    max_length=1000,
    description="Terms that must all hold, such as `is:waiting for:human agent:billing age:>2d risk:high refund`; see"
    " [Finding and repairing intents](../docs/operations.md#finding-and-repairing-intents). Empty: all intents.",
)


@router.get("/operations/intents", response={200: intent_responses.WatchedIntents, **REFUSALS}, summary="Look for intents")
def find_intents(
    request: Request,
    q: str = Q,
    limit: int = Query(selectors.PAGE, ge=1, le=selectors.LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The intents of the workspace that match, newest first, and how many there are. For owners, admins, operators and
    viewers, by a person's token: a machine key alone is refused."""
    query = selectors.read(q)
    after = cursors.parse(selectors.CURSOR, cursor) if cursor is not None else None
    found = late.read(request, lambda: selectors.counted_page(request.auth, query, after, limit))
    rows, last, total = found.value
    return late.dated(
        found,
        {
            "ok": True,
            "items": [intent_shapes.watched(row) for row in rows],
            "total": total,
            "next_cursor": cursors.cursor(selectors.CURSOR, last) if last else None,
        },
    )


@router.post(
    "/operations/intents/{intent_id}/run-again",
    response={200: intent_responses.RunAgain, **REFUSALS},
    summary="Run an intent again",
)
def run_intent_again(request: Request, intent_id: str, body: intent_responses.Why) -> HttpResponse:
    """Submit anew what failed, timed out or was canceled: a new intent from the same sender to the same agent, with the same
    payload and as long a deadline, for which people are asked anew where the first came with a human task. The first stays
    as it is. An intent is run again once: asking again answers with the same new intent and `applied: false`; when that one
    failed too, run that one again. For owners, admins and operators, by a person's token. One that is not over or has
    completed, or whose payload was erased, is 409."""
    person, wanted = ensure_may_repair(request.auth), as_id(intent_id, "intent")

    def run() -> dict[str, Any]:
        made = rerun.run_again(actor=person, intent_id=wanted, reason=body.reason)
        return {"ok": True, "applied": made.applied, "intent_id": str(wanted), "rerun_as_intent_id": str(made.intent_id)}

    return once(request, run)
