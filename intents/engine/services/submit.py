"""Submitting intents: one statement, one commit.

An intent, its first two events, what it carries, the obligation to deliver it, its deadline and the idempotency record
either all exist afterwards or none does, at the price of a single round trip, for one intent as for hundreds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from intents.accounts import stops
from intents.engine import admission, timers
from intents.engine.admission import Admits, PolicyBreach, Wanted
from intents.engine.events import Entry
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.lifecycle import EventType, Status
from intents.engine.models import Intent
from intents.engine.selectors import lock_many
from intents.engine.services.human_tasks import ask_people
from intents.engine.services.idempotency import IdempotencyKey, Stored, keep_instead, stored_answer
from intents.engine.services.submission import (
    ASKED,
    SUBMIT_MANY,
    SUBMIT_ONE,
    Submission,
    Submitted,
    row,
    whose,
)
from intents.engine.services.submitted import as_stored
from intents.engine.services.transitions import note_many
from intents.kernel import canonical, clock, failpoints, live, statements
from intents.kernel.actors import Actor, Machine, companion
from intents.kernel.errors import AgentNotFound, DomainError, InvalidField
from intents.kernel.unit_of_work import unit


def submit(*, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None = None) -> Submitted | Stored:
    """Accept an intent: afterwards it is durable and on its way, to its agent or, with a human task, to people. With an
    idempotency key that was answered before, that answer instead.

    Raises InvalidAddress, AgentNotFound, InvalidField (a deadline in the past), IdempotencyConflict, AgentStopped, and what
    the policies of agents refuse.
    """
    try:
        given = row(actor=actor, submission=submission)
        if submission.human_task is not None:
            return _submit_to_people(actor=actor, submission=submission, given=given, idempotency_key=idempotency_key)
        return _submit(actor=actor, submission=submission, given=given, idempotency_key=idempotency_key)
    except PolicyBreach as refusal:
        admission.note_refused(actor.workspace_id, refusal)
        raise


@unit
def submit_by_server(*, actor: Machine, submission: Submission) -> UUID:
    """`submit` of the server's own, in the name `actor`: no policy counts it, and no such agent has to be registered. With
    a human task. Returns its id."""
    given = row(actor=actor, submission=submission)
    own = {"key_of": None, "admitted": True, "of_server": True}
    done = statements.rows(SUBMIT_ONE, given | _shared(actor, None) | own)
    if not done:
        raise _why_refused(actor, given, submission)
    intent_id: UUID = given["id"]
    live.wake_up(intents=[intent_id], mailboxes=_mailboxes_of(actor, [given]))
    _ask(actor, {intent_id: submission}, {})
    return intent_id


@unit
def _submit_to_people(
    *, actor: Machine, submission: Submission, given: dict[str, Any], idempotency_key: IdempotencyKey | None
) -> Submitted | Stored:
    done = _submit(actor=actor, submission=submission, given=given, idempotency_key=idempotency_key)
    if not isinstance(done, Submitted):
        return done
    new = {} if done.noted else {done.intent_id: as_stored(given=given, actor=actor, by=actor, created_at=done.created_at)}
    made = replace(done, status=_ask(actor, {done.intent_id: submission}, new)[done.intent_id])
    if idempotency_key is not None and made.status is not ASKED:
        keep_instead(idempotency_key=idempotency_key, body=canonical.dumps(made.answer()))
    return made


def _submit(
    *, actor: Machine, submission: Submission, given: dict[str, Any], idempotency_key: IdempotencyKey | None
) -> Submitted | Stored:
    params = given | _shared(actor, idempotency_key)
    # A record that another request commits while this statement runs is seen by neither the insert nor the look-up after
    # it when that one rolls back meanwhile: then the second time decides.
    for _ in range(2):
        done = statements.rows(SUBMIT_ONE, params)
        if done:
            failpoints.hit("after_commit")
            _, created_at, by_server = done[0]
            workers = by_server or timers.is_soon(submission.deadline_at)
            live.wake_up(intents=[given["id"]], mailboxes=_mailboxes_of(actor, [given]), workers=workers)
            return Submitted(given["id"], Status.SUBMITTED, created_at)
        if idempotency_key and (stored := stored_answer(idempotency_key)):
            return stored
    # Also where there is no rule any more: it was taken away after the statement saw it.
    rules = admission.governing(actor.workspace_id, [_wanted(given, actor.name)])
    return _submit_governed(rules, actor=actor, submission=submission, given=given, idempotency_key=idempotency_key)


@unit
def _submit_governed(
    rules: Sequence[Admits],
    *,
    actor: Machine,
    submission: Submission,
    given: dict[str, Any],
    idempotency_key: IdempotencyKey | None,
) -> Submitted | Stored:
    """The same under the rules of the workspace: what is counted is committed with the intent."""
    admitted = admission.admit(rules, actor.workspace_id, [_wanted(given, actor.name)])
    refusal = admitted.refused.get(given["id"])
    done = [] if refusal else statements.rows(SUBMIT_ONE, given | _shared(actor, idempotency_key) | {"admitted": True})
    if not done:
        # One that was accepted before is so still, also when that has used a limit up.
        if idempotency_key and (stored := stored_answer(idempotency_key)):
            return stored
        raise refusal or _why_refused(actor, given, submission)
    admitted.settle([given["id"]])
    _warn(admitted.warnings, actor)
    _, created_at, by_server = done[0]
    workers = by_server or timers.is_soon(submission.deadline_at)
    live.wake_up(intents=[given["id"]], mailboxes=_mailboxes_of(actor, [given]), workers=workers)
    return Submitted(given["id"], Status.SUBMITTED, created_at, noted=True)


def _wanted(given: dict[str, Any], speaker: str) -> Wanted:
    return Wanted(
        id=given["id"],
        sender=given["sender"],
        mailbox=given["mailbox"],
        speaker=speaker,
        intent_type=given["intent_type"],
        payload=given["payload"],
        works=given["human_task"] is None and not given["run"],
        reply_mailbox=given["reply_mailbox"],
    )


@unit
def submit_many(
    *, actor: Machine, submissions: Sequence[Submission], by: Actor | None = None
) -> list[Submitted | DomainError]:
    """Accept many intents in one transaction. Answers in their order: what was accepted, or why one was refused. `by` is
    who the record names in the place of the `actor` that the intents are from."""
    answers: list[Submitted | DomainError | None] = []
    given: dict[int, dict[str, Any]] = {}
    for index, submission in enumerate(submissions):
        try:
            given[index] = row(actor=actor, submission=submission)
            answers.append(None)
        except DomainError as refusal:
            answers.append(refusal)
    done = _accepted(list(given.values()), _shared(actor, None, by))
    left = {one["id"]: one for one in given.values()}.keys() - {intent_id for intent_id, *_ in done}
    refused: Mapping[UUID, DomainError] = {}
    if left:
        rest = [one for one in given.values() if one["id"] in left]
        more, refused = _governed(rest, _shared(actor, None, by), by or actor)
        done += more
    accepted = {intent_id: created_at for intent_id, created_at, _ in done}
    mailboxes = _mailboxes_of(actor, [one for one in given.values() if one["id"] in accepted])
    soon = any(timers.is_soon(one["deadline_at"]) for one in given.values())
    live.wake_up(intents=accepted, mailboxes=mailboxes, workers=soon or any(by_server for *_, by_server in done))
    failpoints.hit("mid_batch")
    new = {
        one["id"]: as_stored(given=one, actor=actor, by=by or actor, created_at=accepted[one["id"]])
        for one in given.values()
        if one["human_task"] is not None and one["id"] in accepted and one["id"] not in left
    }
    asked = _ask(actor, {one["id"]: submissions[index] for index, one in given.items() if one["id"] in accepted}, new, by)
    for index, params in given.items():
        if created_at := accepted.get(params["id"]):
            answers[index] = Submitted(params["id"], asked.get(params["id"], Status.SUBMITTED), created_at)
        else:
            answers[index] = refused.get(params["id"]) or _why_refused(actor, params, submissions[index])
    return [answer for answer in answers if answer is not None]


def _accepted(given: Sequence[dict[str, Any]], shared: dict[str, Any]) -> list[tuple[Any, ...]]:
    if len(given) == 1:
        # Read as a table these cost several times as much as plain values.
        return statements.rows(SUBMIT_ONE, given[0] | shared)
    return statements.rows(SUBMIT_MANY, shared | {"given": statements.written(given)}) if given else []


def _governed(
    given: Sequence[dict[str, Any]], shared: dict[str, Any], by: Actor
) -> tuple[list[tuple[Any, ...]], Mapping[UUID, DomainError]]:
    """Those that the statement accepts under the rules of the workspace, and why these refuse others."""
    wanted = [_wanted(one, shared["speaker"]) for one in given]
    # Also where there is no rule any more: it was taken away after the statement saw it.
    admitted = admission.admit(admission.governing(shared["workspace"], wanted), shared["workspace"], wanted)
    done = _accepted([one for one in given if one["id"] not in admitted.refused], shared | {"admitted": True})
    accepted = {intent_id for intent_id, *_ in done}
    admitted.settle(accepted)
    _warn({one: told for one, told in admitted.warnings.items() if one in accepted}, by)
    admission.note(shared["workspace"], list(admitted.refused.values()))
    return done, admitted.refused


def _warn(warnings: Mapping[UUID, dict[str, Any]], actor: Actor) -> None:
    """Tell in the histories of new intents what was let pass."""
    if not warnings:
        return
    locked = lock_many(sorted(warnings))
    entries = [
        Entry(
            intent=locked.intents[one],
            event_type=EventType.COMMENT,
            actor=actor.label,
            at=locked.now,
            details=told | companion(actor),
        )
        for one, told in warnings.items()
    ]
    note_many(entries)


def _mailboxes_of(actor: Machine, given: Sequence[dict[str, Any]]) -> set[tuple[UUID, str]]:
    """The mailboxes into which the statement put new intents: those with a human task are with people first, and runs in
    none."""
    return {(actor.workspace_id, one["mailbox"]) for one in given if one["human_task"] is None and not one["run"]}


def _ask(
    actor: Machine, submitted: dict[UUID, Submission], new: Mapping[UUID, Intent], by: Actor | None = None
) -> dict[UUID, Status]:
    """Those of the new intents that came with a human task go to people; `new` are these as they are stored, where that is
    known, and the others are looked up. Returns the statuses they have now."""
    tasks = {intent_id: one.human_task for intent_id, one in submitted.items() if one.human_task is not None}
    if not tasks:
        return {}
    intents, now = dict(new), max((one.created_at for one in new.values()), default=None)
    if left := [intent_id for intent_id in tasks if intent_id not in new]:
        locked = lock_many(left)
        intents, now = intents | locked.intents, locked.now
    assert now is not None
    requests = [
        HumanTaskRequest(intent=intents[intent_id], spec=spec, asked_by=actor, on_submit=True)
        for intent_id, spec in tasks.items()
    ]
    ask_people(requests=requests, actor=by or actor, now=now)
    return {intent_id: Status(intents[intent_id].status) for intent_id in tasks}


def _shared(actor: Machine, idempotency_key: IdempotencyKey | None, by: Actor | None = None) -> dict[str, Any]:
    """What is the same for all rows of a statement."""
    return whose(actor=actor, idempotency_key=idempotency_key, by=by) | admission.unadmitted()


def _why_refused(actor: Machine, given: dict[str, Any], submission: Submission) -> DomainError:
    """Why the statement accepted nothing. Of its reasons, a deadline can be told by itself."""
    if submission.deadline_at is not None and submission.deadline_at <= clock.now():
        return InvalidField("deadline_at", "this time has passed already")
    try:
        stops.ensure_may_send(actor.workspace_id, speakers=(actor.name, actor.speaks_as), mailbox=given["mailbox"])
    except DomainError as refusal:
        return refusal
    return AgentNotFound(
        f"no agent is registered as {submission.to_agent}, and this workspace requires it", address=submission.to_agent
    )
