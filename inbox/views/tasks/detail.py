"""One task: its page, and what is shown after something was done to it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from inbox.notifications.services import preferences
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.services import receipts
from inbox.views.kit.acting import Request, signed_in
from inbox.views.tasks.list import context, line, next_row, query_of, url
from inbox.views.tasks.rows import list_url
from inbox.views.tasks.shown.answer import NOTHING_SENT, Sent
from inbox.views.tasks.shown.page import Shown, shown
from intents.accounts.models.people import AfterDecision
from intents.kernel import clock

OVERRIDE = "override"
"""Sent with a decision in the place of those whom the task was assigned to."""


@signed_in
def page(request: Request, task_id: UUID) -> HttpResponse:
    """One task: to htmx alone, else beside the list."""
    task = find(request, task_id)
    preferences.read(actor=request.person, task_id=task.id)
    known = detail(request, task)
    if "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers:
        return render(request, "tasks/task.html", known)
    return render(request, "tasks/inbox.html", context(request) | known)


@signed_in
def data(request: Request, task_id: UUID) -> HttpResponse:
    """All of what the agent sent, which may be too much for the page of its task."""
    task = find(request, task_id)
    known = {"place": "inbox", "row": line(request, task), "payload": selectors.body(task.intent).as_sent}
    return render(request, "tasks/data.html", known)


def detail(request: Request, task: Task, *, sent: Sent = NOTHING_SENT) -> dict[str, Any]:
    """The context of one task. `sent` is an answer that was not accepted."""
    now, query = clock.now(), query_of(request)
    override = OVERRIDE in (request.POST if request.method == "POST" else request.GET)
    task_page: Shown = shown(task, person=request.person, now=now, query=query, override=override, sent=sent)
    if not task_page.row.over:
        receipts.mark_read(actor=request.person, task=task)
    return {
        "place": "inbox",
        "shown": task_page,
        "selected": task.id,
        "query": query,
        "list_url": list_url(query),
        "next_row": next_row(request, task) if task_page.row.over else None,
        "now": now,
    }


def after(request: Request, task: Task, *, said: dict[str, Any]) -> HttpResponse:
    """The answer to what took a task from the open list: the next task, the same one or the list alone, as the person has
    chosen. `said` is what its toast tells."""
    chosen = request.user.after_decision
    if chosen == AfterDecision.STAY:
        response = render(request, "tasks/decided.html", detail(request, task) | {"done": said})
        response["HX-Push-Url"] = url(request, task.id)
        return response
    row = next_row(request, task) if chosen == AfterDecision.NEXT else None
    if row is not None:
        response = render(request, "tasks/decided.html", detail(request, find(request, row.id)) | {"done": said})
        response["HX-Push-Url"] = row.url
        return response
    known = context(request)
    response = render(request, "tasks/decided.html", known | {"done": said, "finished": chosen == AfterDecision.NEXT})
    response["HX-Push-Url"] = known["list_url"]
    return response


def find(request: Request, task_id: UUID) -> Task:
    """Raises Missing."""
    return selectors.task_to_show(request.person, task_id)
