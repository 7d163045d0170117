"""Overrides of a schedule: who is on call instead, and when."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.calendars import selectors as calendar_selectors
from inbox.escalation.services import schedules as services
from inbox.views.kit.acting import Request, acts, asks_confirmed, confirmed, sent
from inbox.views.settings.oncall.form import people
from inbox.views.settings.page import FormPage, ask
from inbox.vocabulary import roles


class StandInForm(forms.Form):
    """Who stands in, and when, in the person's own zone."""

    person = forms.ChoiceField(label=_("Person"))
    start = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    end = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]]) -> None:
        super().__init__(*args)
        self.fields["person"].choices = [("", _("Choose")), *choices]  # type: ignore[attr-defined]


@asks_confirmed
def stand_in(request: Request, schedule_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = calendar_selectors.schedule(request.person, schedule_id)
    page = FormPage(
        tab="oncall",
        route="stand-in",
        ids=(row.id,),
        title=_("Override of %(schedule)s") % {"schedule": row.name},
        hint=_("In your time zone, %(time_zone)s. If two overlap, the newer wins.") % {"time_zone": request.user.time_zone},
        button=_("Add override"),
        back=reverse("settings-schedule", args=[row.id]),
        back_words=row.name,
        confirms=True,
    )

    def add(given: Mapping[str, Any]) -> HttpResponse:
        services.stand_in(actor=request.person, schedule_id=row.id, **given)
        messages.success(request, _("Override added."))
        return redirect("settings-schedule", schedule_id=row.id)

    return ask(request, page, StandInForm(sent(request), choices=people(request)), add, else_at="end")


@acts
@confirmed
def stand_down(request: Request, schedule_id: UUID, override_id: UUID) -> HttpResponse:
    services.stand_down(actor=request.person, schedule_id=schedule_id, override_id=override_id)
    messages.success(request, _("Override removed."))
    return redirect("settings-schedule", schedule_id=schedule_id)
