"""What all pages of operations have around them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from inbox.operations.permissions import ensure_may_watch, may_repair
from inbox.views.kit.acting import Request
from intents.kernel import clock
from intents.kernel.actors import ADMINS


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", part: bool = False) -> HttpResponse:
    """A page of operations under its tab; of a page with a `part` that follows what happens, that alone for a page that is
    open already. Raises Denied for those who only decide."""
    person = ensure_may_watch(request.person)
    around = {
        "place": "operations",
        "tab": tab,
        "repairs": may_repair(person),
        "manages": person.role in ADMINS,
        "now": clock.now(),
    }
    asked = "_part" if part and request.headers.get("HX-Request") else ""
    return render(request, f"operations/{template or tab}{asked}.html", around | known)
