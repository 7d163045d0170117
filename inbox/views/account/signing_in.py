"""The library's forms in the words of the other pages: labels in sentence case, and no label twice."""

from typing import Any

from allauth.account import forms as account
from django.utils.translation import gettext_lazy as _

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
    pass


class NewPassword(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePassword(Worded, account.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPassword(Worded, account.SetPasswordForm):  # type: ignore[misc]
    pass


class Confirm(Worded, account.ReauthenticateForm):  # type: ignore[misc]
    pass
