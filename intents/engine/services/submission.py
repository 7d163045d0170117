"""What a client submits, and the row of statement input it becomes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.accounts import bindings, stops
from intents.engine import admission, search, timers
from intents.engine.lifecycle import Status
from intents.engine.selectors import ensure_agents_name
from intents.engine.services.idempotency import IdempotencyKey
from intents.kernel import canonical, clock, statements, tracing
from intents.kernel.actors import Actor, Machine, companion
from intents.kernel.addresses import local_name, mailbox_name
from intents.kernel.models import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a client asks for. `payload` is canonical JSON text, `payload_sent` the same by `canonical.as_sent`; addresses
    are spelled as sent; `human_task` was checked by the human gate; `parent_id` is a locked intent that waits for this one.
    `rerun_of_id` is the one that this one runs again; `told` is what the first event tells of that. A `run` is handed to
    nobody: the server carries it on.
    """

    intent_type: str
    to_agent: str
    payload: str
    correlation_id: UUID
    payload_sent: str | None = None
    reply_to: str | None = None
    deadline_at: datetime | None = None
    remind_after_seconds: int | None = None
    remind_interval_seconds: int | None = None
    max_reminders: int | None = None
    escalate_to: str | None = None
    max_delivery_attempts: int | None = None
    human_task: dict[str, Any] | None = None
    parent_id: UUID | None = None
    rerun_of_id: UUID | None = None
    told: dict[str, str] = field(default_factory=dict)
    run: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The new intent. `created_at` is RFC 3339, as the statement tells it: read and written again it would cost more.
    `noted` is true when rules of the workspace may have added to its history."""

    intent_id: UUID
    status: Status
    created_at: str
    noted: bool = False

    def answer(self) -> dict[str, Any]:
        return {
            "ok": True,
            "intent_id": str(self.intent_id),
            "status": str(self.status),
            "created_at": self.created_at,
        }


INPUT: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("created_event_id", "uuid"),
    ("submitted_event_id", "uuid"),
    ("delivery_id", "uuid"),
    ("timer_id", "uuid"),
    ("parent_id", "uuid"),
    ("rerun_of_id", "uuid"),
    ("status_answered", "text"),
    ("intent_type", "text"),
    ("sender", "text"),
    ("from_agent", "text"),
    ("mailbox", "text"),
    ("to_agent", "text"),
    ("reply_mailbox", "text"),
    ("reply_to", "text"),
    ("correlation_id", "uuid"),
    ("payload", "text"),
    ("payload_sent", "text"),
    ("payload_salt", "bytea"),
    ("human_task", "text"),
    ("words", "text"),
    ("created_details", "text"),
    ("created_salt", "bytea"),
    ("created_digest", "bytea"),
    ("submitted_salt", "bytea"),
    ("submitted_digest", "bytea"),
    ("deadline_at", "timestamptz"),
    ("remind_after_seconds", "int"),
    ("remind_interval_seconds", "int"),
    ("max_reminders", "int"),
    ("escalate_to", "text"),
    ("max_delivery_attempts", "int"),
    ("run", "bool"),
)
"""One row of the submit statement's input: names and SQL types. `status_answered` is what a repeat is told."""

WHOSE: tuple[tuple[str, str], ...] = (
    ("workspace", "uuid"),
    ("key_of", "uuid"),
    ("speaker", "text"),
    ("person", "uuid"),
    ("actor", "text"),
    ("trace_id", "text"),
    ("request_id", "text"),
    ("parent_span", "text"),
    ("record_id", "uuid"),
    ("account", "uuid"),
    ("route", "text"),
    ("key", "text"),
    ("fingerprint", "bytea"),
)
"""Whose request a row is of, and its idempotency key: in a batch all rows are of one, in a group each of its own."""

ASKED = Status.WAITING
"""The status that an intent with a human task has when people were asked, which comes after its statement. A repeat is told
this; were another one written, the submit would correct what is kept. So asking needs no statement for it."""


def _value(name: str, kind: str) -> str:
    return f"%({name})s::{kind} AS {name}"


_ONE = "SELECT " + ", ".join(_value(*one) for one in (*INPUT, *WHOSE))
_MANY = f"SELECT v.*, {', '.join(_value(*one) for one in WHOSE)} FROM {statements.recordset('given', 'v', INPUT)}"
_GROUP = f"SELECT * FROM {statements.recordset('given', 'v', (*INPUT, *WHOSE))}"

_RFC3339 = "to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

_TEMPLATE = f"""
WITH input AS (
    {{source}}
), allowed AS MATERIALIZED (
    SELECT input.*, {clock.NOW} AS now, {bindings.CHOSEN} AS binding
    FROM input
    JOIN intents_workspace w ON w.id = input.workspace
    LEFT JOIN intents_agent a ON a.workspace_id = w.id AND a.name = input.mailbox AND a.status <> 'deleted'
    WHERE (a.id IS NOT NULL OR input.run OR NOT w.require_registered_agents OR %(of_server)s::bool)
      AND (input.deadline_at IS NULL OR input.deadline_at > {clock.NOW})
      AND {stops.SENDING}
      AND (%(admitted)s::bool OR {admission.UNGOVERNED})
), once AS (
    INSERT INTO intents_idempotencyrecord
        (id, workspace_id, account_id, route, key, fingerprint, status_code, body, created_at)
    SELECT record_id, workspace, account, route, key, fingerprint, 200, json_build_object(
            'ok', true, 'intent_id', id, 'status', status_answered,
            'created_at', {_RFC3339}
        )::text, now
    FROM allowed WHERE key IS NOT NULL ORDER BY account, route, key
    ON CONFLICT (account_id, route, key) DO NOTHING
    RETURNING id
), go AS MATERIALIZED (
    SELECT allowed.*, first.hash AS created_hash, intents_event_hash(
            first.hash, id, 2, 'intent.submitted', '{Status.SUBMITTED}', NULL, NULL, actor, now, submitted_digest
        ) AS submitted_hash
    FROM allowed, LATERAL (SELECT intents_event_hash(
            decode(repeat('00', 32), 'hex'), id, 1, 'intent.created', '{Status.CREATED}', NULL, NULL, actor, now,
            created_digest
        ) AS hash) first
    WHERE key IS NULL OR EXISTS (SELECT FROM once WHERE once.id = allowed.record_id)
), intent AS (
    INSERT INTO intents_intent (
        id, workspace_id, account_id, person_id,
        parent_id, rerun_of_id, intent_type, status, sender, from_agent, mailbox, to_agent, reply_mailbox, reply_to,
        correlation_id, seq, last_hash, policy_generation, controls, policy, deadline_at, remind_after_seconds,
        remind_interval_seconds, max_reminders, remind_count, escalate_to, max_delivery_attempts, retry_count,
        created_at, updated_at
    )
    SELECT id, workspace, key_of, person,
           parent_id, rerun_of_id, intent_type, '{Status.SUBMITTED}', sender, from_agent, mailbox, to_agent,
           reply_mailbox, reply_to, correlation_id, 2, submitted_hash, 1, '{{{{}}}}', '{{{{}}}}', deadline_at,
           remind_after_seconds, remind_interval_seconds, max_reminders, 0, escalate_to, max_delivery_attempts, 0, now, now
    FROM go
), body AS (
    INSERT INTO intents_intentbody (intent_id, workspace_id, payload, sent, salt, human_task, document)
    SELECT id, workspace, payload, payload_sent, payload_salt, human_task,
           array_to_tsvector(string_to_array(words, ' '))
    FROM go
), history AS (
    INSERT INTO intents_intentevent (
        id, workspace_id, intent_id, seq, event_type, status, pending_type, pending_ref, actor, at, details, salt, digest,
        prev_hash, hash, trace_id, request_id, parent_span
    )
    SELECT created_event_id, workspace, id, 1, 'intent.created', '{Status.CREATED}', NULL, NULL, actor,
           now, created_details, created_salt, created_digest, decode(repeat('00', 32), 'hex'), created_hash,
           trace_id, request_id, parent_span
    FROM go
    UNION ALL
    SELECT submitted_event_id, workspace, id, 2, 'intent.submitted', '{Status.SUBMITTED}', 'agent', to_agent,
           actor, now, '{{{{}}}}', submitted_salt, submitted_digest, created_hash, submitted_hash,
           trace_id, request_id, NULL
    FROM go
), enqueued AS (
    INSERT INTO intents_delivery (
        id, workspace_id, intent_id, binding, hands_out, by_server, target, state, attempt, created_at
    )
    SELECT delivery_id, workspace, id, binding, true, binding {bindings.BY_SERVER}, mailbox, 'ready', 0, now
    FROM go WHERE human_task IS NULL AND NOT run
), armed AS (
    INSERT INTO intents_timer (id, workspace_id, intent_id, kind, due_at, next_at)
    SELECT timer_id, workspace, id, '{timers.DEADLINE}', deadline_at, deadline_at
    FROM go WHERE deadline_at IS NOT NULL
)
SELECT id, {_RFC3339}, human_task IS NULL AND NOT run AND binding {bindings.BY_SERVER} FROM go
"""
SUBMIT_ONE = _TEMPLATE.format(source=_ONE)
SUBMIT_MANY = _TEMPLATE.format(source=_MANY)
SUBMIT_GROUP = _TEMPLATE.format(source=_GROUP)


def row(*, actor: Machine, submission: Submission) -> dict[str, Any]:
    """`submission` as statement input, with new ids, salts and digests. Raises InvalidAddress, AgentNotFound."""
    payload_salt, created_salt, submitted_salt = canonical.new_salt(), canonical.new_salt(), canonical.new_salt()
    payload_sha256 = canonical.digest(submission.payload, payload_salt).hex()
    created_details = canonical.dumps({"payload_sha256": payload_sha256} | companion(actor) | submission.told)
    org, workspace = actor.org_slug, actor.workspace_slug
    reply_to = submission.reply_to
    mailbox = local_name(submission.to_agent, org=org, workspace=workspace)
    reply_mailbox = mailbox_name(reply_to, org=org, workspace=workspace) if reply_to else None
    for name in (reply_mailbox or "", *(() if submission.run else (mailbox,))):
        ensure_agents_name(actor.workspace_id, name)
    human_task = canonical.dumps(submission.human_task) if submission.human_task else None
    words = search.document(
        payload=submission.payload,
        human_task=human_task,
        correlation_id=submission.correlation_id,
        names=(submission.intent_type, submission.to_agent, actor.label, reply_to or ""),
    )
    return {
        "id": new_id(),
        "created_event_id": new_id(),
        "submitted_event_id": new_id(),
        "delivery_id": new_id(),
        "timer_id": new_id(),
        "parent_id": submission.parent_id,
        "rerun_of_id": submission.rerun_of_id,
        "status_answered": ASKED if human_task else Status.SUBMITTED,
        "intent_type": submission.intent_type,
        "sender": actor.speaks_as,
        "from_agent": actor.label,
        "mailbox": mailbox,
        "to_agent": submission.to_agent,
        "reply_mailbox": reply_mailbox,
        "reply_to": reply_to,
        "correlation_id": submission.correlation_id,
        "payload": submission.payload,
        "payload_sent": submission.payload_sent,
        "payload_salt": payload_salt,
        "human_task": human_task,
        "words": words,
        "created_details": created_details,
        "created_salt": created_salt,
        "created_digest": canonical.digest(created_details, created_salt),
        "submitted_salt": submitted_salt,
        "submitted_digest": canonical.digest("{}", submitted_salt),
        "deadline_at": submission.deadline_at,
        "remind_after_seconds": submission.remind_after_seconds,
        "remind_interval_seconds": submission.remind_interval_seconds,
        "max_reminders": submission.max_reminders,
        "escalate_to": submission.escalate_to,
        "max_delivery_attempts": submission.max_delivery_attempts,
        "run": submission.run,
    }


def whose(*, actor: Machine, idempotency_key: IdempotencyKey | None, by: Actor | None = None) -> dict[str, Any]:
    """The columns of WHOSE for a request of `actor`; `by` is who the record names in its place."""
    trace = tracing.current()
    return {
        "workspace": actor.workspace_id,
        "key_of": actor.agent_id,
        "speaker": actor.name,
        "person": actor.person_id,
        "actor": (by or actor).label,
        "trace_id": trace.trace_id,
        "request_id": trace.request_id,
        "parent_span": trace.parent_span,
        "record_id": new_id() if idempotency_key else None,
        "account": idempotency_key.account_id if idempotency_key else None,
        "route": idempotency_key.route if idempotency_key else None,
        "key": idempotency_key.key if idempotency_key else None,
        "fingerprint": idempotency_key.fingerprint if idempotency_key else None,
    }
