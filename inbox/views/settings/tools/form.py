"""The form of how a tool signs its calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.views.kit import forms as shared
from inbox.views.kit.lines import LinesField
from intents.engine.incoming.places import LONGEST
from intents.engine.incoming.signatures import TOLERANCE_SECONDS, Style
from intents.engine.models import Tool
from intents.engine.services.tools import LONGEST_NAME, TOLERANCES, Signing

STYLES: dict[str, str | Promise] = {
    str(Style.STANDARD): _("Standard Webhooks"),
    str(Style.STRIPE): "Stripe",
    str(Style.GITHUB): "GitHub",
    str(Style.SLACK): "Slack",
    str(Style.HMAC): _("Other (HMAC-SHA256)"),
}
"""How tools sign, in words."""
OVERLAPS = (
    (0, _("Stops working now")),
    (1, _("Works for 1 more hour")),
    (24, _("Works for 1 more day")),
    (168, _("Works for 1 more week")),
)


class SigningForm(forms.Form):
    """Of a tool that is configured: without its name, and with a secret only where that changes."""

    style = forms.ChoiceField(label=_("Signature"), choices=list(STYLES.items()), widget=forms.RadioSelect)
    secret = forms.CharField(
        label=_("Signing secret"),
        max_length=512,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Copy it from the tool’s webhook settings. It is never shown again."),
    )
    header = forms.CharField(
        label=_("Signature header"),
        max_length=120,
        required=False,
        help_text=_("Only for “Other”, like X-Signature: the digest in hexadecimal or Base64."),
    )
    timestamp_header = forms.CharField(
        label=_("Timestamp header"),
        max_length=120,
        required=False,
        help_text=_("Only for “Other”: if the tool signs a time in seconds, a dot and the body."),
    )
    tolerance_seconds = forms.IntegerField(
        label=_("Oldest signature accepted, in seconds"),
        min_value=TOLERANCES[0],
        max_value=TOLERANCES[-1],
        initial=TOLERANCE_SECONDS,
        widget=shared.whole_number(),
    )
    external_id_at = forms.CharField(
        label=_("Where the job’s id is"),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "Only for a tool that knows one address for everything, as Stripe and GitHub do: a JSON Pointer into what it"
            " sends, like /data/object/id. Agents then wait for it with this id."
        ),
    )
    event_type_at = forms.CharField(
        label=_("Where the event’s type is"),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_("A JSON Pointer or a header, or several, joined by dots: /type, or X-GitHub-Event /action."),
    )
    event_types = LinesField(
        label=_("Events that count"),
        help_text=_("One on each line, like payment_intent.succeeded or check_run.*. Empty: all. Others are ignored."),
    )


class NewToolForm(SigningForm):
    field_order = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].required = False
        self.fields["secret"].help_text = _(
            "Copy it from the tool’s webhook settings. It is never shown again. For a tool that makes it only once it knows"
            " its address, leave it empty for now."
        )

    name = forms.CharField(
        label=_("Name"),
        validators=[shared.seen],
        max_length=LONGEST_NAME,
        help_text=_("As agents name it when they wait for the tool, like credit-bureau. Case matters."),
    )


class ChangeToolForm(SigningForm):
    field_order = ("style", "secret", "overlap")

    overlap = forms.TypedChoiceField(
        label=_("The old secret"), coerce=int, choices=OVERLAPS, initial=24, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].required = False
        self.fields["secret"].help_text = _("Leave empty to keep the current one.")


def first_of(tool: Tool) -> dict[str, Any]:
    """What the form of a configured tool begins with."""
    return {name: getattr(tool, name) for name in SigningForm.base_fields if name != "secret"}


def signing_of(given: Mapping[str, Any]) -> Signing:
    """How a tool is to sign, by a form in order."""
    return Signing(
        style=Style(given["style"]),
        header=given["header"],
        timestamp_header=given["timestamp_header"],
        tolerance_seconds=given["tolerance_seconds"],
        external_id_at=given["external_id_at"],
        event_type_at=given["event_type_at"],
        event_types=given["event_types"],
    )


def overlap_of(given: Mapping[str, Any]) -> timedelta:
    """How long the old secret stays valid, by a form in order."""
    return timedelta(hours=given["overlap"])
