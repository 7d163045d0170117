"""What a client submits, and the row of statement input it becomes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.engine import search
from intents.engine.lifecycle import Status
from intents.engine.selectors import ensure_agents_name
from intents.kernel import canonical
from intents.kernel.actors import Machine, companion
from intents.kernel.addresses import local_name, mailbox_name
from intents.kernel.models import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a client asks for. `payload` is canonical JSON text, `payload_sent` the same by `canonical.as_sent`; addresses
    are spelled as sent; `human_task` was checked by the human gate; `parent_id` is a locked intent that waits for this one.
    `rerun_of_id` is the one that this one runs again; `told` is what the first event tells of that.
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


@dataclass(frozen=True, slots=True)
class Submitted:
    """The new intent. `created_at` is RFC 3339, as the statement tells it: read and written again it would cost more."""

    intent_id: UUID
    status: Status
    created_at: str

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
)
"""One row of the submit statement's input: names and SQL types. `status_answered` is what a repeat is told."""

ASKED = Status.WAITING
"""The status that an intent with a human task has when people were asked, which comes after its statement. A repeat is told
this; were another one written, the submit would correct what is kept. So asking needs no statement for it."""


def row(*, actor: Machine, submission: Submission) -> dict[str, Any]:
    """`submission` as statement input, with new ids, salts and digests. Raises InvalidAddress, AgentNotFound."""
    payload_salt, created_salt, submitted_salt = canonical.new_salt(), canonical.new_salt(), canonical.new_salt()
    payload_sha256 = canonical.digest(submission.payload, payload_salt).hex()
    created_details = canonical.dumps({"payload_sha256": payload_sha256} | companion(actor) | submission.told)
    org, workspace = actor.org_slug, actor.workspace_slug
    reply_to = submission.reply_to
    mailbox = local_name(submission.to_agent, org=org, workspace=workspace)
    reply_mailbox = mailbox_name(reply_to, org=org, workspace=workspace) if reply_to else None
    for name in (mailbox, reply_mailbox or ""):
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
    }
