"""Who looks at a page: a signed-in person in one of their workspaces, or nobody, who is sent to sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from intents import auth
from intents.actors import Person
from intents.auth import WORKSPACE, Seat, by_cookie, chosen
from intents.models import User
from intents.sessions import SessionStore

__all__ = ["Request", "by_cookie", "choose", "private", "signed_in", "to_sign_in"]

P = ParamSpec("P")


class Request(HttpRequest):
    """A page's request once somebody is known to be signed in. `seats` are all the workspaces they may act in, `seat` the
    one they act in now."""

    user: User
    session: SessionStore
    person: Person
    seat: Seat
    seats: list[Seat]


View = Callable[Concatenate[Request, P], HttpResponse]


def signed_in(view: View[P]) -> Callable[..., HttpResponse]:
    """Only for people who are signed in and belong to a workspace: `request` is a `Request`.

    Others are sent to sign in and come back afterwards, or are told that no workspace is theirs.
    """

    @wraps(view)
    def page(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        request.seats = auth.seats(user_id=request.user.id, session_id=request.session.id)
        if not request.seats:
            return render(request, "account/no_workspace.html", status=403)
        request.seat = chosen(request.seats, request.session)
        request.person = request.seat.person
        return private(view(request, *args, **kwargs))

    return page


def choose(session: SessionStore, workspace_id: UUID) -> None:
    """Act in this workspace from the next request on."""
    session[WORKSPACE] = str(workspace_id)


def private(response: HttpResponse) -> HttpResponse:
    """What one person sees is nobody else's, and not shown again by "back" after signing out."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page being looked at."""
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = _sign_in(_local(request.headers.get("HX-Current-URL", "")))
        return response
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(_sign_in(request.get_full_path()))
    return HttpResponseRedirect(_sign_in(_local(request.headers.get("Referer", ""))), status=303)


def _sign_in(back: str) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': back})}"


def _local(url: str) -> str:
    """The path and query of a page of ours."""
    parts = urlsplit(url)
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else "/"
    return f"{path}?{parts.query}" if parts.query else path
