"""What an agent does with an intent in its hands."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Body, Query, Router

from intents import auth
from intents.api import cursors
from intents.api.common import REFUSALS, Request, alive, answer, as_id, checked, ending_work, once, seen
from intents.api.shared import applied, beating, kept, to_submission
from intents.engine import selectors
from intents.engine.services import questions, steps, waits, work
from intents.engine.services.waits import Limit, Parked, When
from intents.engine.services.work import Change
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField
from intents.schemas import fields, responses, shapes, work_requests
from intents.schemas.shown import event, full

router = Router(tags=["Work"])

STEPS_PAGE = 1000
STEPS_BYTES = 4 * 1024 * 1024


@router.post(
    "/intents/{intent_id}/acknowledge", response={200: responses.Applied, **REFUSALS}, summary="Acknowledge an intent"
)
def acknowledge(request: Request, intent_id: str, body: fields.Fenced) -> HttpResponse:
    """The agent has the intent and will begin."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    return once(
        request,
        lambda: applied(work.acknowledge(actor=request.auth, intent_id=wanted, lease_token=body.lease_token)),
    )


@router.post("/intents/{intent_id}/heartbeat", response={200: responses.Heartbeat, **REFUSALS}, summary="Renew the lease")
def heartbeat(request: Request, intent_id: str, body: fields.Fenced) -> HttpResponse:
    """The work goes on. Any other call on the intent renews the lease as well."""
    wanted = as_id(intent_id, "intent")

    def run() -> dict[str, Any]:
        ends_at = work.heartbeat(actor=auth.machine(request.auth), intent_id=wanted, lease_token=body.lease_token)
        return beating(ends_at)

    return once(request, run)


@router.post("/intents/{intent_id}/progress", response={200: responses.Applied, **REFUSALS}, summary="Report progress")
def progress(request: Request, intent_id: str, body: work_requests.Progress) -> HttpResponse:
    """Tell how far the work is."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    return once(
        request,
        lambda: applied(
            work.progress(
                actor=request.auth,
                intent_id=wanted,
                message=body.message,
                percent=body.percent,
                lease_token=body.lease_token,
            )
        ),
    )


@router.post("/intents/{intent_id}/checkpoint", response={200: responses.Applied, **REFUSALS}, summary="Save a checkpoint")
def checkpoint(request: Request, intent_id: str, body: work_requests.Checkpoint) -> HttpResponse:
    """Remember where the work stands: the next delivery carries the latest checkpoint."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    return once(
        request,
        lambda: applied(
            work.checkpoint(actor=request.auth, intent_id=wanted, details=body.details(), lease_token=body.lease_token)
        ),
    )


@router.post("/intents/{intent_id}/fail", response={200: responses.Applied, **REFUSALS}, summary="Report a failure")
def fail(request: Request, intent_id: str, body: work_requests.Fail) -> HttpResponse:
    """The work failed. A retryable failure within the budget (`max_retry_count`, `retry_backoff_seconds`) is tried again.
    While a person is asked, a failure ends the intent and withdraws the task; a retryable one is refused."""
    wanted = as_id(intent_id, "intent")
    with ending_work(request.auth, wanted):
        return once(
            request,
            lambda: applied(
                work.fail(
                    actor=request.auth,
                    intent_id=wanted,
                    error=body.error,
                    retryable=body.retryable,
                    lease_token=body.lease_token,
                )
            ),
        )


@router.post("/intents/{intent_id}/transfer", response={200: responses.Applied, **REFUSALS}, summary="Transfer an intent")
def transfer(request: Request, intent_id: str, body: work_requests.Transfer) -> HttpResponse:
    """Hand an intent over to another agent, which is handed it anew. Its sender, its agent or an operator may."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    return once(
        request,
        lambda: applied(
            work.transfer(actor=request.auth, intent_id=wanted, to_agent=body.to_agent, lease_token=body.lease_token)
        ),
    )


@router.put(
    "/intents/{intent_id}/steps/{key}",
    response={200: responses.OneStep, 201: responses.OneStep, **REFUSALS},
    summary="Store a step's result",
)
def put_step(request: Request, intent_id: str, key: str, body: work_requests.PutStep) -> HttpResponse:
    """Keep the result of a step. 201 the first time; 200 with the first result ever after, so that a step that was done is
    not done again."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    step, new = steps.store(
        actor=request.auth,
        intent_id=wanted,
        key=checked(work_requests.STEP_KEY, key, "key"),
        result=body.result,
        lease_token=body.lease_token,
    )
    return answer(kept(step), status=201 if new else 200)


@router.get("/intents/{intent_id}/steps", response={200: responses.Steps, **REFUSALS}, summary="List stored steps")
def list_steps(
    request: Request,
    intent_id: str,
    limit: int = Query(STEPS_PAGE, ge=1, le=STEPS_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The results stored so far, in order, at most 1,000 a call, and no further one once they fill 4 MiB: go on from
    `next_cursor`, which is null when these were the last."""
    row = selectors.intent(request.auth, as_id(intent_id, "intent"))
    seen(request.auth, row)
    after = cursors.parse("s", cursor) if cursor is not None else None
    found, more = selectors.stored_steps(row, after=after, steps=limit, size=STEPS_BYTES)
    last = cursors.cursor("s", found[-1].id) if more else None
    return answer({"ok": True, "steps": [shapes.step(step) for step in found], "next_cursor": last})


@router.post("/intents/{intent_id}/answer", response={200: responses.Applied, **REFUSALS}, summary="Answer a question")
def answer_question(request: Request, intent_id: str, body: work_requests.AnswerQuestion) -> HttpResponse:
    """Answer what a person asked about the intent while it waits for them (`intent.question`), as its sender or its agent:
    the question of that event, or else the last. The wait goes on."""
    wanted = as_id(intent_id, "intent")

    def run() -> dict[str, Any]:
        event = questions.answer(actor=request.auth, intent_id=wanted, text=body.answer, question_seq=body.question_seq)
        return applied(Change(selectors.intent(request.auth, wanted), event))

    return once(request, run)


@router.post("/intents/{intent_id}/wait", response={200: responses.Waiting, **REFUSALS}, summary="Let an intent wait")
def wait(request: Request, intent_id: str, body: work_requests.Wait = Body(...)) -> HttpResponse:
    """Put the intent aside until a person has decided (`for` human), a tool is done (tool), other agents are done (agent) or
    the time has come (time). The lease ends; when the wait is over the agent is handed the intent again, with what ended the
    wait in `resume`."""
    wanted = as_id(intent_id, "intent")
    alive(request.auth, wanted)
    return once(request, lambda: parked(request, wanted, body))


def parked(request: Request, wanted: UUID, body: work_requests.Wait) -> dict[str, Any]:
    """Put an intent aside as `body` says: the answer."""
    done = _enter(actor=request.auth, intent_id=wanted, body=body)
    token = done.more.pop("callback_token", None)
    more = done.more | ({"callback_url": f"{settings.BASE_URL}/v1/callbacks/{token}"} if token else {})
    return {
        "ok": True,
        "applied": True,
        "intent": full(done.intent),
        "event": event(done.event),
        "policy_generation": done.intent.policy_generation,
    } | more


def _enter(*, actor: Tenant, intent_id: UUID, body: work_requests.Wait) -> Parked:
    token = body.lease_token
    match body:
        case work_requests.WaitForHuman():
            return waits.wait_for_person(
                actor=actor,
                intent_id=intent_id,
                spec=body.human_task,
                limit=_limit(body, "deadline_seconds"),
                lease_token=token,
            )
        case work_requests.WaitForTool():
            return waits.wait_for_tool(
                actor=actor,
                intent_id=intent_id,
                tool=body.tool,
                external_id=body.external_id,
                limit=_limit(body, "timeout_seconds"),
                lease_token=token,
            )
        case work_requests.WaitForAgents():
            return waits.wait_for_agents(
                actor=auth.machine(actor),
                intent_id=intent_id,
                children=[to_submission(child, actor=actor, parent_id=intent_id) for child in body.intents],
                until=body.until,
                limit=_limit(body, "timeout_seconds"),
                lease_token=token,
            )
    when = When(until=body.until, delay_seconds=body.delay_seconds, cron=body.cron, timezone=body.timezone)
    return waits.wait_for_time(actor=actor, intent_id=intent_id, when=when, lease_token=token)


def enter_answered_wait(*, actor: Tenant, intent_id: UUID, sent: dict[str, Any]) -> None:
    """Let an intent wait as the answer to its delivery says. Raises what the services of waits raise, and InvalidField also
    for a wait whose callback address nobody would learn."""
    body = checked(work_requests.WAIT, sent, "")
    if isinstance(body, work_requests.WaitForTool) and not body.external_id:
        raise InvalidField("external_id", "is required: an answer gets no callback_url")
    _enter(actor=actor, intent_id=intent_id, body=body)


def _limit(body: work_requests.WaitForHuman | work_requests.WaitForTool | work_requests.WaitForAgents, named: str) -> Limit:
    """How long to wait by the field `named`. Raises InvalidField when only what happens then was sent."""
    seconds, then = getattr(body, named), body.on_timeout
    if seconds is None and "on_timeout" in body.model_fields_set:
        raise InvalidField("on_timeout", f"this happens after {named}: send that too")
    if isinstance(then, work_requests.CompleteWith):
        return Limit(seconds=seconds, then="complete", outcome=then.complete)
    return Limit(seconds=seconds, then=then)
