"""Passkeys: signing in by one, and the list of one's own."""

from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth, flows
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inbox.views.kit import passkeys
from inbox.views.kit.acting import Request, asks, confirmed, sent
from intents.accounts import selectors as roster

SIGN_IN = "sign-in"


@require_POST
@never_cache
def options(request: HttpRequest, to: str) -> HttpResponse:
    """What the browser's dialog is to sign, kept in the session until it is answered: to `sign-in`, by any passkey that it
    has for this site, or to `confirm`, by one of who is signed in."""
    if to == SIGN_IN:
        refused: HttpResponse | None = ratelimit.consume_or_429(request, app="allauth.mfa", action="webauthn_login")
        return refused or JsonResponse(auth.begin_authentication(None))
    if not request.user.is_authenticated:
        raise Http404
    return JsonResponse(auth.begin_authentication(request.user))


class SignInView(webauthn.LoginWebAuthnView):  # type: ignore[misc]  # the library is untyped
    """Signs in, and leads to where the person wanted to go."""

    http_method_names = ("post", "options")

    def form_invalid(self, form: passkeys.SignInByPasskey) -> HttpResponse:
        messages.error(self.request, passkeys.WRONG)
        return HttpResponseRedirect(reverse("account_login"))

    def form_valid(self, form: passkeys.SignInByPasskey) -> HttpResponse:
        authenticator = form.cleaned_data[passkeys.CREDENTIAL]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = flows.perform_passwordless_login(self.request, authenticator, login)
        return response


@method_decorator(never_cache, name="dispatch")
class ConfirmView(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Confirming by a passkey on the page that asks for a code, which tells what is wrong, too."""

    http_method_names = ("post", "options")

    def form_invalid(self, form: passkeys.ConfirmByPasskey) -> HttpResponse:
        messages.error(self.request, passkeys.WRONG)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("mfa_reauthenticate")))


class SecondStepView(base.AuthenticateView):  # type: ignore[misc]
    """After the password: a code or a passkey."""

    def get_context_data(self, **known: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**known)
        return found | {"passkey": passkeys.of(self.stage.login.user)}


class ConfirmByCodeView(base.ReauthenticateView):  # type: ignore[misc]
    """The page that asks for a code, or a passkey, once more."""

    def get_context_data(self, **known: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**known)
        return found | {"passkey": passkeys.of(self.request.user)}


sign_in = SignInView.as_view()
confirm = ConfirmView.as_view()
second_step = SecondStepView.as_view()
confirm_by_code = ConfirmByCodeView.as_view()
add = webauthn.add_webauthn


def _own(request: Request, passkey_id: int) -> Authenticator:
    """Raises Http404."""
    found = next((one for one in passkeys.of(request.user) if one.pk == passkey_id), None)
    if found is None:
        raise Http404
    return found


@asks
@confirmed
def rename(request: Request, passkey_id: int) -> HttpResponse:
    passkey = _own(request, passkey_id)
    form = passkeys.Renamed(sent(request), initial={"name": passkey.wrap().name})
    if form.is_valid():
        flows.rename_authenticator(request, passkey, form.cleaned_data["name"])
        messages.success(request, _("The passkey is called %(name)s now.") % form.cleaned_data)
        return redirect("settings-security")
    return render(request, "mfa/webauthn/edit_form.html", {"form": form, "passkey": passkey})


@asks
@confirmed
def remove(request: Request, passkey_id: int) -> HttpResponse:
    passkey = _own(request, passkey_id)
    if request.method != "POST":
        others = roster.authenticators(request.user).exclude(pk=passkey.pk)
        last = not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        return render(request, "mfa/webauthn/authenticator_confirm_delete.html", {"passkey": passkey, "last": last})
    flows.remove_authenticator(request, passkey)
    return redirect("settings-security")
