"""Tasks over the API: what waits for people, and deciding it."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from inbox.schemas import requests, shapes, shown, task_responses
from inbox.tasks import lists, selectors
from inbox.tasks.models import Task
from inbox.tasks.services import approvers, claim, comments, delegate, hold, snooze, watching
from inbox.tasks.services.decide import Channel, decide
from inbox.vocabulary.lifecycle import LIVE, State
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine.models import IntentEvent
from intents.kernel.actors import Person
from intents.kernel.batches import readable
from intents.kernel.clock import rfc3339
from intents.kernel.errors import MissingActorToken
from intents.schemas.shown import event as intent_event

router = Router(tags=["Tasks"])

PAGE = 50
LONGEST_PAGE = 200
CURSOR = "`next_cursor` of the page before."


@router.get("/me/tasks", response={200: task_responses.MyTasks, **REFUSALS}, summary="List what waits for you")
def list_my_tasks(
    request: Request,
    view: Literal["waiting", "claimed", "snoozed"] = Query("waiting", description="Or what you have claimed, or snoozed."),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """What you can decide now: due within the hour, then today (in UTC; what is critical and has no deadline counts as
    due today), then later, then without a deadline; in each by risk, then what is due sooner. What you snoozed or delegated
    is not among it. Needs a person's token."""
    person = request.auth
    if not isinstance(person, Person):
        raise MissingActorToken("this lists a person's tasks: send their token as Authorization: Bearer")
    page = lists.inbox(person, view=lists.View(view), limit=limit, cursor=cursor)
    return answer({"ok": True, "tasks": readable(page.tasks, shapes.summary), "next_cursor": page.next_cursor})


@router.get("/tasks", response={200: task_responses.Tasks, **REFUSALS}, summary="List tasks")
def list_tasks(
    request: Request,
    state: Literal["undecided", "decided", "expired", "withdrawn", "unroutable"] = Query(
        "undecided", description="`unroutable` are those undecided that nobody may decide."
    ),
    intent_id: str | None = Query(None),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """The tasks of the intents you may see, newest first, whoever is to decide them."""
    found = selectors.tasks(request.auth).order_by("-id")
    if state == "unroutable":
        found = found.filter(id__in=selectors.unroutable(request.auth.workspace_id, limit=selectors.COUNTED))
    else:
        found = found.filter(state__in=sorted(LIVE) if state == "undecided" else [State(state)])
    if intent_id is not None:
        found = found.filter(intent_id=as_id(intent_id, "intent"))
    if cursor is not None:
        found = found.filter(id__lt=cursors.parse("t", cursor))
    return _page(list(found[: limit + 1]), limit)


def _page(rows: Sequence[Task], limit: int) -> HttpResponse:
    more = len(rows) > limit
    return answer(
        {
            "ok": True,
            "tasks": readable(rows[:limit], shapes.summary),
            "next_cursor": cursors.cursor("t", rows[limit - 1].id) if more else None,
        }
    )


@router.get("/tasks/{task_id}", response={200: task_responses.OneTask, **REFUSALS}, summary="Get a task")
def get_task(request: Request, task_id: str) -> HttpResponse:
    """A task with its payload, what it may be decided as, and by whom."""
    row = selectors.task(request.auth, as_id(task_id, "task"))
    return answer({"ok": True, "task": shown.whole(request.auth, row)})


@router.post("/tasks/{task_id}/decide", response={200: task_responses.Decided, **REFUSALS}, summary="Decide a task")
def decide_task(request: Request, task_id: str, body: requests.DecideTask) -> HttpResponse:
    """Decide a task as a person. The first decision wins; a later one is 409 `already_decided` telling who was first.
    Where several decide it is a vote, and replaces your earlier one: `task.progress` tells how far it is, and
    `decision.final` whether it settled the task. Machine keys decide nothing."""

    def run() -> dict[str, Any]:
        done = decide(
            actor=request.auth,
            seen=selectors.task(request.auth, as_id(task_id, "task")),
            answer=body.answer(),
            channel=Channel.API,
            payload_digest=body.payload_digest,
            override=body.override,
        )
        return shapes.decided(done.task, done.decision)

    return once(request, run)


@router.post("/tasks/{task_id}/claim", response={200: task_responses.OneSummary, **REFUSALS}, summary="Claim a task")
def claim_task(request: Request, task_id: str) -> HttpResponse:
    """Take a task on as a person: until you release it, nobody else decides it (409 naming you). Deciding needs no claim."""
    return _moved(request, task_id, claim.claim)


@router.post(
    "/tasks/{task_id}/release", response={200: task_responses.OneSummary, **REFUSALS}, summary="Release a claimed task"
)
def release_task(request: Request, task_id: str) -> HttpResponse:
    """Give a task you claimed back to everybody it is assigned to. An owner or admin may do so for others."""
    return _moved(request, task_id, claim.release)


@router.post("/tasks/{task_id}/undo", response={200: task_responses.OneSummary, **REFUSALS}, summary="Take a decision back")
def undo_decision(request: Request, task_id: str) -> HttpResponse:
    """Take your own decision back while it is held, which those made on a page are for some seconds; those made here are
    not. The task is open again."""
    return _moved(request, task_id, hold.undo)


@router.post("/tasks/{task_id}/delegate", response={200: task_responses.OneSummary, **REFUSALS}, summary="Delegate a task")
def delegate_task(request: Request, task_id: str, body: requests.DelegateTask) -> HttpResponse:
    """Let a person or a group decide in your place, for a time. The task leaves your list; you may still decide
    it. What was delegated to you is not delegated on."""
    return _moved(request, task_id, delegate.delegate, to=body.to, until=body.until, comment=body.comment)


@router.post("/tasks/{task_id}/assign", response={200: task_responses.OneSummary, **REFUSALS}, summary="Assign a task")
def assign_task(request: Request, task_id: str, body: requests.AssignTask) -> HttpResponse:
    """Put a task to one more person or group, as an owner, admin or operator: for tasks that nobody may decide."""
    return _moved(request, task_id, delegate.assign, to=body.to, comment=body.comment)


@router.post("/tasks/{task_id}/approvers", response={200: task_responses.OneSummary, **REFUSALS}, summary="Add an approver")
def add_approver(request: Request, task_id: str, body: requests.AddApprover) -> HttpResponse:
    """Ask one more person about a task that you may decide, with a reason. Their agreement is needed beside what it takes
    already, unless `needed` is false."""
    return _moved(request, task_id, approvers.add_approver, to=body.to, reason=body.reason, needed=body.needed)


@router.post("/tasks/{task_id}/comment", response={200: task_responses.Said, **REFUSALS}, summary="Comment on a task")
def comment_on_task(request: Request, task_id: str, body: requests.CommentOnTask) -> HttpResponse:
    """Say something about a task, as a person. It is part of the intent's history (`intent.comment`)."""
    wanted = as_id(task_id, "task")
    return once(request, lambda: _said(comments.comment(actor=request.auth, task_id=wanted, text=body.comment)))


@router.post("/tasks/{task_id}/ask", response={200: task_responses.Said, **REFUSALS}, summary="Ask the agent")
def ask_agent(request: Request, task_id: str, body: requests.AskAgent) -> HttpResponse:
    """Ask the agents of a task something (`intent.question`); they answer by `POST /v1/intents/{id}/answer`. The task goes
    on waiting."""
    wanted = as_id(task_id, "task")
    return once(request, lambda: _said(comments.ask(actor=request.auth, task_id=wanted, question=body.question)))


@router.post("/tasks/{task_id}/watch", response={200: task_responses.Watched, **REFUSALS}, summary="Watch a task")
def watch_task(request: Request, task_id: str) -> HttpResponse:
    """Be told, as a person, of comments about a task and how it ends, whoever it is assigned to. Who comments on a task
    watches it by that."""
    wanted = as_id(task_id, "task")
    return once(request, lambda: _watched(watching.watch(actor=request.auth, task_id=wanted)))


@router.post("/tasks/{task_id}/unwatch", response={200: task_responses.Watched, **REFUSALS}, summary="Stop watching a task")
def unwatch_task(request: Request, task_id: str) -> HttpResponse:
    """Be told no more of a task that you watch."""
    wanted = as_id(task_id, "task")
    return once(request, lambda: _watched(watching.unwatch(actor=request.auth, task_id=wanted)))


@router.post("/tasks/{task_id}/snooze", response={200: task_responses.Snoozed, **REFUSALS}, summary="Snooze a task")
def snooze_task(request: Request, task_id: str, body: requests.SnoozeTask) -> HttpResponse:
    """Hide a task from your own list until a time, or until something happens to it. Others see it all the same."""
    wanted = as_id(task_id, "task")

    def run() -> dict[str, Any]:
        until = snooze.snooze(actor=request.auth, task_id=wanted, until=body.until)
        return {"ok": True, "task_id": str(wanted), "until": rfc3339(until) if until else None}

    return once(request, run)


def _watched(task: Task) -> dict[str, Any]:
    return {"ok": True, "task_id": str(task.id), "watchers": [one.email for one in selectors.watchers(task)]}


def _said(event: IntentEvent) -> dict[str, Any]:
    return {"ok": True, "event": intent_event(event)}


def _moved(request: Request, task_id: str, service: Callable[..., Task], **more: Any) -> HttpResponse:
    wanted = as_id(task_id, "task")
    return once(request, lambda: {"ok": True, "task": shapes.summary(service(actor=request.auth, task_id=wanted, **more))})


@router.post(
    "/approvals/{approval_id}/decision",
    response={200: task_responses.OneApproval, **REFUSALS},
    summary="Approve or reject",
)
def decide_approval(request: Request, approval_id: str, body: requests.DecideApproval) -> HttpResponse:
    """Say yes or no to a task, by its id or that of the intent that waits for it. What yes and no mean is up to the kind of
    task: a confirmation becomes `confirmed` or `denied`."""

    def run() -> dict[str, Any]:
        task = selectors.task_named(request.auth, as_id(approval_id, "approval"))
        done = decide(actor=request.auth, seen=task, answer=body.answer(), channel=Channel.API)
        return shapes.approval(task, done.decision, body.decision)

    return once(request, run)
