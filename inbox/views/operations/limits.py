"""Limits of agents: what they may do and cost, what they have used of it, and changing that."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import limits
from inbox.operations.limits import AgentLimits
from inbox.views.kit import form_page
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, asks, sent, signed_in
from inbox.views.kit.form_page import FormPage
from inbox.views.kit.lines import LinesField
from inbox.views.kit.revisions import Revision
from inbox.views.operations.fleet import usd
from inbox.views.operations.page import show
from inbox.vocabulary.series import series
from intents.accounts.models import AnomalyAction, BreachAction
from intents.mesh.policies import LONGEST_PATTERN, MOST_PATTERNS, PATTERN, Limits, plain
from intents.mesh.services import governing

PAGE = 100
MOST = 10**9
NONE_ALLOWED = "!"
"""A line that stands for an empty list: nothing is allowed."""
BREACHES: dict[str, str | Promise] = {
    BreachAction.BLOCK: gettext_lazy("Refuse new intents"),
    BreachAction.ALERT: gettext_lazy("Refuse them, and ask an owner"),
    BreachAction.PAUSE: gettext_lazy("Pause the agent until an owner agrees"),
    BreachAction.KILL: gettext_lazy("Kill the agent until an owner agrees"),
}
ANOMALIES: dict[str, str | Promise] = {
    AnomalyAction.NOTE: gettext_lazy("Tell of it"),
    AnomalyAction.ALERT: gettext_lazy("Ask an owner"),
    AnomalyAction.PAUSE: gettext_lazy("Pause the agent until an owner agrees"),
    AnomalyAction.KILL: gettext_lazy("Kill the agent until an owner agrees"),
}
LISTS = ("allowed_intent_types", "denied_intent_types", "allowed_tools", "denied_tools")


@signed_in
@require_safe
def limits_page(request: Request) -> HttpResponse:
    found = limits.page(request.person, after=request.GET.get("after", ""), limit=PAGE)
    known = {
        "of_all": _rules(found.of_all),
        "rows": [_row(one) for one in found.agents],
        "more": f"{reverse('operations-limits')}?{urlencode({'after': found.last})}" if found.last else "",
    }
    return show(request, "fleet", known, template="limits")


def _row(one: AgentLimits) -> dict[str, Any]:
    used, holds = one.used, one.limits
    taken = used.spent + used.reserved
    return {
        "name": one.name,
        "own": one.own,
        "hour": _of(used.hour, holds.max_intents_per_hour),
        "day": _of(used.day, holds.max_intents_per_day),
        "cost": _of(taken, holds.max_cost_per_day_usd),
        "reserved": usd(used.reserved) if used.reserved else "",
        "rules": _rules(holds),
    }


def _of(used: Decimal | int, limit: Decimal | int | None) -> dict[str, Any]:
    """What is used of a limit, in words and percent."""
    if limit is None:
        return {"used": _shown(used), "limit": "", "percent": None, "tone": ""}
    percent = min(100, int(100 * used / limit)) if limit else 100
    tone = "red" if used >= limit else "amber" if percent >= 80 else ""
    return {"used": _shown(used), "limit": _shown(limit), "percent": percent, "tone": tone}


def _shown(value: Decimal | int) -> str:
    return usd(value) if isinstance(value, Decimal) else number_format(value, use_l10n=True, force_grouping=True)


def _rules(holds: Limits) -> list[tuple[str | Promise, str | Promise]]:
    """What holds beside what is used, in words; of all agents their limits, too."""
    found: list[tuple[str | Promise, str | Promise]] = []
    labels = {name: field.label for name, field in LimitsForm.base_fields.items()}
    for name in ("max_intents_per_hour", "max_intents_per_day", "max_cost_per_day_usd", "max_cost_per_intent_usd"):
        if (value := getattr(holds, name)) is not None:
            found.append((labels[name] or "", _shown(value)))
    for name, words in (("action_on_breach", BREACHES), ("action_on_anomaly", ANOMALIES)):
        if value := getattr(holds, name):
            found.append((labels[name] or "", words[value]))
    for name in LISTS:
        if (value := getattr(holds, name)) is not None:
            found.append((labels[name] or "", series(value) or _("none")))
    return found


class PatternsField(LinesField):
    """Types or tools, one on each line."""

    def __init__(self, *, label: Any, help_text: Any = "") -> None:
        super().__init__(label=label, help_text=help_text, most=MOST_PATTERNS)

    def clean(self, value: object) -> list[str] | None:  # type: ignore[override]
        found = super().clean(value)
        if found == [NONE_ALLOWED]:
            return []
        if odd := next((one for one in found if len(one) > LONGEST_PATTERN or not re.fullmatch(PATTERN, one)), None):
            raise forms.ValidationError(
                _("“%(line)s” is no name: letters, digits and _ . : / -, and * at its end.") % {"line": odd[:40]}
            )
        return found or None

    def prepare_value(self, value: Any) -> Any:
        return NONE_ALLOWED if value == [] else super().prepare_value(value)


def _count(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, required=False, min_value=0, max_value=MOST, widget=shared.whole_number()
    )


class MoneyField(forms.DecimalField):
    """An amount, shown as it would be typed."""

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


def _money(label: Any, help_text: Any = "") -> forms.DecimalField:
    return MoneyField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=MOST,
        max_digits=22,
        decimal_places=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class LimitsForm(forms.Form):
    """The limits of an agent, or of all; what is empty is as all have it, or none."""

    max_intents_per_hour = _count(gettext_lazy("Intents per hour"), gettext_lazy("Sent by it and to it."))
    max_intents_per_day = _count(gettext_lazy("Intents per day"))
    max_cost_per_day_usd = _money(gettext_lazy("Cost per day, in USD"), gettext_lazy("Spent and set aside together."))
    max_cost_per_intent_usd = _money(
        gettext_lazy("Cost per intent, in USD"), gettext_lazy("So much is set aside for each that it is sent.")
    )
    action_on_breach = forms.ChoiceField(label=gettext_lazy("At a limit"), required=False, choices=())
    action_on_anomaly = forms.ChoiceField(label=gettext_lazy("If it is unusual"), required=False, choices=())
    allowed_intent_types = PatternsField(
        label=gettext_lazy("Allowed types of intents"),
        help_text=gettext_lazy("One on each line, as order.*. Nothing allows all, a ! alone allows none."),
    )
    denied_intent_types = PatternsField(label=gettext_lazy("Denied types of intents"))
    allowed_tools = PatternsField(label=gettext_lazy("Allowed tools"))
    denied_tools = PatternsField(label=gettext_lazy("Denied tools"))
    revision = Revision(first=0)

    def __init__(self, *args: Any, of_all: Limits | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (("action_on_breach", BREACHES), ("action_on_anomaly", ANOMALIES)):
            usual = getattr(of_all, name) if of_all is not None else None
            first = words[usual or next(iter(words))]
            said = _("As all agents: %(words)s") if of_all is not None else _("Usual: %(words)s")
            choices = [("", said % {"words": first}), *words.items()]
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name in self.fields if of_all is not None else ():
            value = getattr(of_all, name, None)
            if value is None or name.startswith("action"):
                continue
            text = (series(value) or NONE_ALLOWED) if name in LISTS else plain(value)
            more = _("All agents: %(value)s.") % {"value": text}
            self.fields[name].help_text = f"{self.fields[name].help_text} {more}".strip()


@asks
def edit_limits(request: Request, agent: str = "") -> HttpResponse:
    found = limits.one(request.person, agent)
    page = FormPage(
        room="operations",
        tab="fleet",
        route="edit-agent-limits" if agent else "edit-limits",
        ids=(found.name,) if agent else (),
        title=_("Limits of %(name)s") % {"name": found.name} if agent else _("Limits of all agents"),
        intro=_("Hours and days are UTC. What is empty is as for all agents.")
        if agent
        else _("Hours and days are UTC. They hold of each agent that has none of its own; what is empty sets no limit."),
        button=_("Save"),
        back=reverse("operations-limits"),
        back_words=_("Limits"),
    )
    first = {name: getattr(found.own, name) for name in LimitsForm.base_fields if name != "revision"}
    form = LimitsForm(sent(request), initial=first | {"revision": found.revision}, of_all=found.of_all)

    def save(given: Mapping[str, Any]) -> HttpResponse:
        values = {name: given[name] if given[name] != "" else None for name in first}
        governing.set_policy(
            actor=request.person,
            workspace_id=request.person.workspace_id,
            name=found.name,
            values=values,
            expected_revision=given["revision"],
        )
        messages.success(request, _("Saved. The limits hold from now on."))
        return redirect("operations-limits")

    def shown(request: Request, tab: str, known: dict[str, Any], status: int) -> HttpResponse:
        response = show(request, tab, known, template="form_page")
        response.status_code = status
        return response

    return form_page.ask(request, page, form, save, show=shown)
