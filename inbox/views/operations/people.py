"""How people decide, for owners and admins: all together, and each where the workspace says so."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations import fatigue, measures, people
from inbox.operations.services import visibility
from inbox.views.kit import figures, late
from inbox.views.kit.acting import Request, acts, confirmed, signed_in
from inbox.views.operations.page import show


@signed_in
@require_safe
def everybody(request: Request) -> HttpResponse:
    wanted = request.GET.get("range", "")
    span = measures.span_or(wanted, "90d")
    zone = request.user.time_zone
    read = late.read(
        request,
        lambda: (people.everybody(request.person, span), fatigue.team_figures(request.person, span, zone=zone)),
    )
    found, team = read.value
    known = {
        "span": span,
        "no_range": wanted if wanted not in ("", *measures.SPANS) else "",
        "spans": list(measures.SPANS.values()),
        "persons": [one for one in found if not one.is_group],
        "groups": [one for one in found if one.is_group],
        "sees_each": fatigue.sees_each(request.person.workspace_id),
        "least": fatigue.LEAST_PEOPLE,
        "team": team,
        "as_of": read.as_of,
    }
    return show(request, "people", known | (figures.shown(team, zone=zone) if team else {}))


@acts
@confirmed
def set_visibility(request: Request) -> HttpResponse:
    per_person = request.POST.get("per_person") == "yes"
    visibility.set_visibility(actor=request.person, per_person=per_person)
    told = _("Owners and admins see how each person decides.") if per_person else _("Only what all do together is shown.")
    messages.success(request, told)
    return redirect("operations-people")
