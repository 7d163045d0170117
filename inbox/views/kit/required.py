"""Who lacks what the workspace requires for signing in is led to set it up, and to nothing else of that workspace."""

from typing import Any

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from intents.accounts import requirements
from intents.accounts.models import Requirement
from intents.accounts.oidc import providers

ENDED = {
    requirements.TOO_OLD: _("Your session has reached the longest time that the workspace allows. Sign in again."),
    requirements.IDLE: _("You were signed out because you were away for a while. Sign in again."),
}
"""Why a session is over, and what is said of it."""
TITLES = {
    Requirement.SECOND_FACTOR: _("Set up two-factor authentication"),
    Requirement.PASSKEY: _("Add a passkey"),
    Requirement.OIDC: _("Sign in with your identity provider"),
}


def end(request: HttpRequest, why: str) -> None:
    """Sign out whose session is over."""
    auth.logout(request)
    messages.info(request, ENDED[why])


def show(request: Any) -> HttpResponse:
    """The page that tells what is missing and leads there, in place of any other; a part of a page leads to it."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=403, headers={"HX-Redirect": reverse("home")})
    requirement = Requirement(request.seat.kept_out)
    known = {
        "requirement": requirement,
        "title": TITLES[requirement],
        "seat": request.seat,
        "others": [seat for seat in request.seats if seat is not request.seat],
        "providers": providers.known(),
    }
    return render(request, "account/required.html", known, status=403)
