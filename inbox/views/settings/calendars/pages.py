"""The calendars of the workspace: when which place works. All see them, owners and admins keep them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import dateformat
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from inbox.calendars import rota, working_time
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars.models import Calendar
from inbox.escalation import selectors
from inbox.escalation.services import calendars as services
from inbox.views.kit import forms as shared
from inbox.views.kit import identity, revisions
from inbox.views.kit.acting import Request, acts, confirmed, confirmed_form, signed_in
from inbox.views.kit.forms import whole_number
from inbox.views.kit.revisions import Meanwhile
from inbox.views.settings.calendars.hours import WeekForm, days, typed, week
from inbox.views.settings.page import edit, show
from inbox.vocabulary import countries, roles
from intents.kernel import canonical, clock
from intents.kernel.actors import ADMINS
from intents.kernel.errors import ChangedMeanwhile, DomainError

HOLIDAYS_SHOWN = 5
MOST_HOURS = 1000
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


class CalendarForm(WeekForm):
    field_order = ("name", "time_zone", "country")

    revision = revisions.Revision()
    name = forms.CharField(
        label=_("Name"),
        validators=[shared.seen],
        max_length=120,
        help_text=_("For example Riga office. Policies refer to it by this name."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        help_text=_("For example Europe/Riga."),
    )
    country = forms.ChoiceField(
        required=False,
        choices=lambda: [("", _("None")), *countries.choices()],
        label=_("Public holidays"),
    )


class CountForm(forms.Form):
    hours = forms.IntegerField(min_value=0, max_value=MOST_HOURS, widget=whole_number(), label=_("Working hours"))


@signed_in
@require_safe
def calendar_list(request: Request) -> HttpResponse:
    rows = calendar_selectors.calendars(request.person).order_by("name")
    known = {"calendars": [(row, days(canonical.loads(row.hours)), countries.name(row.country)) for row in rows]}
    return show(request, "calendars", known | {"manages": request.person.role in ADMINS})


@signed_in
@require_safe
def calendar_page(request: Request, calendar_id: UUID) -> HttpResponse:
    row = calendar_selectors.calendar(request.person, calendar_id)
    working, now = rota.working(row), clock.now()
    assert working is not None
    count = CountForm(request.GET if "hours" in request.GET else {"hours": 4})
    hours = count.cleaned_data["hours"] if count.is_valid() else None
    local = now.astimezone(working.zone)
    # As words: a template would turn times into the zone of who looks.
    due = None if hours is None else working_time.due(working, now, hours * 3600).astimezone(working.zone)
    known = {
        "calendar": row,
        "country": countries.name(row.country),
        "local": dateformat.format(local, str(_("D H:i"))),
        "week": week(canonical.loads(row.hours)),
        "count": count,
        "hours": hours,
        "due": dateformat.format(due, str(_("D j M, H:i"))) if due else "",
        "holidays": working_time.next_holidays(row.country, local.date(), HOLIDAYS_SHOWN) if row.country else [],
        "policies": [one for one in selectors.policies(row.workspace_id) if one.calendar_id == row.id],
        "manages": request.person.role in ADMINS,
    }
    return show(request, "calendars", known, template="calendar", status=422 if count.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@signed_in
@confirmed_form
def new_calendar(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    first: dict[str, Any] = {"time_zone": request.user.time_zone} | typed(OFFICE)
    form = CalendarForm(request.POST or None, initial=first)
    unshown = identity.unshown(request, request.user) if form.is_bound else ""
    if form.is_bound and form.is_valid() and not unshown:
        try:
            row = services.create(actor=request.person, **_given(form))
        except DomainError as error:
            shared.show(form, error, else_at="name")
        else:
            messages.success(request, _("Calendar %(calendar)s created. Policies can use it now.") % {"calendar": row.name})
            return redirect("settings-calendar", calendar_id=row.id)
    return _form(request, form, unshown=unshown)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@signed_in
@confirmed_form
def edit_calendar(request: Request, calendar_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = calendar_selectors.calendar(request.person, calendar_id)
    stored = {"name": row.name, "time_zone": row.time_zone, "country": row.country or "", "revision": row.revision}
    form = CalendarForm(request.POST or None, initial=stored | typed(canonical.loads(row.hours)))
    unshown = identity.unshown(request, request.user) if form.is_bound else ""
    if form.is_bound and form.is_valid() and not unshown:
        try:
            services.update(
                actor=request.person, calendar_id=row.id, expected_revision=form.cleaned_data["revision"], **_given(form)
            )
        except ChangedMeanwhile:
            return _form(request, form, row, unshown="", changed=revisions.of_form(form, row))
        except DomainError as error:
            shared.show(form, error, else_at="name")
        else:
            messages.success(request, _("The calendar is saved. Open tasks keep their current times."))
            return redirect("settings-calendar", calendar_id=row.id)
    return _form(request, form, row, unshown=unshown)


def _given(form: CalendarForm) -> dict[str, Any]:
    given = {name: form.cleaned_data[name] for name in ("name", "time_zone")}
    return given | {"country": form.cleaned_data["country"] or None, "hours": form.hours()}


def _form(
    request: Request, form: CalendarForm, row: Calendar | None = None, *, unshown: str, changed: Meanwhile | None = None
) -> HttpResponse:
    return edit(request, "calendars", "calendar", row, form, unshown=unshown, meanwhile=changed)


@acts
@confirmed
def delete_calendar(request: Request, calendar_id: UUID) -> HttpResponse:
    row = services.delete(actor=request.person, calendar_id=calendar_id)
    messages.success(request, _("The calendar %(calendar)s is deleted.") % {"calendar": row.name})
    return redirect("settings-calendars")
