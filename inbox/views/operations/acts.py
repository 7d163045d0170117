"""The audit log: what people and machines did to keys, people and settings."""

import json
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from inbox.operations import acts
from inbox.views.kit.acting import Request, signed_in
from inbox.views.operations.page import show

PAGE = 50


@signed_in
@require_safe
def audit_log(request: Request) -> HttpResponse:
    by, about = request.GET.get("by", ""), request.GET.get("about", "")
    found = acts.page(request.person, by=by, about=about, before=_id(request.GET.get("after", "")), limit=PAGE)
    here, kept = reverse("operations-audit"), {"by": by, "about": about}
    known = {
        "rows": [(one, [(name, _said(value)) for name, value in one.details.items()]) for one in found.items],
        "by": by,
        "about": about,
        "kinds": acts.kinds(request.person),
        "more": f"{here}?{urlencode(kept | {'after': found.last.hex})}" if found.last else "",
    }
    return show(request, "audit", known)


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _id(text: str) -> UUID | None:
    """Where a page goes on; an address that was typed wrong begins anew."""
    try:
        return UUID(text)
    except ValueError:
        return None
