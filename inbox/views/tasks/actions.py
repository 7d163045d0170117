"""What people do with a task beside deciding it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inbox.tasks import audience
from inbox.tasks.services import approvers, claim, comments, delegate, hold, snooze, watching
from inbox.templatetags.pages import clock as at_clock
from inbox.views.kit import typed
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.refusals import begun
from inbox.views.tasks import stuck, times
from inbox.views.tasks.detail import after, detail, find
from inbox.views.tasks.list import line, url
from inbox.views.tasks.shown.answer import Sent
from intents.kernel import clock
from intents.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Done:
    """What to say of something that was done, and the page that takes it back. `leaves` when the task left one's list."""

    words: str
    undo: str = ""
    leaves: bool = False


Work = Callable[[Request, UUID], Done]


def _doing(work: Work) -> Callable[..., HttpResponse]:
    """A page's POST that does `work`, which returns what to say of it, and shows the task as it is then."""

    @require_POST
    @signed_in
    def view(request: Request, task_id: UUID) -> HttpResponse:
        done, problem = None, ""
        try:
            done = work(request, task_id)
        except DomainError as error:
            problem = begun(error.message)
        if "HX-Request" in request.headers:
            task = find(request, task_id)
            said = {"words": done.words.rstrip("."), "row": line(request, task)} if done else {}
            if done and done.undo:
                said["undo"] = reverse(done.undo, args=[task_id])
            if done and done.leaves:
                return after(request, task, said=said)
            known: dict[str, Any] = detail(request, task, sent=Sent(problem=problem))
            response = render(request, "tasks/done.html", known | {"done": said})
            if done is None:
                response[typed.NOT_DONE] = "yes"
            return response
        if done is None:
            messages.error(request, problem)
        else:
            messages.success(request, done.words)
        return redirect(url(request, task_id))

    return view


def _called(to: str) -> str:
    """How a person or a group that was typed is called."""
    typed = to.strip()
    return audience.names([typed.lower()]).get(typed.lower(), typed)


@_doing
def undo(request: Request, task_id: UUID) -> Done:
    hold.undo(actor=request.person, task_id=task_id)
    return Done(_("Decision undone."))


@_doing
def claim_task(request: Request, task_id: UUID) -> Done:
    claim.claim(actor=request.person, task_id=task_id)
    return Done(_("Claimed. Only you can decide it."), undo="task-release")


@_doing
def release(request: Request, task_id: UUID) -> Done:
    claim.release(actor=request.person, task_id=task_id)
    return Done(_("Released."), undo="task-claim")


@_doing
def comment(request: Request, task_id: UUID) -> Done:
    comments.comment(actor=request.person, task_id=task_id, text=request.POST.get("text", ""))
    return Done(_("Your comment was added."))


@_doing
def ask(request: Request, task_id: UUID) -> Done:
    comments.ask(actor=request.person, task_id=task_id, question=request.POST.get("text", ""))
    return Done(_("Question sent. The answer will appear below."))


@_doing
def watch(request: Request, task_id: UUID) -> Done:
    watching.watch(actor=request.person, task_id=task_id)
    return Done(_("You're watching this. You'll be notified of comments and the outcome."), undo="task-unwatch")


@_doing
def unwatch(request: Request, task_id: UUID) -> Done:
    watching.unwatch(actor=request.person, task_id=task_id)
    return Done(_("You no longer watch this."), undo="task-watch")


@_doing
def delegate_task(request: Request, task_id: UUID) -> Done:
    to = request.POST.get("to", "")
    until = times.end(request.POST.get("days", "7"), clock.now())
    delegate.delegate(actor=request.person, task_id=task_id, to=to, until=until)
    said = _("Delegated to %(to)s until %(until)s.") % {"to": _called(to), "until": at_clock(until, clock.now())}
    return Done(said, undo="task-undelegate", leaves=True)


@_doing
def undelegate(request: Request, task_id: UUID) -> Done:
    delegate.take_back(actor=request.person, task_id=task_id)
    return Done(_("Back in your inbox."))


@_doing
def assign(request: Request, task_id: UUID) -> Done:
    to = request.POST.get("to", "")
    delegate.assign(actor=request.person, task_id=task_id, to=to)
    stuck.forget()
    return Done(_("Assigned to %(to)s.") % {"to": _called(to)})


@_doing
def add_approver(request: Request, task_id: UUID) -> Done:
    to, needed = request.POST.get("to", ""), request.POST.get("needed", "yes") == "yes"
    reason = request.POST.get("reason", "")
    approvers.add_approver(actor=request.person, task_id=task_id, to=to, reason=reason, needed=needed)
    return Done(_("%(to)s was asked as well.") % {"to": _called(to)})


@_doing
def snooze_task(request: Request, task_id: UUID) -> Done:
    until = times.moment(request.POST.get("until", ""), clock.now())
    snooze.snooze(actor=request.person, task_id=task_id, until=until)
    said = _("Snoozed until %(until)s.") % {"until": at_clock(until, clock.now())}
    return Done(said, undo="task-unsnooze", leaves=True)


@_doing
def unsnooze(request: Request, task_id: UUID) -> Done:
    snooze.snooze(actor=request.person, task_id=task_id, until=None)
    return Done(_("Back in your inbox."))
