"""How things stand in a workspace, for programs: the twin of the page."""

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import measures, overview, permissions
from inbox.schemas import overview as shapes
from intents.accounts import selectors as roster
from intents.api import late
from intents.api.common import REFUSALS, Request

router = Router(tags=["Operations"])


@router.get("/operations/overview", response={200: shapes.Overview, **REFUSALS}, summary="See how things stand")
def see_overview(
    request: Request,
    range: str = Query(measures.DEFAULT, description=f"One of {', '.join(measures.SPANS)}."),
    q: str = Query("", description="Only intents that these terms find, of `agent:`, `from:`, `type:` and `risk:`."),
) -> HttpResponse:
    """The numbers of the workspace, each with the list of what it counts, and what happened over the range by slots. With
    `q` the tiles of intents and `ageing` count what it finds; all else stays that of the whole workspace. For owners,
    admins, operators and viewers, by a person's token: a machine key alone is refused."""
    person = permissions.ensure_may_watch(request.auth)
    span, zone = measures.span(range), roster.user(person).time_zone
    found = late.read(request, lambda: overview.overview(person, span=span, zone=zone, within=q))
    return late.dated(found, overview.shape(found.value))
