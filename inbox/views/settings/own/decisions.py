"""How one decides oneself: the numbers that owners and admins see too."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from inbox.operations import measures, people
from inbox.views.kit.acting import Request, signed_in
from inbox.views.settings.page import show
from intents.kernel.actors import ADMINS


@signed_in
@require_safe
def decisions(request: Request) -> HttpResponse:
    span = measures.span_or(request.GET.get("range", ""), "90d")
    known = {
        "span": span,
        "spans": list(measures.SPANS.values()),
        "one": people.own(request.person, span),
        "sees_all": request.person.role in ADMINS,
    }
    return show(request, "profile", known, template="decisions")
