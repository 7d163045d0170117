"""Showing once more that it is oneself: by a code where there is a second step, else by the password."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.codes import ConfirmByCode as CodeForm
from intents.accounts.models import User

PASSWORD, CODE = "password", "code"
_METHODS = {PASSWORD: "password", CODE: "mfa"}
_MISSING = {PASSWORD: _("Enter your password."), CODE: _("Enter the code that your app shows.")}


def asked_for(user: User) -> str:
    """What shows that it is `user`, and the name of its field: PASSWORD or CODE."""
    return CODE if is_mfa_enabled(user, types=[Authenticator.Type.TOTP]) else PASSWORD


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Whether `user` has shown lately that it is them, by signing in or by confirming it."""
    recent = time.time() - 60 * settings.CONFIRM_AGAIN_MINUTES
    records = [record for record in get_authentication_records(request, user) if record["at"] > recent]
    return bool(records) and any(record["method"] == _METHODS[asked_for(user)] for record in records)


def confirm(request: HttpRequest, user: User) -> str:
    """Check what was sent for `asked_for`, and keep in the session that it was right. Returns what is wrong, nothing for
    nothing."""
    name = asked_for(user)
    if not request.POST.get(name):
        return str(_MISSING[name])
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        return str(_("Too many tries. Wait a minute, then try again."))
    form = (CodeForm if name == CODE else PasswordForm)(user=user, data=request.POST)
    if not form.is_valid():
        return " ".join(form.errors[name])
    if isinstance(form, CodeForm):
        form.save()
    else:
        reauthenticate_by_password(request)
    return ""


def unshown(request: HttpRequest, user: User) -> str:
    """What is wrong with what should show that it is `user`; nothing when that was shown lately, or is now."""
    return "" if is_fresh(request, user) else confirm(request, user)


def of_form(request: HttpRequest, user: User, *, here: str, confirming: str) -> dict[str, str]:
    """For a form that asks `user` for it among its fields, so that what was typed stays: `identity`, the field's name or
    nothing, and `action`, where it is sent. Passwords are looked at by threads of their own, at `confirming`."""
    name = "" if is_fresh(request, user) else asked_for(user)
    return {"identity": name, "action": confirming if name else here}
