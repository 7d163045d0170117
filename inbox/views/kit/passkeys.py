"""The forms that take what a passkey signed: WebAuthn credentials, by the library."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.forms import seen
from intents.accounts import selectors as roster
from intents.accounts.models import User

CREDENTIAL = "credential"
"""The field that the script fills in with what the browser's dialog gives."""
LONGEST_NAME = 60
MOST = 20
"""Passkeys that one person may have: all of them are named to the browser each time."""
WRONG = _("This passkey was not accepted. Try again, or use another way.")


class _Checked:
    """What is no answer to the question that this session was given last is refused, in words about passkeys: the library
    speaks of codes."""

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]  # of the form this is mixed into
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise ValidationError(WRONG) from None
        return found


class SignInByPasskey(_Checked, webauthn.LoginWebAuthnForm):  # type: ignore[misc]  # the library is untyped
    """In place of a password: the device has seen who it is."""


class SecondStepByPasskey(_Checked, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After the password."""


class ConfirmByPasskey(_Checked, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """When one shows once more that it is oneself."""


class NewPasskey(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        validators=[seen],
        help_text=_("Where it is kept, for example Phone or Blue security key."),
    )
    passwordless = None  # the device says what it can

    def clean(self) -> dict[str, Any]:
        if len(of(self.user)) >= MOST:
            raise ValidationError(_("You have %(most)s passkeys already; remove one first."), params={"most": MOST})
        try:
            given: dict[str, Any] = super().clean()
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise ValidationError(WRONG) from None
        return given


class Renamed(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, validators=[seen])


def of(user: User) -> list[Authenticator]:
    """The passkeys of a user, the oldest first."""
    return list(roster.authenticators(user).filter(type=Authenticator.Type.WEBAUTHN).order_by("created_at"))
