"""What all pages of operations have around them."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.http import HttpResponse
from django.shortcuts import render

from inbox.operations.permissions import ensure_may_watch, may_repair
from inbox.views.kit import late
from inbox.views.kit.acting import Request
from intents.kernel import clock
from intents.kernel.actors import ADMINS
from intents.kernel.errors import Missing

Choice = TypeVar("Choice", bound=str)
Usual = TypeVar("Usual")


def chosen(request: Request, name: str, choices: Iterable[Choice], usual: Usual) -> Choice | Usual:
    """The one of `choices` that a page's address names by `name`, the usual one where it names none. Raises Missing for
    what is none of them: another list than the one that was asked for would tell something wrong."""
    asked = request.GET.get(name, "")
    known = {str(one): one for one in choices}
    if asked and asked not in known:
        named = ", ".join(one for one in known if one)
        raise Missing(f"there is no {name} “{asked[:40]}” here: it is one of {named}", **{name: asked[:40]})
    return known[asked] if asked else usual


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", part: bool = False) -> HttpResponse:
    """A page of operations under its tab; of a page with a `part` that follows what happens, that alone for a page that is
    open already. `as_of` in `known` says as of when it is, None for now. Raises Denied for those who only decide."""
    person = ensure_may_watch(request.person)
    around = {
        "place": "operations",
        "tab": tab,
        "repairs": may_repair(person),
        "manages": person.role in ADMINS,
        "now": clock.now(),
    }
    asked = "_part" if part and request.headers.get("HX-Request") else ""
    response = render(request, f"operations/{template or tab}{asked}.html", around | known)
    return late.dated(response, known.get("as_of"))
