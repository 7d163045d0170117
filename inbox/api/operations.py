"""The intents of a workspace as those who watch and repair look for them."""

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import selectors
from inbox.schemas import intent_responses, intent_shapes
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer

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
    rows, last = selectors.page(request.auth, query, after, limit)
    return answer(
        {
            "ok": True,
            "items": [intent_shapes.watched(row) for row in rows],
            "total": selectors.total(request.auth, query),
            "next_cursor": cursors.cursor(selectors.CURSOR, last) if last else None,
        }
    )
