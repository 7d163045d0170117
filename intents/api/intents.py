"""Intents: submit, look, follow, move on, end."""

from contextlib import nullcontext
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import ValidationError

from intents import auth
from intents.api import cursors
from intents.api.common import (
    REFUSALS,
    Request,
    alive,
    answer,
    as_id,
    checked,
    ending_work,
    idempotency_key,
    local,
    once,
    optional,
    replayed,
    seen,
    sent_object,
    sized_body,
)
from intents.api.shared import applied, ends_work, resolved, to_submission
from intents.api.work import parked
from intents.engine import histories, selectors
from intents.engine.lifecycle import Status
from intents.engine.services import controls, resolve, resume
from intents.engine.services.idempotency import Stored
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit, submit_many
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, DomainError, InvalidField
from intents.schemas import fields, requests, responses, work_requests
from intents.schemas.refusals import refusal
from intents.schemas.shown import events, full, summaries, with_that_of_its_run

router = Router(tags=["Intents"])

PAGE = 50
LONGEST_PAGE = 200
EVENTS_PAGE = 1000
EVENTS_BYTES = 4 * 1024 * 1024
COPIED = ("payload", "status", "intent_type", "result")


@router.post("/intents", response={200: responses.Submitted, **REFUSALS}, summary="Submit an intent")
def submit_intent(request: Request, body: requests.SubmitIntent) -> HttpResponse:
    """Accept an intent durably: when this answers, the intent, its history and everything that must happen later are
    committed. With an `Idempotency-Key` header a retry gets the first answer again (`Idempotent-Replayed: true`)."""
    submission = to_submission(body, actor=request.auth)
    done = submit(actor=auth.machine(request.auth), submission=submission, idempotency_key=idempotency_key(request))
    return replayed(done) if isinstance(done, Stored) else answer(done.answer())


@router.post("/intents/batch", response={200: responses.Batch, **REFUSALS}, summary="Submit many intents")
def submit_batch(request: Request, body: requests.SubmitBatch) -> HttpResponse:
    """Accept up to 500 intents in one transaction. Each gets an answer of its own, in the order sent: what was accepted, or
    why that one was refused; the others are accepted all the same."""
    actor = auth.machine(request.auth)

    def run() -> dict[str, Any]:
        read = [_read(actor, item) for item in body.intents]
        sound = [one for one in read if isinstance(one, Submission)]
        done = iter(submit_many(actor=actor, submissions=sound))
        answers = [next(done) if isinstance(one, Submission) else one for one in read]
        return {"ok": True, "intents": [_item(one) for one in answers]}

    return once(request, run)


def _read(actor: Tenant, item: dict[str, Any]) -> Submission | DomainError:
    try:
        return to_submission(requests.SubmitIntent.model_validate(item), actor=actor)
    except ValidationError as error:
        return refusal(error)
    except DomainError as error:
        return error


def _item(done: Submitted | DomainError) -> dict[str, Any]:
    if isinstance(done, Submitted):
        return done.answer()
    return {"ok": False, "error": {"code": done.code, "message": done.message, "details": done.details}}


@router.get("/intents", response={200: responses.Intents, **REFUSALS}, summary="List intents")
def list_intents(
    request: Request,
    status: str | None = Query(None, description="One status, or several by commas."),
    to_agent: str | None = Query(None),
    from_agent: str | None = Query(None),
    type: str | None = Query(None, description="The intent type, whole."),
    q: str | None = Query(
        None,
        max_length=200,
        description="Beginnings of words, all to be found in the intent's type, addresses, payload or human task; or the "
        "beginning of its id or correlation id.",
    ),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The intents you may see, newest first."""
    actor = request.auth
    rows = selectors.intents(actor).order_by("-id")
    if status is not None:
        rows = rows.filter(status__in=_statuses(status))
    if to_agent is not None:
        rows = rows.filter(mailbox=local(actor, to_agent))
    if from_agent is not None:
        rows = rows.filter(sender=local(actor, from_agent))
    if type is not None:
        rows = rows.filter(intent_type=type)
    if q is not None:
        rows = rows.filter(selectors.matching(actor, q))
    if cursor is not None:
        rows = rows.filter(id__lt=cursors.parse("i", cursor))
    page = list(rows[: limit + 1])
    more = len(page) > limit
    return answer(
        {
            "ok": True,
            "intents": summaries(page[:limit]),
            "next_cursor": cursors.cursor("i", page[limit - 1].id) if more else None,
        }
    )


def _statuses(text: str) -> list[str]:
    wanted = [part.strip() for part in text.split(",")]
    if unknown := [part for part in wanted if part not in Status.__members__]:
        raise InvalidField("status", f"{unknown[0][:40]!r} is no status; there are {', '.join(Status)}")
    return wanted


@router.post("/intents/bulk-cancel", response={200: responses.BulkCanceled, **REFUSALS}, summary="Cancel old intents")
def bulk_cancel(request: Request, body: requests.BulkCancel) -> HttpResponse:
    """Cancel live intents older than an age, oldest first. Unless `dry_run` is false this only tells which."""
    chosen = resolve.OldIntents(
        older_than_hours=body.older_than_hours,
        statuses=[Status(name) for name in body.status_filter or ()],
        limit=body.limit,
    )

    def run() -> dict[str, Any]:
        if body.dry_run:
            ids = resolve.to_cancel(actor=request.auth, chosen=chosen)
            return {"ok": True, "would_cancel": len(ids), "intent_ids": [str(one) for one in ids]}
        ids = resolve.cancel_many(actor=request.auth, chosen=chosen, reason=body.reason)
        return {"ok": True, "canceled": len(ids), "intent_ids": [str(one) for one in ids]}

    return once(request, run)


@router.get("/intents/{intent_id}", response={200: responses.OneIntent, **REFUSALS}, summary="Get an intent")
def get_intent(request: Request, intent_id: str) -> HttpResponse:
    """One intent with its payload, its latest checkpoint and, when it is over, its result or error."""
    wanted = as_id(intent_id, "intent")
    row = selectors.intent(request.auth, wanted)
    seen(request.auth, row)
    shown = full(row)
    # Published quick starts read these beside the intent.
    copied = {name: shown[name] for name in COPIED}
    return answer({"ok": True, "intent": shown} | copied | {"payload": with_that_of_its_run(shown["payload"])})


@router.get("/intents/{intent_id}/events", response={200: responses.Events, **REFUSALS}, summary="List an intent's events")
def list_events(
    request: Request,
    intent_id: str,
    since: int = Query(0, ge=0, le=fields.INT_MAX, description="Only events after this `seq`."),
    limit: int = Query(EVENTS_PAGE, ge=1, le=EVENTS_PAGE),
) -> HttpResponse:
    """The intent's history in order, at most 1,000 events a call, and no further one once their details fill 4 MiB: go on
    from `next_since`, which is null when these were the last. A `since` beyond the newest event is refused (409)."""
    row = selectors.intent(request.auth, as_id(intent_id, "intent"))
    seen(request.auth, row)
    if since == row.seq + 1:
        since = row.seq  # the published command line asks from the next one on
    if since > row.seq:
        raise Conflict(
            f"this intent has {row.seq} events: {since} is another's, or from before a restored backup; read it anew",
            seq=row.seq,
            next_since=0,
        )
    chunk = histories.chunks({row.id: since}, events=limit, size=EVENTS_BYTES).get(row.id, histories.Chunk())
    # The intent was read before its events, so there may be even more than it counts.
    more = chunk.more and chunk.events[-1].seq != row.seq
    return answer(
        {
            "ok": True,
            "events": events(chunk.events),
            "next_since": chunk.events[-1].seq if more else None,
        }
    )


@router.post(
    "/intents/{intent_id}/resume",
    response={200: responses.Applied, **REFUSALS},
    summary="Move an intent on",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def resume_intent(request: Request, intent_id: str) -> HttpResponse:
    """What this does depends on who sends it. The agent an intent is addressed to completes it: the body is the result.
    `action` "fail", "progress", "checkpoint" or "wait" says otherwise, and the rest is the body of that call. The sender,
    or one with a resume grant, satisfies the wait of a waiting intent: the body goes to its agent. `approve_current_step`
    satisfies a wait or begins the work."""
    wanted = as_id(intent_id, "intent")
    body = sent_object(request)
    generation = optional(fields.GENERATION, body, "expected_policy_generation")
    token = optional(fields.LEASE_TOKEN, body, "lease_token")
    ends = ends_work(body)
    if not ends:
        alive(request.auth, wanted)
    if body.get("action") == "wait":
        rest = {name: value for name, value in body.items() if name not in ("action", "expected_policy_generation")}
        wait = checked(work_requests.WAIT, rest, "")
        return once(request, lambda: parked(request, wanted, wait))

    def run() -> dict[str, Any]:
        changed = resume.resume(
            actor=request.auth,
            intent_id=wanted,
            body=body,
            lease_token=token,
            expected_policy_generation=generation,
        )
        return applied(changed)

    with ending_work(request.auth, wanted) if ends else nullcontext():
        sized_body(request, body)
        return once(request, run)


@router.post("/intents/{intent_id}/resolve", response={200: responses.Resolved, **REFUSALS}, summary="End an intent")
def resolve_intent(request: Request, intent_id: str, body: requests.ResolveIntent) -> HttpResponse:
    """Complete, fail or cancel an intent, as its sender, its agent or an operator. An intent ends once: a second time is
    409 with the status it has."""
    wanted = as_id(intent_id, "intent")

    def run() -> dict[str, Any]:
        ended = resolve.resolve(
            actor=request.auth,
            intent_id=wanted,
            status=Status(body.status),
            details=body.details(),
            expected_policy_generation=body.expected_policy_generation,
        )
        return resolved(ended)

    return once(request, run)


@router.post("/intents/{intent_id}/controls", response={200: responses.Applied, **REFUSALS}, summary="Change controls")
def patch_controls(request: Request, intent_id: str, body: requests.PatchControls) -> HttpResponse:
    """Merge keys into an intent's controls; null takes a key away. Deadline and retry keys act at once."""
    wanted = as_id(intent_id, "intent")
    return once(
        request,
        lambda: applied(
            controls.patch_controls(
                actor=request.auth,
                intent_id=wanted,
                patch=body.controls_patch,
                reason=body.reason,
                expected_policy_generation=body.expected_policy_generation,
            )
        ),
    )


@router.post("/intents/{intent_id}/policy", response={200: responses.Applied, **REFUSALS}, summary="Change policy")
def patch_policy(request: Request, intent_id: str, body: requests.PatchPolicy) -> HttpResponse:
    """Merge keys into an intent's grants and envelope; null takes a key away. `grants.resume` lists addresses that may
    resume it."""
    wanted = as_id(intent_id, "intent")
    return once(
        request,
        lambda: applied(
            controls.patch_grants(
                actor=request.auth,
                intent_id=wanted,
                grants_patch=body.grants_patch,
                envelope_patch=body.envelope_patch,
                reason=body.reason,
                expected_policy_generation=body.expected_policy_generation,
            )
        ),
    )
