"""The inbox: its list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import pgettext

from inbox import demo
from inbox.tasks import lists, places, selectors, tallies
from inbox.tasks.lists import View
from inbox.tasks.models import Task
from inbox.tasks.places import SortOrder
from inbox.views.kit import addresses
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.checklist import checklist
from inbox.views.kit.frame import at_most
from inbox.views.tasks import saved, search, stuck
from inbox.views.tasks.asked import LONGEST, asked
from inbox.views.tasks.folding import folded
from inbox.views.tasks.rows import Head, Row, headed, list_url, listed, row, rows
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
    key: str = ""


def home(request: HttpRequest) -> HttpResponse:
    return redirect("inbox")


@signed_in
def inbox(request: Request) -> HttpResponse:
    """The list, and beside it nothing yet. With `task`, the context of `page`."""
    made = context(request) | {"checklist": checklist(request)}
    return render(request, "tasks/inbox.html", made, status=422 if made["asked"].refusal else 200)


@signed_in
def unroutable(request: Request) -> HttpResponse:
    """What nobody may decide, to be assigned by those who may."""
    found = rows(stuck.tasks(request.person), person=request.person)
    made = context(request) | {"view": STUCK, "rows": found, "next_url": "", "demo": False, "facets": [], "orders": []}
    return render(request, "tasks/inbox.html", made)


@signed_in
def some_rows(request: Request) -> HttpResponse:
    """Rows as they are now: those of `ids` first, told apart by whether the list still holds them, then the newcomers of the
    list's first page, marked as such. For pages that were told that something changed, or cannot know."""
    known = principals.ids(request.GET.get("ids", "").split(","))[:MOST_ASKED]
    person, query, wanted, now = request.person, query_of(request), asked(request), clock.now()
    if request.GET.get("view") == STUCK:
        page = lists.Page(stuck.tasks(person), {}, None)
        held, tally = {one.id for one in page.tasks}, tallies.Tally()
    else:
        page = lists.inbox(person, limit=PAGE, order=wanted.order, now=now, **wanted.what)
        held, tally = lists.among(person, ids=known, **wanted.what), tallies.tally(person, now=now, **wanted.what)
    shown = rows(selectors.tasks(person).filter(id__in=known), person=person, query=query)
    counts = lists.counts(person)
    new = rows([one for one in page.tasks if one.id not in known], person=person, query=query, groups=page.groups)
    answer = {
        "known": [one if one.over or one.id in held else one.left() for one in shown],
        "new": headed(new, tally=tally, after=None),
        "views": tabs(counts),
        "heads": [Head(group, "", str(count)) for group, count in tally.groups.items() if tally.is_whole],
        "waiting": at_most(counts.waiting),
        "now": now,
    }
    return render(request, "tasks/rows.html", answer)


def context(request: Request, *, selected: UUID | None = None, now: datetime | None = None) -> dict[str, Any]:
    """The list that the query asks for, in which the open task is not folded away. An unknown view is the first. The
    clock is asked for `now` unless it is given."""
    person, wanted, now = request.person, asked(request), now or clock.now()
    counts = lists.counts(person)
    cursor = request.GET.get("after") or None
    page = lists.inbox(person, cursor=cursor, limit=PAGE, order=wanted.order, now=now, **wanted.what)
    tally = tallies.tally(person, now=now, **wanted.what)
    query = query_of(request)
    return {
        "place": "inbox",
        "asked": wanted,
        "view": wanted.view,
        "views": tabs(counts),
        "q": wanted.q,
        "sort": wanted.order if wanted.order is not SortOrder.DUE else "",
        "orders": search.orders(wanted),
        "facets": search.facets(wanted, tally),
        "problem_with_search": search.problem(wanted),
        "total_words": search.said(tally.total),
        "found": search.found(wanted, tally, counts),
        "rows": folded(
            headed(rows(page.tasks, person=person, query=query, groups=page.groups), tally=tally, after=page.after),
            selected=selected,
        ),
        "next_url": wanted.url(after=page.next_cursor) if page.next_cursor else "",
        "counts": counts,
        "query": query,
        "list_url": list_url(query),
        "demo": demo.is_there(person),
        "waiting": at_most(counts.waiting),
        "stuck": len(stuck.tasks(person)),
        "now": now,
    } | saved.kept(request, wanted)


def tabs(counts: lists.Counts) -> list[Tab]:
    visible = [
        Tab(View.WAITING, pgettext("tasks", "Waiting"), at_most(counts.waiting)),
        Tab(View.CLAIMED, pgettext("tasks", "Claimed"), at_most(counts.claimed)),
        Tab(View.SNOOZED, pgettext("tasks", "Snoozed"), at_most(counts.snoozed)),
        Tab(View.OVER, pgettext("tasks", "Decided"), key="g d"),
    ]
    if counts.undecided is not None:
        visible.append(Tab(View.UNDECIDED, pgettext("tasks", "All"), at_most(counts.undecided), key="g a"))
    return visible


def next_row(request: Request, task: Task) -> Row | None:
    """`next_id` as a row."""
    found = next_id(request, task)
    return line(request, selectors.task_to_show(request.person, found)[0]) if found is not None else None


def next_id(request: Request, task: Task, now: datetime | None = None) -> UUID | None:
    """What the list has after a task that is done with: the nearest below it as the page shows the list, else above; where a
    page does not say, the first below it as the list is now, else its first. The clock is asked for `now` unless it is
    given."""
    person, wanted = request.person, asked(request)
    what = wanted.what
    if wanted.view is View.OVER or (wanted.view is View.UNDECIDED and person.role not in OPERATORS):
        what = {}
    near = principals.ids(request.POST.get("following", "").split(","))[:NEAR]
    still = lists.among(person, ids=near, **what)
    chosen = next((one for one in near if one in still and one != task.id), None)
    if chosen is not None:
        return chosen
    now = now or clock.now()
    after = places.of(task, wanted.order, places.bounds(now)).text()
    for cursor in (after, None):
        ids = lists.following(person, cursor=cursor, limit=2, order=wanted.order, now=now, **what)
        following = next((one for one in ids if one != task.id), None)
        if following is not None:
            return following
    return None


def line(request: Request, task: Task) -> Row:
    """A task as a row of the list that is open."""
    return row(task, person=request.person, query=query_of(request))


def url(request: Request, task_id: UUID) -> str:
    """The page of a task, in the list that is open."""
    query = query_of(request)
    return addresses.of("task", task_id) + (f"?{query}" if query else "")


def query_of(request: Request) -> str:
    """The query of the list that is open."""
    given = request.GET
    return listed(view=given.get("view", "")[:20], q=given.get("q", "")[:LONGEST], sort=given.get("sort", "")[:20])
