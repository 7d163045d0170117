"""One task: its page, and what is shown after something was done to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.services.receipts import LookKind
from inbox.views.kit.acting import Request, signed_in
from inbox.views.tasks.list import context, line, next_id, next_row, query_of, url
from inbox.views.tasks.rows import list_url
from inbox.views.tasks.shown.answer import NOTHING_SENT, Sent
from inbox.views.tasks.shown.basis import basis
from inbox.views.tasks.shown.page import Shown, shown
from inbox.vocabulary import pointers
from intents.accounts.models.people import AfterDecision
from intents.kernel import clock
from intents.kernel.errors import Missing

OVERRIDE = "override"
"""Sent with a decision in the place of those whom the task was assigned to."""
LOOK = "X-Look"
"""By which header a page says that it asks for a task that it shows already: a LookKind."""
MOST_ROWS = 2_000
"""Rows on the page of a table; the file has all."""


@signed_in
def page(request: Request, task_id: UUID) -> HttpResponse:
    """One task: to htmx alone, else beside the list."""
    task, now = selectors.task_to_show(request.person, task_id)
    asked = request.headers.get(LOOK, "")
    look = LookKind(asked) if asked in set(LookKind) else LookKind.OPENS
    made = detail(request, task, look=look, now=now, is_news=False)
    if "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers:
        return render(request, "tasks/task.html", made)
    return render(request, "tasks/inbox.html", context(request, selected=task.id, now=now) | made)


@signed_in
def data(request: Request, task_id: UUID) -> HttpResponse:
    """All of what the agent sent, which may be too much for the page of its task."""
    task = find(request, task_id)
    known = {"place": "inbox", "row": line(request, task), "payload": selectors.body(task.intent).as_sent}
    return render(request, "tasks/data.html", known)


@signed_in
@require_safe
def table(request: Request, task_id: UUID) -> HttpResponse:
    """All rows of a list of objects in what the agent sent, on a page of its own."""
    task = find(request, task_id)
    at = request.GET.get("at", "")
    found = presentation.whole_table(selectors.body(task.intent).as_sent, at, MOST_ROWS)
    if found is None:
        raise Missing("there is no table at this place of the data")
    rows, more = found
    spot = at.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    known = {"place": "inbox", "row": line(request, task), "table": rows, "more": more, "at": at}
    return render(
        request, "tasks/rows_page.html", known | {"label": presentation.label(spot), "total": len(rows.rows) + more}
    )


@signed_in
@require_safe
def table_file(request: Request, task_id: UUID) -> HttpResponse:
    """The same as a file for spreadsheets, by its keys and values as they were sent."""
    task = find(request, task_id)
    spot = pointers.spot(request.GET.get("at", ""), selectors.body(task.intent).as_sent)
    rows = spot.value if spot else None
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise Missing("there is no table at this place of the data")
    response = HttpResponse(presentation.sheet(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rows.csv"'
    return response


def detail(
    request: Request,
    task: Task,
    *,
    sent: Sent = NOTHING_SENT,
    look: LookKind = LookKind.GOES_ON,
    now: datetime | None = None,
    is_news: bool = True,
) -> dict[str, Any]:
    """The context of one task. `sent` is an answer that was not accepted; the clock is asked for `now` unless given; what
    the person was told of it is read then, unless it `is_news`."""
    now, query = now or clock.now(), query_of(request)
    override = OVERRIDE in (request.POST if request.method == "POST" else request.GET)
    found = basis(task, person=request.person, now=now, look=look, is_news=is_news)
    stopped = bool(request.seat.stopped)
    task_page: Shown = shown(
        task, found, person=request.person, now=now, query=query, override=override, sent=sent, stopped=stopped
    )
    return {
        "place": "inbox",
        "shown": task_page,
        "selected": task.id,
        "query": query,
        "list_url": list_url(query),
        "next_row": next_row(request, task) if task_page.row.over else None,
        "now": now,
    }


def after(request: Request, task: Task, *, said: dict[str, Any], now: datetime | None = None) -> HttpResponse:
    """The answer to what took a task from the open list: the next task, the same one or the list alone, as the person has
    chosen. `said` is what its toast tells, and `now` when it was done, where that is known."""
    chosen = request.user.after_decision
    if chosen == AfterDecision.STAY:
        response = render(request, "tasks/decided.html", detail(request, task) | {"done": said})
        response["HX-Push-Url"] = url(request, task.id)
        return response
    following = next_id(request, task, now) if chosen == AfterDecision.NEXT else None
    if following is not None:
        opened, now = selectors.task_to_show(request.person, following)
        made = detail(request, opened, look=LookKind.OPENS, now=now)
        response = render(request, "tasks/decided.html", made | {"done": said})
        response["HX-Push-Url"] = url(request, following)
        return response
    known = context(request)
    response = render(request, "tasks/decided.html", known | {"done": said, "finished": chosen == AfterDecision.NEXT})
    response["HX-Push-Url"] = known["list_url"]
    return response


def find(request: Request, task_id: UUID) -> Task:
    """Raises Missing."""
    return selectors.task_to_show(request.person, task_id)[0]
