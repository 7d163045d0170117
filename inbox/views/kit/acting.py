"""Who looks at a page: a signed-in person in one of their workspaces, or nobody, who is sent to sign in."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inbox.views.kit import elsewhere, identity, required, typed
from inbox.views.kit.refusals import in_a_sentence
from intents import seats
from intents.accounts.models import User
from intents.accounts.sessions import SessionStore
from intents.accounts.stops import WorkspaceMoving
from intents.kernel import clock, languages
from intents.kernel.actors import Person
from intents.kernel.errors import Conflict, Invalid
from intents.seats import WORKSPACE, Seat, by_cookie, chosen

__all__ = [
    "Request",
    "acts",
    "asked_at",
    "asks",
    "asks_confirmed",
    "by_cookie",
    "choose",
    "confirmed",
    "confirmed_form",
    "is_confirmed",
    "private",
    "sent",
    "signed_in",
    "signed_in_anyhow",
    "to_confirm",
    "to_sign_in",
]


class Request(HttpRequest):
    """A page's request once somebody is known to be signed in. `seats` are all the workspaces they may act in, `seat` the
    one they act in now."""

    user: User
    session: SessionStore
    person: Person
    seat: Seat
    seats: list[Seat]


View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Only for people who are signed in and belong to a workspace: `request` is a `Request`.

    Others are sent to sign in and come back afterwards, are told that no workspace is theirs, or are led to set up what the
    workspace requires of them.
    """
    return _seated(view, kept_out=required.show)


def signed_in_anyhow(view: View) -> View:
    """As `signed_in`, also for who lacks what the workspace requires: only for what mends that or leads elsewhere."""
    return _seated(view, kept_out=None)


def _seated(view: View, *, kept_out: View | None) -> View:
    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        request.seats = seats.of_request(request)
        if not request.seats:
            there = elsewhere.of(request)
            unsure = not there and elsewhere.unsure(request)
            known = {"elsewhere": there, "unsure": unsure}
            return private(render(request, "account/no_workspace.html", known, status=503 if unsure else 403))
        seat = request.seat = chosen(request.seats, request.session)
        _speak(request)
        if seat.kept_out in required.ENDED:
            required.end(request, seat.kept_out)
            return to_sign_in(request)
        if seat.kept_out and kept_out is not None:
            return private(kept_out(request))
        request.person = seat.person
        with timezone.override(clock.zone(request.user.time_zone)):
            return private(view(request, *args, **kwargs))

    return page


def _speak(request: Request) -> None:
    """The language of the workspace, for who chose none and whose browser speaks none that there is: until the request is
    answered, be it by a refusal."""
    if not request.user.language and not languages.of_browser(request):
        translation.activate(languages.known(request.seat.language) or settings.LANGUAGE_CODE)


def acts(view: View) -> View:
    """A button of a page: a POST that changes something and leads back. What the domain refuses because of the state of
    things, or for a moment, is told on the page that it leads back to. Who enters its address, as after a reload, is led to
    the page above."""

    @wraps(view)
    def act(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(_above(request.path))
        try:
            return view(request, *args, **kwargs)
        except (Conflict, Invalid, WorkspaceMoving) as error:
            messages.error(request, in_a_sentence(error.message))
            return HttpResponseRedirect(_local(request.headers.get("Referer", "")), status=303)

    return signed_in(require_http_methods(["GET", "HEAD", "POST"])(act))


def is_confirmed(request: Request) -> bool:
    """Whether the person has shown lately that it is them, by signing in or by confirming it."""
    return identity.is_fresh(request, request.user)


def confirmed(view: View) -> View:
    """Inside `acts` or `signed_in`: asks for the password or a code first when none was given lately. The form is to be
    sent again then, for it may hold what no session should."""

    @wraps(view)
    def page(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request):
            return view(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(to_confirm(request.get_full_path()))
        messages.info(request, _("First confirm that it is you. Then try again."))
        return HttpResponseRedirect(to_confirm(_local(request.headers.get("Referer", ""))), status=303)

    return page


def confirmed_form(view: View) -> View:
    """As `confirmed`, for the page of a form. Before anything is typed one is asked on a page of its own; the view asks with
    the form's own fields when that was too long ago by the time it is sent."""

    @wraps(view)
    def page(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD") and not is_confirmed(request):
            return HttpResponseRedirect(to_confirm(request.get_full_path()))
        return view(request, *args, **kwargs)

    return page


def asks(view: View) -> View:
    """The page of a form: looking shows it, sending it is a POST to the same address."""
    return require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(signed_in(view)))


def asks_confirmed(view: View) -> View:
    """As `asks`, for who has shown lately that it is them: see `confirmed_form`."""
    return asks(confirmed_form(view))


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form takes as its data: None while it is only looked at."""
    return request.POST if request.method == "POST" else None


def to_confirm(back: str) -> str:
    """The page that asks for the password, or a code, and then leads to `back`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def choose(session: SessionStore, workspace_id: UUID) -> None:
    """Act in this workspace from the next request on."""
    session[WORKSPACE] = str(workspace_id)


def asked_at(request: HttpRequest) -> float | None:
    """When the request came, by `time.monotonic`: what is made from then on answers it."""
    found: float | None = request.META.get("axme.asked_at")
    return found


def private(response: HttpResponse) -> HttpResponse:
    """What one person sees is nobody else's, and not shown again by "back" after signing out."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page being looked at. Where nobody is registered yet that page leads
    to the setup. What was typed stays: a page that can is told and keeps it, else it is shown once more."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={typed.REFUSED: typed.SESSION, "Cache-Control": "no-store"})
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(_sign_in(request.get_full_path()))
    back = _sign_in(_local(request.headers.get("Referer", "")))
    written = typed.typed(request)
    if not written:
        return HttpResponseRedirect(back, status=303)
    known = {
        "title": _("You are signed out"),
        "message": _("Sign in and send it again."),
        "typed": written,
        "back": back,
    }
    return private(render(request, "problem.html", known, status=401))


def _sign_in(back: str) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': back})}"


_PARTS = ("task-views", "operations-counted-views")
"""The names of what pages ask for as a part of them: nobody is led there."""


def _above(path: str) -> str:
    """The nearest address above one that there is a page at."""
    while path := path.rpartition("/")[0]:
        with suppress(Resolver404):
            if resolve(path).url_name not in _PARTS:
                return path
    return "/"


def _local(url: str) -> str:
    """The path and query of a page of ours."""
    parts = urlsplit(url)
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else "/"
    return f"{path}?{parts.query}" if parts.query else path
