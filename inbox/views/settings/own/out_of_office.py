"""Being out of office: when, who stands in, and what goes to them, which is shown before it is so."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.tasks import handover
from inbox.tasks.selectors import handover as reasons
from inbox.tasks.services import out_of_office as services
from inbox.views.kit import away
from inbox.views.kit.acting import Request, acts, asks, sent
from inbox.views.kit.forms import seen
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.settings.page import show
from inbox.vocabulary.principals import DECIDERS
from intents.accounts import selectors as roster
from intents.accounts.models import Absence
from intents.kernel import clock
from intents.kernel.errors import DomainError

SHOWN = 50
REASONS = {
    reasons.GROUP: gettext_lazy("Stays: others in its group or role can decide it"),
    reasons.ONLY_YOU: gettext_lazy("Waits: only you in its group or role can decide it"),
    reasons.DELEGATED_TO: gettext_lazy("Waits: it was delegated to you, and goes no further"),
    reasons.DELEGATED_ON: gettext_lazy("Stays with the person you delegated it to"),
    reasons.ASKED: gettext_lazy("Stays: they are asked already"),
    reasons.APART: gettext_lazy("Waits: separation of duties keeps them from it"),
    reasons.NOBODY: gettext_lazy("Waits: nobody stands in"),
    reasons.AWAY: gettext_lazy("Waits: they are out of office too"),
}
"""What becomes of a task that does not go to the stand-in."""


class AbsenceForm(forms.Form):
    """Days, in the person's own zone."""

    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    stand_in = forms.ChoiceField(
        label=gettext_lazy("Stand-in"),
        required=False,
        help_text=gettext_lazy("Can decide in your place what is assigned to you by name, and is notified instead of you."),
    )
    message = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        validators=[seen],
        max_length=services.LONGEST_MESSAGE,
        help_text=gettext_lazy("Shown beside your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, request: Request, row: Absence | None) -> None:
        today = timezone.localdate()
        first = timezone.localdate(row.start) if row else today
        last = timezone.localdate(row.until - timedelta(microseconds=1)) if row else today + timedelta(days=6)
        known: dict[str, Any] = {"first_day": first, "last_day": last}
        if row is not None:
            known |= {"stand_in": row.stand_in.user.email if row.stand_in else "", "message": row.message}
        super().__init__(sent(request), initial=known)
        notes = away.notes(request.person)
        others = [
            (one.user.email, away.beside(away.called(one.user), notes.get(one.user_id)))
            for one in roster.members(request.person)
            if one.user_id != request.user.id and one.role in DECIDERS and not one.suspended
        ]
        self.fields["stand_in"].choices = [("", _("Nobody")), *others]  # type: ignore[attr-defined]


@asks
def out_of_office(request: Request) -> HttpResponse:
    """Looking shows the form, sending it what would go to whom, and sending that once more, as it was shown, stores it."""
    now = clock.now()
    row = roster.absence_of(request.person)
    row = row if row is not None and row.until > now else None
    form = AbsenceForm(request, row)
    found, previewed, changed = None, "", False
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        wanted = {"first_day": given["first_day"], "last_day": given["last_day"], "stand_in": given["stand_in"]}
        previewed = " ".join(map(str, wanted.values()))
        changed = "save" in request.POST and request.POST.get("previewed") != previewed
        try:
            if "save" in request.POST and not changed:
                saved = services.announce(actor=request.person, message=given["message"], **wanted)
                messages.success(request, _saved(saved, now))
                return redirect("settings-out-of-office")
            found = handover.preview(person=request.person, **wanted)
        except DomainError as error:
            at = {"until": "last_day", "from": "first_day"}.get(str(error.details.get("field")), "stand_in")
            form.add_error(at, in_a_sentence(str(getattr(error, "reason", error.message))))
    known: dict[str, Any] = {"form": form, "absence": row, "active": row is not None and row.start <= now}
    if found is not None:
        known |= _shown(found) | {"previewed": previewed, "changed": changed}
    status = 422 if form.errors or changed else 200
    return show(request, "out-of-office", known, template="out_of_office", status=status)


def _saved(row: Absence, now: datetime) -> str:
    said = _("You are out of office until %(day)s.") if row.start <= now else _("You are out of office from %(first)s on.")
    return said % {"day": away.last_day(row.until), "first": away.day(row.start)}


def _shown(found: handover.HandoverPlan) -> dict[str, Any]:
    """What the preview says."""
    to = away.called(found.stand_in.user) if found.stand_in else ""
    lines = [
        (one, str(REASONS[one.why_not]) if one.why_not else _("Goes to %(name)s") % {"name": to}) for one in found.tasks
    ]
    return {
        "preview": found,
        "stand_in": to,
        "going": found.going,
        "lines": lines[:SHOWN],
        "others": max(0, len(lines) - SHOWN),
        "also_away": away.of(found.also_away) if found.also_away else "",
    }


@acts
def end_absence(request: Request) -> HttpResponse:
    services.end(actor=request.person)
    messages.success(request, _("You are back."))
    return redirect("settings-out-of-office")
