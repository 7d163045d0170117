"""The inbox: its list."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import pgettext

from inbox import demo
from inbox.tasks import lists, selectors
from inbox.tasks.lists import View
from inbox.tasks.models import Task
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.frame import at_most
from inbox.views.tasks import stuck
from inbox.views.tasks.rows import Row, list_url, listed, row, rows
from inbox.vocabulary import principals
from intents.kernel import clock
from intents.kernel.actors import OPERATORS

PAGE = 50
MOST_ASKED = 200
"""Rows of which a page asks at once how they are now."""
NEAR = 20
"""Rows near the open one that a page names, to go on with one of them."""
STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the inbox, with how many it holds where that matters."""

    name: str
    words: str
    count: str = ""


def home(request: HttpRequest) -> HttpResponse:
    return redirect("inbox")


@signed_in
def inbox(request: Request) -> HttpResponse:
    """The list, and beside it nothing yet. With `task`, the context of `page`."""
    return render(request, "tasks/inbox.html", context(request))


@signed_in
def unroutable(request: Request) -> HttpResponse:
    """What nobody may decide, to be assigned by those who may."""
    found = rows(stuck.tasks(request.person), person=request.person)
    made = context(request) | {"view": STUCK, "rows": found, "next_url": "", "demo": False}
    return render(request, "tasks/inbox.html", made)


@signed_in
def some_rows(request: Request) -> HttpResponse:
    """Rows as they are now: those of `ids` first, told apart by whether the list still holds them, then the newcomers of the
    list's first page, marked as such. For pages that were told that something changed, or cannot know."""
    known = principals.ids(request.GET.get("ids", "").split(","))[:MOST_ASKED]
    person, query, q = request.person, query_of(request), request.GET.get("q") or None
    if request.GET.get("view") == STUCK:
        tasks = stuck.tasks(person)
        held = {one.id for one in tasks}
    else:
        view = _view(request)
        tasks = lists.inbox(person, view=view, limit=PAGE, q=q).tasks
        held = lists.among(person, view=view, ids=known, q=q)
    asked = rows(selectors.tasks(person).filter(id__in=known), person=person, query=query)
    counts = lists.counts(person)
    answer = {
        "known": [one if one.over or one.id in held else one.left() for one in asked],
        "new": rows([one for one in tasks if one.id not in known], person=person, query=query),
        "views": tabs(counts),
        "waiting": at_most(counts.waiting),
        "now": clock.now(),
    }
    return render(request, "tasks/rows.html", answer)


def context(request: Request) -> dict[str, Any]:
    """The list that the query asks for. An unknown view is the first."""
    person, view = request.person, _view(request)
    counts = lists.counts(person)
    q = request.GET.get("q", "").strip()[:200]
    page = lists.inbox(person, view=view, cursor=request.GET.get("after") or None, limit=PAGE, q=q or None)
    query = query_of(request)
    return {
        "place": "inbox",
        "view": view,
        "views": tabs(counts),
        "q": q,
        "rows": rows(page.tasks, person=person, query=query),
        "next_url": f"{reverse('inbox')}?{listed(view=view, q=q, after=page.next_cursor)}" if page.next_cursor else "",
        "counts": counts,
        "query": query,
        "list_url": list_url(query),
        "demo": demo.is_there(person),
        "waiting": at_most(counts.waiting),
        "stuck": len(stuck.tasks(person)),
        "now": clock.now(),
    }


def tabs(counts: lists.Counts) -> list[Tab]:
    visible = [
        Tab(View.WAITING, pgettext("tasks", "Waiting"), at_most(counts.waiting)),
        Tab(View.CLAIMED, pgettext("tasks", "Claimed"), at_most(counts.claimed)),
        Tab(View.SNOOZED, pgettext("tasks", "Snoozed"), at_most(counts.snoozed)),
        Tab(View.OVER, pgettext("tasks", "Decided")),
    ]
    if counts.undecided is not None:
        visible.append(Tab(View.UNDECIDED, pgettext("tasks", "All"), at_most(counts.undecided)))
    return visible


def next_row(request: Request, task: Task) -> Row | None:
    """What the list has after a task that is done with: the nearest below it as the page shows the list, else above; where a
    page does not say, the first below it as the list is now, else its first."""
    person, view, q = request.person, _view(request), request.GET.get("q") or None
    if view is View.OVER or (view is View.UNDECIDED and person.role not in OPERATORS):
        view, q = View.WAITING, None
    near = principals.ids(request.POST.get("following", "").split(","))[:NEAR]
    still = lists.among(person, view=view, ids=near, q=q)
    chosen = next((one for one in near if one in still and one != task.id), None)
    if chosen is not None:
        return line(request, selectors.task_to_show(person, chosen))
    after = lists.Cursor(task.sort_at, task.risk_order, task.id).text()
    for cursor in (after, None):
        tasks = lists.inbox(person, view=view, cursor=cursor, limit=2, q=q).tasks
        following = next((one for one in tasks if one.id != task.id), None)
        if following is not None:
            return line(request, following)
    return None


def line(request: Request, task: Task) -> Row:
    """A task as a row of the list that is open."""
    return row(task, person=request.person, query=query_of(request))


def url(request: Request, task_id: UUID) -> str:
    """The page of a task, in the list that is open."""
    query = query_of(request)
    return reverse("task", args=[task_id]) + (f"?{query}" if query else "")


def query_of(request: Request) -> str:
    """The query of the list that is open."""
    return listed(view=request.GET.get("view", "")[:20], q=request.GET.get("q", "")[:200])


def _view(request: Request) -> View:
    try:
        return View(request.GET.get("view", ""))
    except ValueError:
        return View.WAITING
