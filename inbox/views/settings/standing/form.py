"""A standing grant as a form, and what it says as the API takes it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from inbox import presentation
from inbox.standing import pattern
from inbox.standing.pattern import GrantMatch, Limits
from inbox.standing.services.granting import LONGEST_DAYS
from inbox.tasks.answers import MAX_COMMENT
from inbox.views.kit import forms as shared
from inbox.views.kit.lines import LinesField
from inbox.vocabulary.kinds import RISK_WORDS, RISKS
from intents.kernel import canonical
from intents.kernel.errors import DomainError

OUTCOMES = (("approved", _("Approve")), ("rejected", _("Reject")))
_LINE = re.compile(r"(?P<field>\S+)\s*(?P<compare><=|>=|=|\s+in\s)\s*(?P<value>.+)")
_COMPARES = {"<=": "at_most", ">=": "at_least", "=": "is", "in": "one_of"}


@dataclass(frozen=True, slots=True)
class Said:
    """What a form says, as `granting.create` takes it."""

    match: GrantMatch
    limits: Limits
    outcome: str
    risk: str


class AmountField(forms.DecimalField):
    def __init__(self, label: Any, help_text: Any = "") -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            label=label, help_text=help_text, required=False, min_value=0, max_digits=20, decimal_places=6, widget=widget
        )


class CountField(forms.IntegerField):
    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, min_value=1, max_value=pattern.MOST, widget=shared.whole_number())


class GrantForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        validators=[shared.seen],
        help_text=_("Shown with each decision, like “Small refunds”."),
    )
    outcome = forms.ChoiceField(label=_("Decision"), choices=OUTCOMES)
    intent_types = LinesField(
        label=_("Request types"),
        required=True,
        help_text=_("One on each line, like refund.pay.v1. * stands for anything: refund.*"),
    )
    agents = LinesField(label=_("Agents"), help_text=_("One on each line. Empty: any agent."))
    conditions = LinesField(
        label=_("Conditions"),
        rows=3,
        help_text=_("One on each line, about fields of the request: amount <= 50, country = LV, customer in ACME, Globex"),
    )
    risk = forms.ChoiceField(label=_("Up to risk"))
    currency = forms.CharField(
        label=_("Currency"),
        required=False,
        max_length=8,
        help_text=_("Like EUR. With any amount below, only requests about one clear amount in it are decided."),
    )
    each = AmountField(_("Each at most"))
    day_count = CountField(_("Decisions a day, at most"))
    day_sum = AmountField(_("Sum a day, at most"))
    total_count = CountField(_("Decisions in total, at most"))
    total_sum = AmountField(_("Sum in total, at most"))
    days = forms.IntegerField(
        label=_("Valid for, in days"), min_value=1, max_value=LONGEST_DAYS, initial=30, widget=shared.whole_number()
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=MAX_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Goes with each decision."),
    )

    def __init__(self, *args: Any, highest: str, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = [risk for risk in reversed(RISKS) if pattern.covers(highest, risk)]
        self.fields["risk"].choices = [(one, capfirst(RISK_WORDS[one])) for one in allowed]  # type: ignore[attr-defined]

    def clean_conditions(self) -> list[dict[str, Any]]:
        """The conditions as the API takes them."""
        found = []
        for line in self.cleaned_data["conditions"]:
            parts = _LINE.fullmatch(line)
            if parts is None:
                said = gettext("“%(line)s” is no condition, as amount <= 50 is one.")
                raise forms.ValidationError(said % {"line": line[:40]})
            compare, text = _COMPARES[parts["compare"].strip()], parts["value"].strip()
            several = [_value(one) for one in text.split(",") if one.strip()]
            found.append({"field": parts["field"], compare: several if compare == "one_of" else _value(text)})
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["currency"] = str(given.get("currency") or "").strip().upper()
        sums = [name for name in ("each", "day_sum", "total_sum") if given.get(name) is not None]
        if sums and not given["currency"]:
            self.add_error("currency", _("Say in which currency the amounts are."))
        if not self.errors:
            try:
                given["said"] = _said(given)
            except ValidationError as error:
                self._tell(error)
        return given

    def _tell(self, error: ValidationError) -> None:
        """What the rules refuse, beside the field that says it."""
        for one in error.errors(include_url=False):
            place = str(one["loc"][0]) if one["loc"] else ""
            message = str(one["msg"]).removeprefix("Value error, ")
            beside = {"intent_types": "intent_types", "agents": "agents", "payload": "conditions"}.get(place)
            if beside is None:
                beside = "currency" if one["loc"] and one["loc"][-1] == "[key]" else "day_count"
            self.add_error(beside, f"{presentation.capitalised(message)}.")


def _value(text: str) -> Any:
    """Numbers, true, false and quoted texts as JSON has them; everything else is text."""
    try:
        found = canonical.parse(text.strip().encode())
    except DomainError:
        return text.strip()
    return found if isinstance(found, str | int | float) else text.strip()


def _said(given: Mapping[str, Any]) -> Said:
    """Raises ValidationError of pydantic."""
    currency = given["currency"]
    match = {"intent_types": given["intent_types"], "agents": given["agents"], "payload": given["conditions"]}
    bounds = {
        name: _some(count=given[f"{short}_count"], sums=_some(**{currency: given[f"{short}_sum"]}) or None)
        for name, short in (("per_day", "day"), ("total", "total"))
    }
    return Said(
        GrantMatch.model_validate(_some(**match)),
        Limits.model_validate(_some(each=_some(**{currency: given["each"]}), **bounds)),
        given["outcome"],
        given["risk"],
    )


def _some(**given: Any) -> dict[str, Any]:
    """What is given of it."""
    return {name: value for name, value in given.items() if value not in (None, [], {})}


def until(given: Mapping[str, Any], *, now: datetime) -> datetime:
    """When a grant that is made now expires."""
    return now + timedelta(days=given["days"])


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), required=False, max_length=MAX_COMMENT)


class StandingRulesForm(forms.Form):
    highest_risk = forms.ChoiceField(
        label=_("Allowed up to risk"),
        required=False,
        choices=[("", _("Not allowed")), *((one, capfirst(RISK_WORDS[one])) for one in reversed(RISKS))],
        help_text=_("Grants in force decide nothing above it from now on."),
    )
