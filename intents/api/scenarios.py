"""Scenarios: validate a document, apply it, and see its runs."""

import json
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents import auth
from intents.api.common import (
    REFUSALS,
    Request,
    answer,
    as_id,
    idempotency_key,
    once,
    owner_named,
    replayed,
    sent_object,
    to_json,
)
from intents.engine.lifecycle import TERMINAL
from intents.engine.models import Intent
from intents.engine.services import idempotency
from intents.engine.services.idempotency import IdempotencyKey, Stored, run_once
from intents.kernel import canonical
from intents.kernel.actors import Person
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, InvalidField, Missing
from intents.scenarios import macros, selectors
from intents.scenarios.models import RunStep, StepState
from intents.scenarios.progress import MOST_STEPS
from intents.scenarios.selectors import Cut, Loaded, TryContents
from intents.scenarios.services import applying, retrying
from intents.scenarios.services.applying import Applied
from intents.schemas import beyond, bundles, scenarios

router = Router(tags=["Scenarios"])

DOCUMENT = {"application/json": {"schema": {"$ref": "#/components/schemas/ScenarioBundle"}}}
MOST_BYTES = 16 * 1024
"""Of a result or an error among others."""
BODY = {"requestBody": {"required": True, "content": DOCUMENT}}


def _lines(problems: list[tuple[str, str]]) -> list[str]:
    return [f"{path}: {words}" if path else words for path, words in problems]


@router.post(
    "/scenarios/validate",
    response={200: scenarios.ValidatedScenario, **REFUSALS},
    summary="Validate a scenario",
    openapi_extra=BODY,
)
def validate_scenario(request: Request) -> HttpResponse:
    """What is wrong with a document, and what is odd, by path. Nothing is stored."""
    read, made = bundles.compiled(sent_object(request), actor=request.auth)
    if not made.errors:
        made.errors += applying.problems(actor=request.auth, compiled=made, run=read.run)
    warned = {path for path, _ in made.warnings}
    made.warnings += [(path, beyond.OURS) for path in read.ours if path not in warned]
    told = {"valid": not made.errors, "errors": _lines(made.errors), "warnings": _lines(made.warnings)}
    return once(request, lambda: {"ok": True} | told)


@router.post(
    "/scenarios/apply",
    response={200: scenarios.AppliedScenario, **REFUSALS},
    summary="Apply a scenario",
    openapi_extra=BODY,
)
def apply_scenario(request: Request) -> HttpResponse:
    """Begin a run of a document: its missing agents are registered, it becomes a version of its scenario unless the newest
    says the same, and its first step begins. `idempotency_key` of the body counts as the header `Idempotency-Key`."""
    sent = sent_object(request)
    actor = request.auth

    def run() -> dict[str, Any]:
        # A repeat is answered as the first was, also when the document would be refused by now.
        read, made = bundles.compiled(sent, actor=actor)
        if made.errors:
            path, words = made.errors[0]
            raise InvalidField(path, words, errors=[{"field": place, "message": text} for place, text in made.errors])
        return _applied(applying.apply(actor=actor, sent=sent, compiled=made, run=read.run))

    key = _key(request, sent)
    if key is None:
        return answer(run())
    stored, replay = run_once(idempotency_key=key, work=lambda: (200, to_json(run())))
    body = json.loads(stored.body)
    return replayed(Stored(200, to_json(body | {"idempotent": True}))) if replay else answer(body)


def _key(request: Request, sent: dict[str, Any]) -> IdempotencyKey | None:
    """The idempotency key of the header, or else of the document: one of another type is an error of that. The answer holds
    secrets."""
    named = sent.get("idempotency_key")
    if "HTTP_IDEMPOTENCY_KEY" in request.META or not named or not isinstance(named, str):
        return idempotency_key(request, secret=True)
    return idempotency.parse_key(
        workspace_id=request.auth.workspace_id,
        account_id=auth.speaker_id(request.auth, owner=owner_named(request), secret=True),
        route=f"{request.method} {request.path}",
        key=named,
        sent=sent,
    )


def _applied(done: Applied) -> dict[str, Any]:
    intent, version = done.intent, done.run.version
    return {
        "ok": True,
        "intent_id": str(intent.id),
        "scenario_id": version.scenario_id,
        "version": version.version,
        "status": intent.status,
        "pending_with": _pending_with(done.run),
        "compile_id": str(version.id),
        "workflow_compile_id": str(version.id),
        "agents": [
            {"role": one.role, "address": one.address, "created": one.secret is not None} for one in done.participants
        ],
        "agents_provisioned": [
            {
                "role": one.role,
                "address": one.address,
                "service_account_id": str(one.row.id),
                "key_id": str(one.key.id),
                "api_key": one.secret,
                "created_at": rfc3339(one.key.created_at),
            }
            for one in done.participants
            if one.row is not None and one.key is not None
        ],
        "idempotent": False,
        "created_at": rfc3339(intent.created_at),
        "deadline_at": rfc3339(intent.deadline_at) if intent.deadline_at else None,
    }


def _pending_with(loaded: Loaded) -> str | None:
    """Who has the step that a run is at: its role, or else its kind."""
    row = loaded.unfinished
    step = loaded.step(row.step_id) if row else None
    return (step.get("to_agent") or step["role"] or step["kind"]) if step else None


@router.get("/scenarios/runs/{intent_id}", response={200: scenarios.OneRun, **REFUSALS}, summary="Get a run of a scenario")
def get_run(
    request: Request,
    intent_id: str,
    after: int = Query(0, ge=0, le=MOST_STEPS, description="The number of a try: those that follow it."),
    limit: int = Query(100, ge=1, le=200),
) -> HttpResponse:
    """A run with the tries of its steps in order, `limit` of them `after` a number, and the document as it was when the run
    began. Of a result or an error that is longer than 16 KiB it says so: `steps/{number}` has all of it."""
    row, loaded = selectors.watched(request.auth, as_id(intent_id, "run"))
    rows = [one for one in loaded.steps if one.number > after]
    kept = selectors.contents(rows[:limit], most=MOST_BYTES)
    run = {
        "run_id": str(row.id),
        "scenario_id": loaded.version.scenario_id,
        "title": loaded.version.title,
        "version": loaded.version.version,
        "status": row.status,
        "waiting_reason": row.waiting_reason,
        "created_at": rfc3339(row.created_at),
        "steps": [_step(row, loaded, one, kept[one.number]) for one in rows[:limit]],
        "next_after": rows[limit - 1].number if len(rows) > limit else None,
    }
    return answer({"ok": True, "run": run, "document": canonical.loads(loaded.version.document)})


@router.get(
    "/scenarios/runs/{intent_id}/steps/{number}",
    response={200: scenarios.OneRunStep, **REFUSALS},
    summary="Get a try of a step of a run",
)
def get_run_step(request: Request, intent_id: str, number: int) -> HttpResponse:
    """A try of a step with all of what it ended with."""
    row, loaded = selectors.watched(request.auth, as_id(intent_id, "run"))
    rows = [one for one in loaded.steps if one.number == number]
    if not rows:
        raise Missing(f"the run has no try with the number {number}", run_id=str(row.id))
    kept = selectors.contents(rows, most=None)
    return answer({"ok": True, "step": _step(row, loaded, rows[0], kept[number])})


@router.post(
    "/scenarios/runs/{intent_id}/retry",
    response={200: scenarios.RetriedRun, **REFUSALS},
    summary="Go on with a run from a step",
)
def retry_run(request: Request, intent_id: str, body: scenarios.RetryStep) -> HttpResponse:
    """Begin a new run of the same version at a step of a run that failed, timed out or was canceled: what the steps before
    it ended with is taken over. A run is run again once; asking again answers with the same new run. For owners, admins and
    operators, by a person's token."""
    wanted, person = as_id(intent_id, "run"), request.auth
    if not isinstance(person, Person):
        raise Denied("only a person, an owner, admin or operator, runs a step again")

    def run() -> dict[str, Any]:
        made = retrying.retry_from(actor=person, run_id=wanted, step_id=body.step_id, reason=body.reason)
        return {"ok": True, "applied": made.applied, "run_id": str(made.run_id)}

    return once(request, run)


def _step(row: Intent, loaded: Loaded, one: RunStep, kept: TryContents) -> dict[str, Any]:
    left = one.ended_at is None and row.status in TERMINAL
    ended_at = row.updated_at if left else one.ended_at
    return {
        "number": one.number,
        "step_id": one.step_id,
        "title": (loaded.step(one.step_id) or {}).get("title", one.step_id),
        "kind": one.kind,
        "attempt": one.attempt,
        "state": "canceled" if left else StepState(one.state),
        "child_intent_id": str(one.child_id) if one.child_id else None,
        "started_at": rfc3339(one.started_at),
        "ended_at": rfc3339(ended_at) if ended_at else None,
        "result": _whole_or_told(kept.result),
        "error": _whole_or_told(kept.error),
    }


def _whole_or_told(value: Any) -> Any:
    return {"omitted": True, "bytes": value.size} if isinstance(value, Cut) else value


@router.get("/tool-registry/macros", response={200: scenarios.Macros, **REFUSALS}, summary="List macros")
def list_macros(request: Request) -> HttpResponse:
    """The macros that a document may name in `workflow.macro_id`."""
    return answer({"ok": True, "macros": [one.shown() for one in macros.MACROS.values()]})


@router.get("/tool-registry/macros/{macro_id}", response={200: scenarios.OneMacro, **REFUSALS}, summary="Get a macro")
def get_macro(request: Request, macro_id: str) -> HttpResponse:
    """A macro and its parameters, all of them texts."""
    return answer({"ok": True, "macro": macros.macro(macro_id).shown()})
