"""The views of lists that people keep, in the rail: with how much each holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations import finding, selectors
from inbox.operations.models import SavedView, ViewOf
from inbox.operations.services import saved
from inbox.tasks import tallies
from inbox.tasks.lists import View
from inbox.tasks.places import SortOrder
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.kit.frame import at_most
from inbox.views.tasks.asked import AskedList, asked
from intents.kernel.actors import ADMINS


@dataclass(frozen=True, slots=True)
class KeptView:
    """A saved view as the rail has it."""

    view: SavedView
    url: str
    current: bool
    may_change: bool
    count: str = ""


def kept(request: Request, wanted: AskedList, counts: Sequence[int | None] | None = None) -> dict[str, Any]:
    """The views that a person keeps or is shown, and which of them the list is."""
    found = selectors.kept_views(request.person, ViewOf.TASKS)
    views = [_kept(request, one, wanted, at_most(counts[place] or 0) if counts else "") for place, one in enumerate(found)]
    return {"saved_views": views, "current_view": next((one for one in views if one.current), None)}


def _kept(request: Request, view: SavedView, wanted: AskedList, count: str) -> KeptView:
    own, person = _asked(view), request.person
    current = (own.view, own.q, own.order) == (wanted.view, wanted.q, wanted.order)
    return KeptView(view, own.url(), current, view.user_id == person.user_id or person.role in ADMINS, count)


def _asked(view: SavedView) -> AskedList:
    return AskedList(View(view.tab or View.WAITING), view.q, SortOrder(view.sort or SortOrder.DUE))


@signed_in
@require_safe
def counted_views(request: Request) -> HttpResponse:
    """The views with how much each holds, which a page asks for once it is there."""
    person = request.person
    wanted = [(_asked(one).view, finding.quietly(person, one.q)) for one in selectors.saved_views(person, ViewOf.TASKS)]
    counts = tallies.totals(person, wanted)
    known = kept(request, asked(request), counts) | {"counted": True}
    return render(request, "tasks/views.html", known)


@acts
def save_view(request: Request) -> HttpResponse:
    wanted = asked(request)
    view = saved.save_view(
        actor=request.person,
        name=request.POST.get("name", ""),
        q=wanted.q,
        shared=request.POST.get("shared") == "yes",
        of=ViewOf.TASKS,
        tab=str(wanted.view),
        sort="" if wanted.order is SortOrder.DUE else str(wanted.order),
    )
    messages.success(request, _("The view %(name)s is saved.") % {"name": view.name})
    return redirect(wanted.url())


@acts
def change_view(request: Request, view_id: UUID) -> HttpResponse:
    shared = request.POST.get("shared") == "yes"
    name = request.POST.get("name", "")
    view = saved.change_view(actor=request.person, view_id=view_id, name=name, shared=shared, of=ViewOf.TASKS)
    messages.success(request, _("The view %(name)s is saved.") % {"name": view.name})
    return redirect(_asked(view).url())


@acts
def delete_view(request: Request, view_id: UUID) -> HttpResponse:
    view = saved.delete_view(actor=request.person, view_id=view_id, of=ViewOf.TASKS)
    messages.success(request, _("The view %(name)s is deleted.") % {"name": view.name})
    return redirect("inbox")
