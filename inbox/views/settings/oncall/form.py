"""A schedule as a form."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.escalation.services import schedules as services
from inbox.views.kit import away, revisions
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request
from inbox.views.kit.forms import whole_number
from inbox.views.settings.calendars.hours import WeekForm
from inbox.views.settings.oncall import shifts
from inbox.vocabulary.principals import DECIDERS
from intents.accounts import selectors as roster
from intents.accounts.models import User
from intents.kernel.errors import DomainError

DAYS, WEEKS = "days", "weeks"
BLANKS = 3
"""Turns that a new schedule offers to fill."""


def people(request: Request, named: Mapping[UUID, User] | None = None) -> list[tuple[str, str]]:
    """The members who can be on call, by name, and who left of those that are `named`."""
    members = [one for one in roster.members(request.person) if one.role in DECIDERS]
    notes = away.notes(request.person)
    found = {str(one.user_id): away.beside(shifts.name(one.user), notes.get(one.user_id)) for one in members}
    left = {str(one.id): _("%(name)s (cannot decide here)") % {"name": shifts.name(one)} for one in (named or {}).values()}
    return list((left | found).items())


class ScheduleForm(WeekForm):
    """`turns` fields for people, in the order of their turns; empty ones are passed over."""

    name = forms.CharField(
        label=_("Name"),
        validators=[shared.seen],
        max_length=120,
        help_text=_("For example Night shift. Policies refer to it by this name."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        help_text=_("For example Europe/Riga."),
    )
    starts_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Of the first shift."),
    )
    hand_over = forms.TimeField(
        label=_("Handoff time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial=time(9)
    )
    length = forms.IntegerField(
        min_value=1, max_value=services.LONGEST_SHIFT, widget=whole_number(), initial=1, label=_("A shift lasts")
    )
    revision = revisions.Revision()
    unit = forms.ChoiceField(choices=[(DAYS, _("days")), (WEEKS, _("weeks"))], initial=WEEKS, label=_("Days or weeks"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], turns: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turns = [f"person_{number}" for number in range(turns)]
        for number, turn in enumerate(self.turns, 1):
            self.fields[turn] = forms.ChoiceField(
                choices=[("", _("Nobody")), *choices], required=False, label=_("Person %(number)s") % {"number": number}
            )

    def people(self) -> list[forms.BoundField]:
        return [self[turn] for turn in self.turns]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self._chosen():
            self.add_error(self.turns[0], _("Choose at least one person."))
        return cleaned

    def given(self) -> dict[str, Any]:
        """The fields of the service."""
        cleaned = self.cleaned_data
        days = cleaned["length"] * (7 if cleaned["unit"] == WEEKS else 1)
        return {
            "name": cleaned["name"],
            "time_zone": cleaned["time_zone"],
            "starts_on": cleaned["starts_on"],
            "hand_over": f"{cleaned['hand_over']:%H:%M}",
            "shift_days": days,
            "people": [cleaned[turn] for turn in self._chosen()],
            "hours": self.hours() or None,
        }

    def _chosen(self) -> list[str]:
        return [turn for turn in self.turns if self.cleaned_data.get(turn)]

    def refuse(self, error: DomainError) -> None:
        """Put a refusal beside the field that it names."""
        field, _, place = str(error.details.get("field", "")).partition(".")
        at = {"shift_days": "length", "people": self._chosen()[int(place)] if place else self.turns[0]}.get(field, "name")
        shared.show(self, error, else_at=at)


def asked(request: Request, stored: Mapping[str, Any], choices: list[tuple[str, str]], *, turns: int) -> ScheduleForm:
    """The form as it was stored, or as it was sent. To add a turn is to show what was sent with one more, unchecked."""
    if request.method != "POST":
        return ScheduleForm(initial=stored, choices=choices, turns=turns)
    sent = min(sum(name.startswith("person_") for name in request.POST), services.MOST_PEOPLE)
    if "add" in request.POST:
        return ScheduleForm(initial=request.POST.dict(), choices=choices, turns=min(sent + 1, services.MOST_PEOPLE))
    return ScheduleForm(request.POST, initial=stored, choices=choices, turns=max(sent, 1))
