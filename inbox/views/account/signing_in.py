"""The library's forms in the words of the other pages: labels in sentence case, and no label twice."""

from typing import Any

from allauth.account import forms as account
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from intents.accounts import resets

LABELS = {
    "login": _("Email address"),
    "email": _("Email address"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password again"),
}
STRONG = _("At least ten characters. Not one that many use, and not like your name or address.")


class Worded:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]  # of the form this is mixed into
        for name, field in fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = STRONG


class SignIn(Worded, account.LoginForm):  # type: ignore[misc]  # the library is untyped
    pass


class ForgottenPassword(Worded, account.ResetPasswordForm):  # type: ignore[misc]
    """Does the same for every address: how long it takes would tell which ones have an account."""

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"])
        if len(address) > resets.LONGEST:
            raise ValidationError(_("No email address is that long."))
        return address

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        address = str(self.cleaned_data["email"])
        resets.ask(address)
        return address


class NewPassword(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePassword(Worded, account.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPassword(Worded, account.SetPasswordForm):  # type: ignore[misc]
    pass


class Confirm(Worded, account.ReauthenticateForm):  # type: ignore[misc]
    pass
