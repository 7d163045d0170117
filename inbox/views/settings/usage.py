"""What the workspace has used of what, and its limits. For owners and admins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.views.kit import forms as shared
from inbox.views.kit import late
from inbox.views.kit.acting import Request, asks, sent, signed_in
from inbox.views.kit.revisions import Revision
from inbox.views.settings.page import FormPage, ask, show
from intents.quotas import dimensions, selectors
from intents.quotas.dimensions import BYTES, NO_LIMIT
from intents.quotas.models import Overage
from intents.quotas.services import policies

TAB = "usage"
DAYS = 30
WORDS: dict[str, str | Promise] = {
    dimensions.INTENTS: gettext_lazy("Intents today"),
    dimensions.INBOX_WRITES: gettext_lazy("Replies and delegations by agents today"),
    dimensions.UPLOADED: gettext_lazy("Uploaded today"),
    dimensions.STORED: gettext_lazy("Files stored"),
    dimensions.DELIVERIES: gettext_lazy("Webhook messages today"),
    dimensions.SCHEMA_WRITES: gettext_lazy("Schemas changed today"),
    dimensions.ACTORS: gettext_lazy("Members"),
    dimensions.AGENTS: gettext_lazy("Agents"),
    dimensions.REQUESTS: gettext_lazy("API requests this minute"),
}
"""Dimensions as a page calls them, in its order."""
OVERAGES = {
    Overage.BLOCK: gettext_lazy("Refuse it"),
    Overage.GRACE: gettext_lazy("Accept it, and tell owners and admins"),
}
HEIGHT = 100


@dataclass(frozen=True, slots=True)
class UsedLine:
    """A dimension of the page: `tone` tells that its limit is near or reached, `percent` how near, None without one."""

    words: str | Promise
    used: str
    limit: str
    percent: int | None
    tone: str


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the chart; `y` and `height` are drawn."""

    day: datetime
    count: int
    x: int
    y: int
    height: int


def _shown(name: str, number: int) -> str:
    return filesizeformat(number) if name in BYTES else number_format(number, use_l10n=True, force_grouping=True)


def _line(name: str, quota: selectors.Quota, used: int) -> UsedLine:
    if name not in quota.limits:
        return UsedLine(WORDS[name], _shown(name, used), "", None, "")
    limit = quota.limit(name)
    tone = "red" if used >= limit else "amber" if used >= quota.soft(name) else ""
    percent = min(100, 100 * used // limit) if limit else 100
    return UsedLine(WORDS[name], _shown(name, used), _shown(name, limit), percent, tone)


def _bars(usage: selectors.WorkspaceUsage) -> list[DayBar]:
    counts = [(day, used[dimensions.INTENTS]) for day, used in usage.days]
    most = max((count for _day, count in counts), default=0) or 1
    heights = [max(1, HEIGHT * count // most) if count else 0 for _day, count in counts]
    return [
        DayBar(day, count, place, HEIGHT - height, height)
        for place, ((day, count), height) in enumerate(zip(counts, heights, strict=True))
    ]


@signed_in
@require_safe
def usage_page(request: Request) -> HttpResponse:
    selectors.ensure_looks(request.person)
    found = late.read(request, lambda: selectors.usage(request.person, days=DAYS))
    usage = found.value
    today = usage.days[-1][1] | {name: usage.used[name] for name in (*dimensions.TOTALS, dimensions.REQUESTS)}
    quota = selectors.quota_of(request.person.workspace_id)
    known = {
        "lines": [_line(name, quota, today[name]) for name in WORDS],
        "quota": quota,
        "as_of": found.as_of,
        "bars": _bars(usage),
        "most": max((used[dimensions.INTENTS] for _day, used in usage.days), default=0),
        "days": DAYS,
        "sum": usage.used[dimensions.INTENTS],
    }
    return show(request, TAB, known)


class QuotaForm(forms.Form):
    """A limit for each dimension; nothing typed is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in WORDS.items():
            label = _("%(what)s, in bytes") % {"what": words} if name in BYTES else str(words)
            self.fields[name] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=NO_LIMIT - 1, widget=shared.whole_number()
            )
        self.fields["soft_threshold_percent"] = forms.IntegerField(
            label=_("Warn at, in percent of a limit"), min_value=1, max_value=100, widget=shared.whole_number()
        )
        self.fields["overage_mode"] = forms.ChoiceField(
            label=_("What is over a limit"), choices=OVERAGES.items(), widget=forms.RadioSelect
        )
        self.fields["revision"] = Revision(first=0)


@asks
def edit_quotas(request: Request) -> HttpResponse:
    selectors.ensure_looks(request.person)
    quota = selectors.quota_of(request.person.workspace_id)
    page = FormPage(
        tab=TAB,
        route="edit-quotas",
        title=_("Limits"),
        intro=_("Days are UTC days. An empty field sets no limit, 0 allows nothing."),
        button=_("Save"),
        back=reverse("settings-usage"),
        back_words=_("Usage"),
    )
    first: dict[str, Any] = dict(quota.limits) | {
        "soft_threshold_percent": quota.soft_threshold_percent,
        "overage_mode": Overage.BLOCK if quota.refuses else Overage.GRACE,
        "revision": quota.revision,
    }

    def save(given: Mapping[str, Any]) -> HttpResponse:
        policies.set_policy(
            actor=request.person,
            limits={name: given[name] for name in WORDS if given[name] is not None},
            soft_threshold_percent=given["soft_threshold_percent"],
            hard_enforcement=given["overage_mode"] == Overage.BLOCK,
            overage_mode=Overage(given["overage_mode"]),
            expected_revision=given["revision"],
        )
        messages.success(request, _("Saved. The limits hold from now on."))
        return redirect("settings-usage")

    return ask(request, page, QuotaForm(sent(request), initial=first), save, else_at=None)
