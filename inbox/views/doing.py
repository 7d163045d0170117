"""What people do with a task beside deciding it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inbox.services import claim, delegate, hold, snooze, talk
from inbox.views import inbox as pages
from inbox.views import stuck, times
from inbox.views.acting import Request, signed_in
from intents import clock
from intents.errors import DomainError

Work = Callable[[Request, UUID], str]


def _doing(work: Work) -> Callable[..., HttpResponse]:
    """A page's POST that does `work`, which returns what to say of it, and shows the task as it is then."""

    @require_POST
    @signed_in
    def view(request: Request, task_id: UUID) -> HttpResponse:
        try:
            said, problem = work(request, task_id), ""
        except DomainError as error:
            said, problem = "", error.message
        if "HX-Request" in request.headers:
            made: dict[str, Any] = pages.detail(request, pages.find(request, task_id), problem=problem)
            return render(request, "inbox/done.html", made | {"said": said})
        if problem:
            messages.error(request, problem)
        else:
            messages.success(request, said)
        return redirect(pages.url(request, task_id))

    return view


@_doing
def undo(request: Request, task_id: UUID) -> str:
    hold.undo(actor=request.person, task_id=task_id)
    return _("Taken back: it waits for a decision again.")


@_doing
def take(request: Request, task_id: UUID) -> str:
    claim.claim(actor=request.person, task_id=task_id)
    return _("Claimed: only you can decide it now.")


@_doing
def give_back(request: Request, task_id: UUID) -> str:
    claim.release(actor=request.person, task_id=task_id)
    return _("Given back to everybody it was put to.")


@_doing
def comment(request: Request, task_id: UUID) -> str:
    talk.comment(actor=request.person, task_id=task_id, text=request.POST.get("text", ""))
    return _("Your comment was added.")


@_doing
def ask(request: Request, task_id: UUID) -> str:
    talk.ask(actor=request.person, task_id=task_id, question=request.POST.get("text", ""))
    return _("The agent was asked; its answer appears in the history.")


@_doing
def hand_on(request: Request, task_id: UUID) -> str:
    to = request.POST.get("to", "")
    until = times.end(request.POST.get("days", "7"), clock.now())
    delegate.delegate(actor=request.person, task_id=task_id, to=to, until=until)
    return _("Handed to %(to)s. It comes back to you when their time is over.") % {"to": to.strip()}


@_doing
def assign(request: Request, task_id: UUID) -> str:
    to = request.POST.get("to", "")
    delegate.assign(actor=request.person, task_id=task_id, to=to)
    stuck.forget()
    return _("Put to %(to)s.") % {"to": to.strip()}


@_doing
def put_off(request: Request, task_id: UUID) -> str:
    until = times.moment(request.POST.get("until", ""), clock.now())
    snooze.snooze(actor=request.person, task_id=task_id, until=until)
    return _("Put off: it comes back at its time, or when something about it changes.")


@_doing
def bring_back(request: Request, task_id: UUID) -> str:
    snooze.snooze(actor=request.person, task_id=task_id, until=None)
    return _("Back in your list.")
