"""The on-call schedules of the workspace. All see them, owners and admins keep them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from inbox.assignees import selectors
from inbox.assignees import selectors as selectors_people
from inbox.calendars import oncall
from inbox.calendars import rota as inbox_rota
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars.models import Schedule
from inbox.calendars.oncall import Shift, Why
from inbox.escalation.services import schedules as services
from inbox.views.kit import identity, revisions
from inbox.views.kit.acting import Request, acts, confirmed, confirmed_form, signed_in
from inbox.views.kit.revisions import Meanwhile
from inbox.views.settings.calendars.hours import typed, week
from inbox.views.settings.oncall import shifts
from inbox.views.settings.oncall.form import BLANKS, DAYS, WEEKS, ScheduleForm, asked, people
from inbox.views.settings.page import edit, show
from inbox.vocabulary import roles
from intents.accounts.models import User
from intents.kernel import canonical, clock
from intents.kernel.actors import ADMINS
from intents.kernel.errors import ChangedMeanwhile, DomainError

ON_DAYS = (_("Mondays"), _("Tuesdays"), _("Wednesdays"), _("Thursdays"), _("Fridays"), _("Saturdays"), _("Sundays"))


@signed_in
@require_safe
def schedule_list(request: Request) -> HttpResponse:
    rows = list(calendar_selectors.schedules(request.person).order_by("name"))
    found = services.rosters(rows=rows, now=clock.now())
    known = {
        "schedules": [(one, None if one.now.is_gap else shifts.called(one.now.person, one.people)) for one in found],
        "manages": request.person.role in ADMINS,
    }
    return show(request, "oncall", known)


@signed_in
@require_safe
def schedule_page(request: Request, schedule_id: UUID) -> HttpResponse:
    row, now = calendar_selectors.schedule(request.person, schedule_id), clock.now()
    (roster_now,) = services.rosters(rows=[row], now=now)
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = services.shifts(row=row, start=today, end=today + services.AHEAD)
    named = selectors_people.people({*row.people, *(one.person for one in ahead if one.person)})
    able = selectors.able(row.workspace_id)
    known = {
        "schedule": row,
        "on_call": roster_now.now,
        "on_call_name": shifts.called(roster_now.now.person, named),
        "why_nobody": _why_nobody(roster_now.now, named) if roster_now.now.is_gap else "",
        "turns": _turns(row),
        "people": [(shifts.called(one, named), one in able) for one in row.people],
        "week": week(canonical.loads(row.hours)) if row.hours else [],
        "weeks": [today + timedelta(weeks=number) for number in range(services.AHEAD.days // 7)],
        "lines": shifts.lines(ahead, named),
        "end": ahead[-1].end,
        "shifts": [(one, shifts.called(one.person, named)) for one in ahead if not one.is_gap],
        "gaps": [
            (shifts.period(max(one.start, now), one.end), shifts.gap(one, named))
            for one in ahead
            if one.is_gap and one.why is not Why.OFF_HOURS and one.end > now
        ],
        "overrides": [
            (one, shifts.name(one.user), shifts.period(one.start, one.end), one.user_id in able)
            for one in roster_now.overrides
        ],
        "never": [shifts.called(one, named) for one in oncall.never_on_call(inbox_rota.rota(row, ()))],
        "policies": services.policies_that_ask(row),
        "manages": request.person.role in ADMINS,
    }
    return show(request, "oncall", known, template="schedule")


def _why_nobody(now: Shift, named: Mapping[UUID, User]) -> str:
    return str(_("it is out of its hours")) if now.why is Why.OFF_HOURS else shifts.gap(now, named)


def _turns(row: Schedule) -> str:
    """How turns change, in words: "A week each, handed over on Mondays at 09:00"."""
    weeks, rest = divmod(row.shift_days, 7)
    if rest:
        said = ngettext("A day each, handoff at %(at)s", "%(days)s days each, handoff at %(at)s", row.shift_days)
        return said % {"days": row.shift_days, "at": row.hand_over}
    said = ngettext(
        "A week each, handoff on %(days)s at %(at)s", "%(weeks)s weeks each, handoff on %(days)s at %(at)s", weeks
    )
    return said % {"weeks": weeks, "days": ON_DAYS[row.starts_on.weekday()], "at": row.hand_over}


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@signed_in
@confirmed_form
def new_schedule(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    first = {"time_zone": request.user.time_zone, "starts_on": timezone.localtime(clock.now()).date()}
    form = asked(request, first, people(request), turns=BLANKS)
    unshown = identity.unshown(request, request.user) if form.is_bound else ""
    if form.is_bound and form.is_valid() and not unshown:
        try:
            row = services.create(actor=request.person, **form.given())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                _("Schedule %(schedule)s created. Policies can escalate to whoever is on call.") % {"schedule": row.name},
            )
            return redirect("settings-schedule", schedule_id=row.id)
    return _form(request, form, unshown=unshown)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@signed_in
@confirmed_form
def edit_schedule(request: Request, schedule_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = calendar_selectors.schedule(request.person, schedule_id)
    in_weeks = row.shift_days % 7 == 0
    stored: dict[str, Any] = {
        "name": row.name,
        "time_zone": row.time_zone,
        "starts_on": row.starts_on,
        "hand_over": row.hand_over,
        "length": row.shift_days // 7 if in_weeks else row.shift_days,
        "unit": WEEKS if in_weeks else DAYS,
        "revision": row.revision,
    }
    stored |= {f"person_{number}": str(one) for number, one in enumerate(row.people)}
    stored |= typed(canonical.loads(row.hours)) if row.hours else {}
    form = asked(request, stored, people(request, selectors_people.people(row.people)), turns=len(row.people) + 1)
    unshown = identity.unshown(request, request.user) if form.is_bound else ""
    if form.is_bound and form.is_valid() and not unshown:
        try:
            expected = form.cleaned_data["revision"]
            services.update(actor=request.person, schedule_id=row.id, expected_revision=expected, **form.given())
        except ChangedMeanwhile:
            return _form(request, form, row, unshown="", changed=revisions.of_form(form, row))
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The schedule is saved."))
            return redirect("settings-schedule", schedule_id=row.id)
    return _form(request, form, row, unshown=unshown)


def _form(
    request: Request, form: ScheduleForm, row: Schedule | None = None, *, unshown: str, changed: Meanwhile | None = None
) -> HttpResponse:
    return edit(request, "oncall", "schedule", row, form, unshown=unshown, meanwhile=changed)


@acts
@confirmed
def delete_schedule(request: Request, schedule_id: UUID) -> HttpResponse:
    row = services.delete(actor=request.person, schedule_id=schedule_id)
    messages.success(request, _("The schedule %(schedule)s is deleted.") % {"schedule": row.name})
    return redirect("settings-oncall")
