"""In which of their workspaces a person acts."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from inbox.views.kit import acting
from inbox.views.kit.acting import Request, signed_in_anyhow


@signed_in_anyhow
@require_POST
def switch(request: Request) -> HttpResponse:
    """Act in another workspace of one's own."""
    wanted = request.POST.get("workspace", "")
    if any(str(seat.person.workspace_id) == wanted for seat in request.seats):
        acting.choose(request.session, UUID(wanted))
    return HttpResponseRedirect("/")
