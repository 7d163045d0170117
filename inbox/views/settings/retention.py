"""For how long the workspace keeps what is over. For owners and admins: what is erased does not come back."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox import demo
from inbox.views.kit import forms as shared
from inbox.views.kit import identity, revisions
from inbox.views.kit.acting import Request, asks_confirmed, sent, signed_in
from inbox.views.kit.revisions import Meanwhile, Revision
from inbox.views.settings.page import show
from intents.kernel.actors import Role
from intents.kernel.errors import ChangedMeanwhile, DomainError
from intents.retention import rules, selectors
from intents.retention.models import Retention
from intents.retention.rules import MOST_DAYS, REMOVE, Rule
from intents.retention.selectors import DueErasures
from intents.retention.services import settings

ENDS: dict[str, str | Promise] = {
    "COMPLETED": gettext_lazy("Completed"),
    "FAILED": gettext_lazy("Failed"),
    "CANCELED": gettext_lazy("Canceled"),
    "TIMED_OUT": gettext_lazy("Timed out"),
}
"""How intents end, in words."""


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=MOST_DAYS, widget=shared.whole_number())


class RetentionForm(forms.Form):
    """Two numbers of days for each way to end. Nothing typed means to keep."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["revision"] = Revision(first=0)
        for status in ENDS:
            self.fields[f"contents_{status}"] = _days(gettext_lazy("Erase the data after, in days"))
            self.fields[f"intent_{status}"] = _days(gettext_lazy("Remove the intent after, in days"))

    def rows(self) -> list[tuple[str | Promise, list[Any]]]:
        """A legend and two fields for each way to end."""
        return [(words, [self[f"contents_{status}"], self[f"intent_{status}"]]) for status, words in ENDS.items()]

    def rules(self) -> list[Rule]:
        """Of a form in order."""
        given = self.cleaned_data
        return [Rule(status, given[f"contents_{status}"], given[f"intent_{status}"]) for status in ENDS]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for status in ENDS:
            contents, intent = given.get(f"contents_{status}"), given.get(f"intent_{status}")
            if contents and intent and intent < contents:
                self.add_error(f"intent_{status}", _("Not before its data are erased."))
        return given


class PreviewLine(NamedTuple):
    """A line of a preview. `from_days` to `to_days` is the age."""

    removes: bool
    status: str | Promise
    due: DueErasures


def _stored(row: Retention | None) -> list[Rule]:
    return rules.loads(row.rules) if row else rules.checked([])


@signed_in
@require_safe
def retention_page(request: Request) -> HttpResponse:
    row = selectors.kept_for(request.person)
    known = {
        "rules": [(ENDS[rule.status], rule) for rule in sorted(_stored(row), key=_place)],
        "row": row,
        "leavers": selectors.leavers(request.person),
        "erasures": selectors.person_erasures(request.person),
        "demo": request.person.role is Role.OWNER and demo.is_there(request.person),
    }
    return show(request, "data", known)


def _place(rule: Rule) -> int:
    return list(ENDS).index(rule.status)


@asks_confirmed
def edit_retention(request: Request) -> HttpResponse:
    """The form; with the button "Preview" what it would do now, which changes nothing."""
    row = selectors.kept_for(request.person)
    first: dict[str, Any] = {"revision": row.revision if row else 0}
    for one in _stored(row):
        first |= {f"contents_{one.status}": one.contents_days, f"intent_{one.status}": one.intent_days}
    form = RetentionForm(sent(request), initial=first)
    only_looks = "preview" in request.POST
    unshown = identity.unshown(request, request.user) if form.is_bound and not only_looks else ""
    lines: list[PreviewLine] | None = None
    changed: Meanwhile | None = None
    if form.is_bound and form.is_valid() and not unshown:
        if not only_looks:
            try:
                expected = form.cleaned_data["revision"]
                settings.change(actor=request.person, given=form.rules(), expected_revision=expected)
            except ChangedMeanwhile:
                stored = selectors.kept_for(request.person)
                changed = revisions.of_form(form, stored, labels=_label) if stored else None
            except DomainError as error:
                shared.show(form, error)
            else:
                messages.success(request, _("Saved. What is past its time is erased within the hour."))
                return redirect("settings-data")
        else:
            lines = _preview(request, form.rules())
    here, confirming = reverse("settings-edit-data"), reverse("confirm-data")
    known: dict[str, Any] = {"form": form, "unshown": unshown, "lines": lines, "meanwhile": changed}
    known |= identity.of_form(request, request.user, here=here, confirming=confirming)
    return show(request, "data", known, template="data_form", status=shared.status(form, unshown, changed))


def _label(field: forms.BoundField) -> str:
    """Each way to end has two fields of the same labels."""
    return f"{ENDS[field.name.partition('_')[2]]}: {field.label}"


def _preview(request: Request, wanted: list[Rule]) -> list[PreviewLine]:
    found = selectors.due(selectors.ensure_manages(request.person).workspace_id, rules.checked(wanted))
    return [PreviewLine(one.action == REMOVE, ENDS[one.status], one) for one in found]
