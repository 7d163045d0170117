"""The list of intents for those who watch: search, views, columns, pages."""

import contextlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations import bounds, measures, selectors
from inbox.operations.bounds import TooBroad
from inbox.operations.completing import completions
from inbox.operations.models import SavedView
from inbox.operations.permissions import ensure_may_watch, may_repair
from inbox.operations.query import KEYS, LONGEST
from inbox.operations.selectors import Watched
from inbox.operations.services import saved
from inbox.views.kit import late
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.kit.refusals import marked
from inbox.views.operations import words
from inbox.views.operations.lines import Lines
from inbox.views.operations.page import show
from intents.kernel.actors import ADMINS, Person
from intents.kernel.errors import InvalidField


@signed_in
@require_safe
def intent_list(request: Request) -> HttpResponse:
    person = ensure_may_watch(request.person)
    q = request.GET.get("q", words.VIEWS[0][1]).strip()[: LONGEST + 1]
    found: list[Watched] = []
    last, total, as_of, refusal = None, None, None, None
    after, seconds = request.GET.get("after", ""), _counting(request)
    try:
        query = selectors.read(q)
        read = late.read(request, lambda: selectors.counted_page(person, query, _id(after), selectors.PAGE, seconds=seconds))
        (found, last, total), as_of = read.value, read.as_of
    except InvalidField as error:
        refusal = error
    here = reverse("operations-intents")
    shown = selectors.columns(person)
    token = get_token(request) if _repairs(request, person) else ""
    lines = Lines(q, after, shown, token=token)
    known = {
        "q": q,
        "picks": bool(token),
        "rows": [lines.of(one) for one in found],
        "total": total,
        "as_of": as_of,
        "counting": total is None and "count" not in request.GET,
        "refusal": refusal,
        "broad": isinstance(refusal, TooBroad),
        "refused": marked(str(refusal.details.get("why", refusal.reason))) if refusal else "",
        "suggested": [(one, list_url(_meant(q, refusal, one))) for one in _suggestions(refusal)],
        "next": list_url(q, last) if last else "",
        "later": "after" in request.GET,
        "address": request.get_full_path(),
        "columns": [(one, words.COLUMNS[one], one in shown) for one in selectors.COLUMNS],
        "shown": [(one, words.COLUMNS[one]) for one in shown],
        "export": f"{here}/export?{urlencode({'q': q})}",
        "completions": completions(q, {}) if not q else [],
    }
    response = show(request, "intents", known | _views(person, q, [None] * len(words.VIEWS)))
    response.status_code = 422 if refusal else 200
    return response


@signed_in
@require_safe
def counted_views(request: Request) -> HttpResponse:
    """The views with how many each holds, which a page of the list asks for once it is there: counting takes longer than
    listing."""
    person = ensure_may_watch(request.person)
    read = late.read(request, lambda: selectors.totals(person, [one for _words, one in words.VIEWS]))
    known = _views(person, request.GET.get("q", "")[: LONGEST + 1], read.value)
    return late.dated(render(request, "operations/views.html", known | {"counted": True}), read.as_of)


def _views(person: Person, q: str, counts: Sequence[int | None]) -> dict[str, Any]:
    """The views of all and one's own, of which that of `q` is the current one."""
    kept = list(selectors.saved_views(person))
    return {
        "q": q,
        "views": [(said, list_url(one), one == q, n) for (said, one), n in zip(words.VIEWS, counts, strict=True)],
        "saved": [(one, list_url(one.q), one.q == q) for one in kept],
        "current_view": next((one for one in kept if one.q == q and _may_change(person, one)), None),
    }


def _repairs(request: Request, person: Person) -> bool:
    """Whether this person moves on what others sent now: nobody does in a workspace where nothing goes on."""
    return may_repair(person) and not request.seat.stopped


def _counting(request: Request) -> float:
    """How long counting may take: who reads without a script asks for it by a link."""
    return bounds.SECONDS if "count" in request.GET else selectors.COUNTING_SECONDS


@signed_in
@require_safe
def counted(request: Request) -> HttpResponse:
    """How many `q` finds, for a page that came without it."""
    person = ensure_may_watch(request.person)
    q, total, as_of = request.GET.get("q", "")[: LONGEST + 1], None, None
    with contextlib.suppress(InvalidField):
        read = late.read(request, lambda: selectors.total(person, q))
        total, as_of = read.value, read.as_of
    known = {"q": q, "total": total, "repairs": _repairs(request, person), "apart": True}
    return late.dated(render(request, "operations/total.html", known), as_of)


def list_url(q: str, after: UUID | None = None) -> str:
    """The page of the list of what `q` finds, the newest first or those after an id."""
    return f"{reverse('operations-intents')}?{urlencode({'q': q} | ({'after': after.hex} if after else {}))}"


def _id(text: str) -> UUID | None:
    """Where a page goes on; an address that was typed wrong begins anew."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _suggestions(refusal: InvalidField | None) -> list[str]:
    return list(refusal.details.get("suggestions", []))[:4] if refusal else []


def _meant(q: str, refusal: InvalidField | None, suggestion: str) -> str:
    """The query with what was not understood replaced by what may be meant."""
    word = str(refusal.details.get("word", "")) if refusal else ""
    return q.replace(word, suggestion, 1) if word else suggestion


def _may_change(person: Person, view: SavedView) -> bool:
    return view.user_id == person.user_id or person.role in ADMINS


@signed_in
@require_safe
def suggest(request: Request) -> HttpResponse:
    """How the query that is being typed may go on, as options of its field."""
    person = ensure_may_watch(request.person)
    keys = measures.NARROWS if "narrow" in request.GET else KEYS
    found = completions(request.GET.get("q", "")[:LONGEST], selectors.known_values(person), keys)
    return render(request, "operations/options.html", {"completions": found})


@acts
def save_view(request: Request) -> HttpResponse:
    view = saved.save_view(
        actor=request.person,
        name=request.POST.get("name", ""),
        q=request.POST.get("q", ""),
        shared=request.POST.get("shared") == "yes",
    )
    messages.success(request, _("The view %(name)s is saved.") % {"name": view.name})
    return redirect(list_url(view.q))


@acts
def change_view(request: Request, view_id: UUID) -> HttpResponse:
    name, shared = request.POST.get("name", ""), request.POST.get("shared") == "yes"
    view = saved.change_view(actor=request.person, view_id=view_id, name=name, shared=shared)
    messages.success(request, _("The view %(name)s is saved.") % {"name": view.name})
    return redirect(list_url(view.q))


@acts
def delete_view(request: Request, view_id: UUID) -> HttpResponse:
    view = saved.delete_view(actor=request.person, view_id=view_id)
    messages.success(request, _("The view %(name)s is deleted.") % {"name": view.name})
    return redirect("operations-intents")


@acts
def choose_columns(request: Request) -> HttpResponse:
    saved.choose_columns(actor=request.person, columns=request.POST.getlist("column"))
    return redirect(list_url(request.POST.get("q", "")[:LONGEST]))
