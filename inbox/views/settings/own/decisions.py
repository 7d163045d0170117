"""How one decides oneself: shown to oneself first."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from inbox.operations import fatigue, measures, people
from inbox.views.kit import figures, late
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.settings.page import show
from intents.kernel.actors import ADMINS

DISMISSED = "break_dismissed"
"""The session's key of the latest decision of a streak for which no break is suggested any more."""


@signed_in
@require_safe
def decisions(request: Request) -> HttpResponse:
    span, person, zone = measures.span_or(request.GET.get("range", ""), "90d"), request.person, request.user.time_zone
    streak = fatigue.streak(person)
    found = late.read(request, lambda: (people.own(person, span), fatigue.own_figures(person, span, zone=zone)))
    one, own = found.value
    known = {
        "span": span,
        "spans": list(measures.SPANS.values()),
        "one": one,
        "as_of": found.as_of,
        "sees_all": person.role in ADMINS,
        "seen_by_name": fatigue.sees_each(person.workspace_id),
        "streak": streak if streak and request.session.get(DISMISSED) != str(streak.last) else None,
    }
    known |= figures.shown(own, zone=zone)
    return show(request, "profile", known, template="decisions")


@acts
def dismiss_break(request: Request) -> HttpResponse:
    if streak := fatigue.streak(request.person):
        request.session[DISMISSED] = str(streak.last)
    return redirect("settings-decisions")
