"""Links of before a move lead on: a page that is not found here, and is in another cell, is looked at there.

A browser is led to the `CELL_..._BASE_URL` of a cell alone, with the path and query that it asked for.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from axme_site.cell_settings import Cell
from axme_site.cells import elsewhere
from axme_site.cells.elsewhere import BY, CHOSEN
from axme_site.cells.passing import PATHS
from inbox.views.kit import acting
from intents import seats
from intents.accounts.oidc import providers
from intents.accounts.services.invitations import PATH as INVITATIONS
from intents.kernel import ratelimit
from intents.kernel.errors import RateLimited

_ID = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(?=/|$)")
STRANGERS_LINKS = 120
"""So many links a minute are looked up for one address from which nobody is signed in: each asks all tables of all cells."""
ALL_STRANGERS_LINKS = 1200
"""And so many for all such addresses together, however many somebody has."""
ONES_LINKS = 120
"""And so many for one who is signed in."""


class LeadingMiddleware:
    """For an installation with other cells beside it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or request.path.startswith(PATHS) or _is_part(request):
            return self._get_response(request)
        if request.path == "/" and CHOSEN in request.GET:
            return _arrived(request)
        answer = self._get_response(request)
        cell = _left(request) or (_of_link(request) if _leads_nowhere(request, answer) else None)
        if cell is None:
            return answer
        return acting.private(HttpResponseRedirect(cell.base_url + request.get_full_path()))


def _is_part(request: HttpRequest) -> bool:
    """Whether a page that is open asks for it, which can follow nobody to another address."""
    return "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"


def _arrived(request: Any) -> HttpResponse:
    """Act in the workspace that was chosen in another cell, if it is one of the person's own, once they have signed in: by
    the identity provider that they used there, where this cell has it too."""
    if not request.user.is_authenticated:
        provider = providers.named(request.GET.get(BY, ""))
        if provider is None:
            return acting.to_sign_in(request)
        back = urlencode({"next": f"/?{urlencode({CHOSEN: request.GET[CHOSEN]})}"})
        return acting.private(HttpResponseRedirect(f"{reverse('oidc-start', args=[provider.id])}?{back}"))
    wanted = request.GET[CHOSEN]
    for seat in seats.of_request(request):
        if str(seat.person.workspace_id) == wanted:
            acting.choose(request.session, seat.person.workspace_id)
    return acting.private(HttpResponseRedirect("/"))


def _leads_nowhere(request: HttpRequest, answer: HttpResponse) -> bool:
    """Not found, of no workspace, or for who signs in: then where that is."""
    if isinstance(answer, HttpResponseRedirect):
        return answer.url.startswith(f"{reverse('account_login')}?")
    has_none_here = request.__dict__.get("seats") == []  # which is a 503 where another cell does not answer
    return answer.status_code in (403, 404) or has_none_here


def _of_link(request: HttpRequest) -> Cell | None:
    """The other cell that has what the address names, or all workspaces of who has none here."""
    ids = [UUID(one) for one in _ID.findall(request.path)[:3]]
    is_invitation = request.path.startswith(INVITATIONS)
    if not (ids or is_invitation) or not _may_ask(request):
        return None
    if is_invitation:
        return elsewhere.cell_of_invitation(request.path.removeprefix(INVITATIONS))
    return elsewhere.cell_of_rows(ids)


def _may_ask(request: Any) -> bool:
    """Whether a link is looked up for them; else the answer stays as it is, which of a stranger is to sign in."""
    try:
        if request.user.is_authenticated:
            ratelimit.spend_by(f"links/{request.user.id}", ONES_LINKS)
        else:
            ratelimit.spend_by(f"links/{request.META['REMOTE_ADDR']}", STRANGERS_LINKS)
            ratelimit.spend_by("links", ALL_STRANGERS_LINKS)
    except RateLimited:
        return False
    return True


def _left(request: Any) -> Cell | None:
    """The cell to which the workspace went that was chosen here. It is led there once: from then on another is chosen."""
    here = request.__dict__.get("seats")
    wanted = "" if here is None else request.session.get(seats.WORKSPACE, "")
    if not wanted or any(str(seat.person.workspace_id) == wanted for seat in here):
        return None
    cell = None
    with suppress(ValueError):
        cell = elsewhere.cell_left_to(UUID(wanted))
    del request.session[seats.WORKSPACE]
    return cell
