"""The demo's sign-in links: whoever sees what `make run` prints is in with one click.

A link lets nobody in whom the password in `demo.env` would not let in, since that is what it uses: after a new password it
leads to the sign-in page, with a second step it asks for that. It is for the machine that the server runs on, alone.
"""

import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.forms import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from axme_site.demo import env_file

WHO = {"manager": "DEMO_MANAGER", "deputy": "DEMO_DEPUTY", "ops": "DEMO_OPS"}
"""The people that links are for, each with the beginning of their variables in `demo.env`."""
BUTTONS = {"manager": ("Maria", _("decides")), "deputy": ("Dana", _("stands in")), "ops": ("Otto", _("owner"))}
"""Those whom the sign-in page offers to continue as, with DEMO_SIGN_IN."""
SHOWN = {"manager": ("Maria", "decides"), "ops": ("Otto", "owns the workspace")}
"""Those whose links are told when the server starts: a name, and what they do."""
VARIABLE = "DEMO_SIGN_IN_SECRET"
"""The variable of the secret that is in every link. The log blots it out, as it does keys. No setting has its name: who
starts the server may have exported what `demo.env` holds."""
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-Ip", "Via")


def new_secret() -> str:
    """A secret that nobody guesses, 192 bits."""
    return f"axme_demo_{secrets.token_urlsafe(24)}"


def link(who: str, *, values: dict[str, str]) -> str | None:
    """The link by which one of WHO signs in, made of the `values` of `demo.env`; None where none is taken."""
    if not (_is_offered() and values.get(VARIABLE)):
        return None
    return f"{settings.BASE_URL}{reverse('demo-sign-in', args=[who, values[VARIABLE]])}"


def _is_offered() -> bool:
    """Only a server with a database of its own that this machine alone can reach has links."""
    known_as = urlsplit(settings.BASE_URL).hostname or ""
    near = _is_here(settings.HOST) and _is_here(known_as)
    return bool(settings.EMBEDDED) and not settings.BEHIND_PROXY and near


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_from_here(request: HttpRequest) -> bool:
    """Whether a browser of this machine asks, by an address of this machine, and nobody in between."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    passed_on = any(name in request.headers for name in FORWARDED)
    return _is_here(str(request.META.get("REMOTE_ADDR", ""))) and _is_here(host) and not passed_on


@require_GET
@never_cache
def sign_in(request: HttpRequest, who: str, secret: str) -> HttpResponse:
    """Sign in one of WHO, whoever was signed in before, and show the inbox."""
    values = env_file.read() if _is_offered() and _is_from_here(request) else {}
    kept = values.get(VARIABLE)
    if who not in WHO or not kept or not constant_time_compare(secret, kept):
        raise Http404
    return _enter(request, who, values)


def people(request: HttpRequest) -> list[tuple[str, str, str]]:
    """For `inbox.demo`: the buttons that sign in without anything to type. Only where whoever runs the server has asked for
    them, and where the links would be taken."""
    if not (settings.DEMO_SIGN_IN and _is_offered() and _is_from_here(request)):
        return []
    values = env_file.read()
    known = [who for who in BUTTONS if f"{WHO[who]}_PASSWORD" in values and values.get(VARIABLE)]
    return [(reverse("demo-continue", args=[who]), BUTTONS[who][0], str(BUTTONS[who][1])) for who in known]


@require_POST
@never_cache
def continue_as(request: HttpRequest, who: str) -> HttpResponse:
    """What such a button does."""
    if who not in WHO or reverse("demo-continue", args=[who]) not in [at for at, _name, _does in people(request)]:
        raise Http404
    return _enter(request, who, env_file.read())


def _enter(request: HttpRequest, who: str, values: dict[str, str]) -> HttpResponse:
    """Sign in one of WHO by the password in `values`, and go on to where they were going."""
    given = {"email": values[f"{WHO[who]}_EMAIL"], "password": values[f"{WHO[who]}_PASSWORD"]}
    try:
        user = get_adapter().authenticate(request, **given)
    except ValidationError:  # too many tries
        user = None
    if user is None:
        messages.info(request, _("This link was revoked when the password was changed. Sign in with the new one."))
        return HttpResponseRedirect(reverse("account_login"))
    signing_in = Login(user=user, email=given["email"], redirect_url=get_next_redirect_url(request) or reverse("inbox"))
    response: HttpResponse = perform_password_login(request, given, signing_in)
    return response
