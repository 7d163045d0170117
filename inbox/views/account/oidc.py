"""Signing in with an identity provider, and confirming there that it is still oneself.

What a sign-in began with (state, nonce, PKCE verifier) is in the session, once: an answer that is played again, or that
this browser never asked for, belongs to none.
"""

import time
from typing import Any
from urllib.parse import urlencode

import structlog
from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from inbox.adapters import BY_OIDC, asked_for
from inbox.adapters import PROVIDER as IDENTITY_PROVIDER
from inbox.views.kit.acting import to_sign_in
from inbox.views.kit.refusals import in_words
from intents.accounts import selectors as accounts
from intents.accounts.models import User
from intents.accounts.oidc import client, providers
from intents.accounts.oidc.providers import Provider
from intents.accounts.oidc.tokens import LEEWAY_SECONDS, NotSignedIn
from intents.accounts.services import identities
from intents.kernel import secrets

log = structlog.get_logger()
STARTED = "oidc"
"""Where a session keeps the sign-ins that it began, by their state."""
MOST = 5
"""So many tabs may be at the provider at once; the oldest are forgotten."""
MINUTES = 15


@require_GET
@never_cache
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider."""
    return _start(request, _provider(provider_id))


@require_GET
@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """Send who is signed in to the provider that they signed in with, which asks who they are although it knows."""
    if not isinstance(request.user, User):
        return to_sign_in(request)
    known = {one.issuer for one in accounts.identities(request.user)}
    provider = next((one for one in providers.known() if one.issuer in known), None)
    if provider is None:
        raise PermissionDenied
    return _start(request, provider, confirms=str(request.user.pk))


def reauthenticate(request: HttpRequest) -> HttpResponse:
    """The page that confirms that it is oneself, by whatever one has."""
    if isinstance(request.user, User) and asked_for(request.user) == IDENTITY_PROVIDER:
        return HttpResponseRedirect(f"{reverse('account_oidc_confirm')}?{urlencode({'next': request.GET.get('next', '')})}")
    response: HttpResponse = account.reauthenticate(request)
    return response


def _start(request: HttpRequest, provider: Provider, *, confirms: str = "") -> HttpResponse:
    state, nonce, verifier = (secrets.new_token() for _each in range(3))
    begun = {
        "provider": provider.id,
        "nonce": nonce,
        "verifier": verifier,
        "at": time.time(),
        "next": _own(request, request.GET.get("next", "")),
        "confirms": confirms,
    }
    try:
        to = client.authorization_url(
            provider, callback=_callback(provider), state=state, nonce=nonce, verifier=verifier, again=bool(confirms)
        )
    except NotSignedIn as refused:
        return _refuse(request, provider, refused)
    kept = dict(list(request.session.get(STARTED, {}).items())[1 - MOST :])
    request.session[STARTED] = kept | {state: begun}
    return HttpResponseRedirect(to)


@require_GET
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the provider sent the browser back with."""
    provider = _provider(provider_id)
    try:
        begun = _begun(request, provider)
        if request.GET.get("error") or not request.GET.get("code"):
            raise NotSignedIn("denied", _("The identity provider did not sign you in."))
        found = client.claims(
            provider,
            code=request.GET["code"],
            callback=_callback(provider),
            nonce=begun["nonce"],
            verifier=begun["verifier"],
        )
        if begun["confirms"]:
            return _confirmed(request, provider, begun, found)
        user = identities.arrive(actor=provider.actor, provider=provider, claims=found)
    except NotSignedIn as refused:
        return _refuse(request, provider, refused)
    if isinstance(request.user, User) and request.user.pk != user.pk:
        get_adapter().logout(request)
    record_authentication(request, user, method=BY_OIDC, provider=provider.id)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=begun["next"] or None))
    return response


def _begun(request: HttpRequest, provider: Provider) -> dict[str, Any]:
    """The sign-in that an answer belongs to, which is over with it. Raises NotSignedIn."""
    kept = dict(request.session.get(STARTED, {}))
    begun: dict[str, Any] | None = kept.pop(request.GET.get("state", ""), None)
    if begun is None:
        raise NotSignedIn("state", _("This answer belongs to no sign-in that this browser began, or was used already."))
    request.session[STARTED] = kept
    if begun["provider"] != provider.id or request.GET.get("iss", provider.issuer) != provider.issuer:
        raise NotSignedIn("issuer", _("The answer comes from another identity provider."))
    if begun["at"] < time.time() - 60 * MINUTES:
        raise NotSignedIn("state", _("This sign-in took too long."))
    return begun


def _confirmed(request: HttpRequest, provider: Provider, begun: dict[str, Any], claims: dict[str, Any]) -> HttpResponse:
    """Raises NotSignedIn for another person, and when the provider did not ask them anew."""
    known = accounts.identity(provider.issuer, claims["sub"])
    if known is None or str(known.user_id) != begun["confirms"] or str(request.user.pk) != begun["confirms"]:
        raise NotSignedIn("another", _("Somebody else is signed in at the identity provider."))
    asked_at = claims.get("auth_time")
    if not isinstance(asked_at, int | float) or asked_at < begun["at"] - LEEWAY_SECONDS:
        raise NotSignedIn("not_anew", _("The identity provider did not ask who you are."))
    record_authentication(request, known.user, method=BY_OIDC, provider=provider.id, reauthenticated=True)
    return HttpResponseRedirect(begun["next"] or "/")


def _provider(provider_id: str) -> Provider:
    """Raises Http404."""
    found = providers.named(provider_id)
    if found is None:
        raise Http404
    return found


def _callback(provider: Provider) -> str:
    return f"{settings.BASE_URL}{reverse('oidc-callback', args=[provider.id])}"


def _own(request: HttpRequest, path: str) -> str:
    return path if path and get_adapter(request).is_safe_url(path) else ""


def _refuse(request: HttpRequest, provider: Provider, refused: NotSignedIn) -> HttpResponse:
    log.warning("oidc_refused", provider=provider.id, reason=refused.reason)
    known = {"provider": provider, "problem": in_words(refused.text), "reason": refused.reason}
    return render(request, "account/oidc_refused.html", known, status=502 if refused.reason == "away" else 403)
