"""What forms share: names, zones, passwords, and refusals of the domain shown beside their fields."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.refusals import in_a_sentence
from intents.accounts.models import User
from intents.kernel import clock
from intents.kernel.errors import DomainError
from intents.kernel.unseen import unseen

ZONES = sorted(clock.zones())
LONGEST_PASSWORD = 256
"""Hashing takes time by length."""


def seen(text: str) -> None:
    """A validator of names."""
    if odd := unseen(text):
        raise ValidationError(_("A name holds no characters that cannot be seen: %(odd)s.") % {"odd": odd})


class NewPasswordField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Password"),
            max_length=LONGEST_PASSWORD,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text=_("At least ten characters."),
        )


def whole_number() -> forms.TextInput:
    """A number field of a browser leaves out what it does not like, and sends "1,5" as 15. What is typed is judged here."""
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


def check_password(form: forms.Form, *, email: str, name: str) -> None:
    """Puts what is wrong with the form's password beside it."""
    password = form.cleaned_data.get("password")
    if password is None:
        return
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        form.add_error("password", error)


def status(form: forms.Form, unshown: str, changed: object) -> int:
    """The status of a page that shows a form: changed by somebody else meanwhile, not in order, or just shown."""
    return 409 if changed else 422 if form.errors or unshown else 200


def show(form: forms.Form, error: DomainError, *, else_at: str | None = None) -> None:
    """Put a refusal of the domain beside the field that it names, or a part of, or beside `else_at`."""
    path = str(error.details.get("field") or "")
    message = in_a_sentence(error.message.removeprefix(f"{path}: ") if path else error.message)
    field = path.partition(".")[0]
    form.add_error(field if field in form.fields else else_at, message)
