"""Showing once more that it is oneself ("step-up"): by a passkey or a code where there is a second step, else by the
password, else with the identity provider. Every door that asks for it asks here."""

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inbox.adapters import CODE, PASSKEY, PASSWORD, PROVIDER, asked_for, is_fresh
from inbox.views.kit.codes import ConfirmByCode as CodeForm
from inbox.views.kit.passkeys import CREDENTIAL, ConfirmByPasskey
from intents.accounts.models import User

__all__ = ["CODE", "PASSKEY", "PASSWORD", "PROVIDER", "asked_for", "confirm", "is_fresh", "of_form", "unshown"]

_MISSING = {
    PASSWORD: _("Enter your password."),
    CODE: _("Enter the code that your app shows."),
    PASSKEY: _("Use your passkey, or enter a code."),
    PROVIDER: _("Confirm with your identity provider first, then try again."),
}


def confirm(request: HttpRequest, user: User) -> str:
    """Check what was sent for `asked_for`, and keep in the session that it was right. Returns what is wrong, nothing for
    nothing."""
    asked = asked_for(user)
    name = asked if asked != PASSKEY else CREDENTIAL if request.POST.get(CREDENTIAL) else CODE
    if asked == PROVIDER or not request.POST.get(name):
        return str(_MISSING[asked])
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        return str(_("Too many attempts. Wait a minute, then try again."))
    form = {CREDENTIAL: ConfirmByPasskey, CODE: CodeForm, PASSWORD: PasswordForm}[name](user=user, data=request.POST)
    if not form.is_valid():
        return " ".join(form.errors[name])
    if name == PASSWORD:
        reauthenticate_by_password(request)
    else:
        form.save()
    return ""


def unshown(request: HttpRequest, user: User) -> str:
    """What is wrong with what should show that it is `user`; nothing when that was shown lately, or is now."""
    return "" if is_fresh(request, user) else confirm(request, user)


def of_form(request: HttpRequest, user: User, *, here: str, confirming: str) -> dict[str, str]:
    """For a form that asks `user` for it among its fields, so that what was typed stays: `identity`, what is asked for or
    nothing, and `action`, where it is sent. Passwords are looked at by threads of their own, at `confirming`."""
    asked = "" if is_fresh(request, user) else asked_for(user)
    return {"identity": asked, "action": confirming if asked else here}
