"""The forms that ask for the code of a second step. Each code counts once, wherever it is typed."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm

from intents.accounts import tries


class _Once:
    user: Any
    authenticator: Any

    def clean_code(self) -> str:
        # The library remembers a code for half a minute, but takes it for one and a half.
        code: str = super().clean_code()  # type: ignore[misc]
        if self._changes() and not tries.use_code(user=self.user, code=code):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def _changes(self) -> bool:
        """Whether it is a code of an app. Recovery codes are used up by themselves."""
        return bool(self.authenticator.type == Authenticator.Type.TOTP)


class SecondStep(_Once, base.AuthenticateForm):  # type: ignore[misc]
    """At signing in."""


class ConfirmByCode(_Once, base.ReauthenticateForm):  # type: ignore[misc]
    """When one shows once more that it is oneself."""


class TurnOn(_Once, ActivateTOTPForm):  # type: ignore[misc]
    """When an app is set up: its first code does not sign in again."""

    def _changes(self) -> bool:
        return True
