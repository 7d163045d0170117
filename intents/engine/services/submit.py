"""Submitting intents: one statement, one commit.

An intent, its first two events, what it carries, the obligation to deliver it, its deadline and the idempotency record
either all exist afterwards or none does, at the price of a single round trip, for one intent as for hundreds.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from intents.accounts import bindings
from intents.engine import timers
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.lifecycle import Status
from intents.engine.selectors import lock_many
from intents.engine.services.human_tasks import ask_people
from intents.engine.services.idempotency import IdempotencyKey, Stored, keep_instead, stored_answer
from intents.engine.services.submission import ASKED, INPUT, Submission, Submitted, row
from intents.kernel import canonical, clock, failpoints, live, statements, tracing
from intents.kernel.actors import Actor, Machine
from intents.kernel.errors import AgentNotFound, DomainError, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

_ONE = "SELECT " + ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in INPUT)
_MANY = "SELECT * FROM unnest({arrays}) AS v({names})".format(
    arrays=", ".join(f"%({name})s::{kind}[]" for name, kind in INPUT), names=", ".join(name for name, _ in INPUT)
)

_RFC3339 = "to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

_TEMPLATE = f"""
WITH input AS (
    {{source}}
), allowed AS MATERIALIZED (
    SELECT input.*, {clock.NOW} AS now, {bindings.CHOSEN} AS binding
    FROM input
    JOIN intents_workspace w ON w.id = %(workspace)s::uuid
    LEFT JOIN intents_agent a ON a.workspace_id = w.id AND a.name = input.mailbox AND a.status <> 'deleted'
    WHERE (a.id IS NOT NULL OR NOT w.require_registered_agents)
      AND (input.deadline_at IS NULL OR input.deadline_at > {clock.NOW})
), once AS (
    INSERT INTO intents_idempotencyrecord
        (id, workspace_id, account_id, route, key, fingerprint, status_code, body, created_at)
    SELECT %(record_id)s::uuid, %(workspace)s::uuid, %(account)s::uuid, %(route)s::text, %(key)s::text,
           %(fingerprint)s::bytea, 200, json_build_object(
            'ok', true, 'intent_id', id, 'status', status_answered,
            'created_at', {_RFC3339}
        )::text, now
    FROM allowed WHERE %(key)s::text IS NOT NULL
    ON CONFLICT (account_id, route, key) DO NOTHING
    RETURNING id
), go AS MATERIALIZED (
    SELECT allowed.*, first.hash AS created_hash, intents_event_hash(
            first.hash, id, 2, 'intent.submitted', '{Status.SUBMITTED}', NULL, NULL, %(actor)s::text, now, submitted_digest
        ) AS submitted_hash
    FROM allowed, LATERAL (SELECT intents_event_hash(
            decode(repeat('00', 32), 'hex'), id, 1, 'intent.created', '{Status.CREATED}', NULL, NULL, %(actor)s::text, now,
            created_digest
        ) AS hash) first
    WHERE %(key)s::text IS NULL OR EXISTS (SELECT 1 FROM once)
), intent AS (
    INSERT INTO intents_intent (
        id, workspace_id, account_id, person_id,
        parent_id, rerun_of_id, intent_type, status, sender, from_agent, mailbox, to_agent, reply_mailbox, reply_to,
        correlation_id, seq, last_hash, policy_generation, controls, policy, deadline_at, remind_after_seconds,
        remind_interval_seconds, max_reminders, remind_count, escalate_to, max_delivery_attempts, retry_count,
        created_at, updated_at
    )
    SELECT id, %(workspace)s::uuid, %(key_of)s::uuid, %(person)s::uuid,
           parent_id, rerun_of_id, intent_type, '{Status.SUBMITTED}', sender, from_agent, mailbox, to_agent,
           reply_mailbox, reply_to, correlation_id, 2, submitted_hash, 1, '{{{{}}}}', '{{{{}}}}', deadline_at,
           remind_after_seconds, remind_interval_seconds, max_reminders, 0, escalate_to, max_delivery_attempts, 0, now, now
    FROM go
), body AS (
    INSERT INTO intents_intentbody (intent_id, workspace_id, payload, sent, salt, human_task, document)
    SELECT id, %(workspace)s::uuid, payload, payload_sent, payload_salt, human_task,
           array_to_tsvector(string_to_array(words, ' '))
    FROM go
), history AS (
    INSERT INTO intents_intentevent (
        id, workspace_id, intent_id, seq, event_type, status, pending_type, pending_ref, actor, at, details, salt, digest,
        prev_hash, hash, trace_id, request_id, parent_span
    )
    SELECT created_event_id, %(workspace)s::uuid, id, 1, 'intent.created', '{Status.CREATED}', NULL, NULL, %(actor)s::text,
           now, created_details, created_salt, created_digest, decode(repeat('00', 32), 'hex'), created_hash,
           %(trace_id)s::text, %(request_id)s::text, %(parent_span)s::text
    FROM go
    UNION ALL
    SELECT submitted_event_id, %(workspace)s::uuid, id, 2, 'intent.submitted', '{Status.SUBMITTED}', 'agent', to_agent,
           %(actor)s::text, now, '{{{{}}}}', submitted_salt, submitted_digest, created_hash, submitted_hash,
           %(trace_id)s::text, %(request_id)s::text, NULL
    FROM go
), enqueued AS (
    INSERT INTO intents_delivery (
        id, workspace_id, intent_id, binding, hands_out, by_server, target, state, attempt, created_at
    )
    SELECT delivery_id, %(workspace)s::uuid, id, binding, true, binding {bindings.BY_SERVER}, mailbox, 'ready', 0, now
    FROM go WHERE human_task IS NULL
), armed AS (
    INSERT INTO intents_timer (id, workspace_id, intent_id, kind, due_at, next_at)
    SELECT timer_id, %(workspace)s::uuid, id, '{timers.DEADLINE}', deadline_at, deadline_at
    FROM go WHERE deadline_at IS NOT NULL
)
SELECT id, {_RFC3339}, human_task IS NULL AND binding {bindings.BY_SERVER} FROM go
"""
_SUBMIT_ONE = _TEMPLATE.format(source=_ONE)
_SUBMIT_MANY = _TEMPLATE.format(source=_MANY)


def submit(*, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None = None) -> Submitted | Stored:
    """Accept an intent: afterwards it is durable and on its way, to its agent or, with a human task, to people. With an
    idempotency key that was answered before, that answer instead.

    Raises InvalidAddress, AgentNotFound, InvalidField (a deadline in the past), IdempotencyConflict.
    """
    if submission.human_task is not None:
        return _submit_to_people(actor=actor, submission=submission, idempotency_key=idempotency_key)
    return _submit(actor=actor, submission=submission, idempotency_key=idempotency_key)


@unit
def _submit_to_people(
    *, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None
) -> Submitted | Stored:
    done = _submit(actor=actor, submission=submission, idempotency_key=idempotency_key)
    if not isinstance(done, Submitted):
        return done
    made = replace(done, status=_ask(actor, {done.intent_id: submission})[done.intent_id])
    if idempotency_key is not None and made.status is not ASKED:
        keep_instead(idempotency_key=idempotency_key, body=canonical.dumps(made.answer()))
    return made


def _submit(*, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None) -> Submitted | Stored:
    given = row(actor=actor, submission=submission)
    params = given | _shared(actor, idempotency_key)
    # A record that another request commits while this statement runs is seen by neither the insert nor the look-up after
    # it when that one rolls back meanwhile: then the second time decides.
    for _ in range(2):
        done = statements.rows(_SUBMIT_ONE, params)
        if done:
            failpoints.hit("after_commit")
            _, created_at, by_server = done[0]
            live.wake_up(intents=[given["id"]], mailboxes=_mailboxes_of(actor, [given]), workers=by_server)
            return Submitted(given["id"], Status.SUBMITTED, created_at)
        if idempotency_key and (stored := stored_answer(idempotency_key)):
            return stored
    raise _why_refused(submission)


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
    columns = {name: [one[name] for one in given.values()] for name, _ in INPUT}
    done = statements.rows(_SUBMIT_MANY, columns | _shared(actor, None, by)) if given else []
    accepted = {intent_id: created_at for intent_id, created_at, _ in done}
    mailboxes = _mailboxes_of(actor, [one for one in given.values() if one["id"] in accepted])
    live.wake_up(intents=accepted, mailboxes=mailboxes, workers=any(by_server for *_, by_server in done))
    failpoints.hit("mid_batch")
    asked = _ask(actor, {one["id"]: submissions[index] for index, one in given.items() if one["id"] in accepted}, by)
    for index, params in given.items():
        if created_at := accepted.get(params["id"]):
            answers[index] = Submitted(params["id"], asked.get(params["id"], Status.SUBMITTED), created_at)
        else:
            answers[index] = _why_refused(submissions[index])
    return [answer for answer in answers if answer is not None]


def _mailboxes_of(actor: Machine, given: Sequence[dict[str, Any]]) -> set[tuple[UUID, str]]:
    """The mailboxes into which the statement put new intents: those with a human task are with people first."""
    return {(actor.workspace_id, one["mailbox"]) for one in given if one["human_task"] is None}


def _ask(actor: Machine, submitted: dict[UUID, Submission], by: Actor | None = None) -> dict[UUID, Status]:
    """Those of the new intents that came with a human task go to people. Returns the statuses they have now."""
    tasks = {intent_id: one.human_task for intent_id, one in submitted.items() if one.human_task is not None}
    if not tasks:
        return {}
    locked = lock_many(list(tasks))
    requests = [
        HumanTaskRequest(intent=locked.intents[intent_id], spec=spec, asked_by=actor, on_submit=True)
        for intent_id, spec in tasks.items()
    ]
    ask_people(requests=requests, actor=by or actor, now=locked.now)
    return {intent_id: Status(locked.intents[intent_id].status) for intent_id in tasks}


def _shared(actor: Machine, idempotency_key: IdempotencyKey | None, by: Actor | None = None) -> dict[str, Any]:
    """What is the same for all rows of a statement."""
    trace = tracing.current()
    return {
        "workspace": actor.workspace_id,
        "key_of": actor.agent_id,
        "person": actor.person_id,
        "actor": (by or actor).label,
        "trace_id": trace.trace_id,
        "request_id": trace.request_id,
        "parent_span": trace.parent_span,
        "now": clock.override(),
        "record_id": new_id() if idempotency_key else None,
        "account": idempotency_key.account_id if idempotency_key else None,
        "route": idempotency_key.route if idempotency_key else None,
        "key": idempotency_key.key if idempotency_key else None,
        "fingerprint": idempotency_key.fingerprint if idempotency_key else None,
    } | bindings.choice()


def _why_refused(submission: Submission) -> DomainError:
    """Why the statement accepted nothing. Of its two reasons, a deadline can be told by itself."""
    if submission.deadline_at is not None and submission.deadline_at <= clock.now():
        return InvalidField("deadline_at", "this time has passed already")
    return AgentNotFound(
        f"no agent is registered as {submission.to_agent}, and this workspace requires it", address=submission.to_agent
    )
