"""How people decide, for owners and admins."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from inbox.operations import measures, people
from inbox.views.kit.acting import Request, signed_in
from inbox.views.operations.page import show


@signed_in
@require_safe
def everybody(request: Request) -> HttpResponse:
    wanted = request.GET.get("range", "")
    span = measures.span_or(wanted, "90d")
    found = people.everybody(request.person, span)
    known = {
        "span": span,
        "no_range": wanted if wanted not in ("", *measures.SPANS) else "",
        "spans": list(measures.SPANS.values()),
        "persons": [one for one in found if not one.is_group],
        "groups": [one for one in found if one.is_group],
    }
    return show(request, "people", known)
