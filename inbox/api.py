"""Tasks over the API: what waits for people, and deciding it."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from inbox import policy, selectors
from inbox.answers import Answer
from inbox.lifecycle import LIVE, State
from inbox.models import Task
from inbox.schemas import requests, responses, shapes
from inbox.services import claim, hold
from inbox.services.decide import Channel, decide
from intents import clock
from intents.actors import Person
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.clock import rfc3339
from intents.errors import MissingActorToken

router = Router(tags=["Tasks"])

PAGE = 50
LONGEST_PAGE = 200
CURSOR = "`next_cursor` of the page before."
VERDICTS = {"approve": "approved", "reject": "rejected"}


@router.get("/me/tasks", response={200: responses.MyTasks, **REFUSALS}, summary="List what waits for you")
def list_my_tasks(
    request: Request,
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """What you can decide now, newest first. Needs a person's token."""
    person = request.auth
    if not isinstance(person, Person):
        raise MissingActorToken("this lists a person's tasks: send their token as Authorization: Bearer")
    before = as_id(cursor, "task") if cursor is not None else None
    return _page(selectors.to_decide(person, limit=limit + 1, before=before), limit)


@router.get("/tasks", response={200: responses.Tasks, **REFUSALS}, summary="List tasks")
def list_tasks(
    request: Request,
    state: Literal["undecided", "decided", "expired", "withdrawn"] = Query("undecided"),
    intent_id: str | None = Query(None),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """The tasks of the intents you may see, newest first, whoever is to decide them."""
    states = sorted(LIVE) if state == "undecided" else [State(state)]
    found = selectors.tasks(request.auth).filter(state__in=states).order_by("-id")
    if intent_id is not None:
        found = found.filter(intent_id=as_id(intent_id, "intent"))
    if cursor is not None:
        found = found.filter(id__lt=as_id(cursor, "task"))
    return _page(list(found[: limit + 1]), limit)


def _page(rows: Sequence[Task], limit: int) -> HttpResponse:
    more = len(rows) > limit
    return answer(
        {
            "ok": True,
            "tasks": [shapes.summary(row) for row in rows[:limit]],
            "next_cursor": str(rows[limit - 1].id) if more else None,
        }
    )


@router.get("/tasks/{task_id}", response={200: responses.OneTask, **REFUSALS}, summary="Get a task")
def get_task(request: Request, task_id: str) -> HttpResponse:
    """A task with its payload, what it may be decided as, and by whom."""
    row = selectors.task(request.auth, as_id(task_id, "task"))
    shape = shapes.full(
        row,
        payload=selectors.body(row.intent).payload,
        why_not=policy.why_not(request.auth, row, now=clock.now()),
        assigned_to=[one.principal for one in row.assignments.order_by("id")],
        deciders=selectors.deciders(row),
        decided=selectors.decision(row),
    )
    return answer({"ok": True, "task": shape})


@router.post("/tasks/{task_id}/decide", response={200: responses.Decided, **REFUSALS}, summary="Decide a task")
def decide_task(request: Request, task_id: str, body: requests.DecideTask) -> HttpResponse:
    """Decide a task as a person. The first decision wins; a later one is 409 `already_decided` telling who was first.
    Machine keys decide nothing."""

    def run() -> dict[str, Any]:
        done = decide(
            actor=request.auth,
            task_id=as_id(task_id, "task"),
            answer=Answer(outcome=body.outcome, comment=body.comment, data=body.data),
            channel=Channel.API,
            payload_digest=body.payload_digest,
        )
        return {"ok": True, "task": shapes.summary(done.task), "decision": shapes.decision(done.decision)}

    return once(request, run)


@router.post("/tasks/{task_id}/claim", response={200: responses.OneSummary, **REFUSALS}, summary="Claim a task")
def claim_task(request: Request, task_id: str) -> HttpResponse:
    """Take a task on as a person: until you release it, nobody else decides it (409 naming you). Deciding needs no claim."""
    return _moved(request, task_id, claim.claim)


@router.post("/tasks/{task_id}/release", response={200: responses.OneSummary, **REFUSALS}, summary="Release a claimed task")
def release_task(request: Request, task_id: str) -> HttpResponse:
    """Give a task you claimed back to everybody it is put to. An owner or admin may do so for others."""
    return _moved(request, task_id, claim.release)


@router.post("/tasks/{task_id}/undo", response={200: responses.OneSummary, **REFUSALS}, summary="Take a decision back")
def undo_decision(request: Request, task_id: str) -> HttpResponse:
    """Take your own decision back while it is held, which those made on a page are for some seconds; those made here are
    not. The task is open again."""
    return _moved(request, task_id, hold.undo)


def _moved(request: Request, task_id: str, service: Callable[..., Task]) -> HttpResponse:
    wanted = as_id(task_id, "task")
    return once(request, lambda: {"ok": True, "task": shapes.summary(service(actor=request.auth, task_id=wanted))})


@router.post(
    "/approvals/{approval_id}/decision",
    response={200: responses.OneApproval, **REFUSALS},
    summary="Approve or reject",
)
def decide_approval(request: Request, approval_id: str, body: requests.DecideApproval) -> HttpResponse:
    """Say yes or no to a task, by its id or that of the intent that waits for it. What yes and no mean is up to the kind of
    task: a confirmation becomes `confirmed` or `denied`."""

    def run() -> dict[str, Any]:
        task = selectors.task_named(request.auth, as_id(approval_id, "approval"))
        given = Answer(outcome=VERDICTS[body.decision], comment=body.comment)
        decision = decide(actor=request.auth, task_id=task.id, answer=given, channel=Channel.API).decision
        shape = {
            "approval_id": str(task.id),
            "decision": body.decision,
            "comment": decision.comment,
            "decided_at": rfc3339(decision.at),
        }
        return {"ok": True, "approval": shape}

    return once(request, run)
