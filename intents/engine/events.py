"""The history of intents: the only writer of events, and the chain that makes it tamper-evident.

Each event's hash covers the hash before it and a salted digest of its details (a hash chain as in RFC 6962's spirit, one per
intent), so that nothing can be edited, cut or reordered unseen while details can still be erased.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.engine.lifecycle import EventType
from intents.engine.models import Intent, IntentEvent
from intents.kernel import canonical, statements, tracing
from intents.kernel.clock import rfc3339
from intents.kernel.models import new_id
from intents.kernel.tracing import Trace

GENESIS = bytes(32)
"""What the first event of an intent is chained to."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Who an intent is with: `kind` is agent, human or internal, `ref` an address, a task or a wait."""

    kind: str
    ref: str


@dataclass(slots=True, kw_only=True)
class Entry:
    """An event to be recorded for a locked intent, whose status and handler it takes as they are when it is recorded."""

    intent: Intent
    event_type: EventType
    actor: str
    at: datetime
    details: dict[str, Any] = field(default_factory=dict)
    pending: Pending | None = None
    trace: Trace | None = None
    """The ids of the request that it belongs to; by default those of the current one."""


def chain_hash(
    *,
    prev_hash: bytes,
    intent_id: UUID,
    seq: int,
    event_type: str,
    status: str,
    waiting_reason: str | None,
    handler: str | None,
    actor: str,
    at: datetime,
    digest: bytes,
) -> bytes:
    """The SHA-256 of one event, 32 bytes, over a line per field. The SQL function `intents_event_hash` computes the same."""
    lines = (
        "axme.event.v1",
        bytes(prev_hash).hex(),
        str(intent_id),
        str(seq),
        event_type,
        status,
        waiting_reason or "",
        handler or "",
        actor,
        rfc3339(at),
        bytes(digest).hex(),
    )
    return hashlib.sha256("\n".join(lines).encode()).digest()


def record(entry: Entry) -> IntentEvent:
    """The next event of `entry.intent`, chained to the last; advances the intent's `seq` and `last_hash` in memory, and its
    `checkpoint_seq` by a checkpoint.

    Nothing reaches the database before INSERT, so that many events of many intents go there in one statement.
    """
    intent = entry.intent
    trace = entry.trace or tracing.current()
    text = canonical.dumps(entry.details)
    salt = canonical.new_salt()
    digest = canonical.digest(text, salt)
    prev_hash = bytes(intent.last_hash)
    intent.seq += 1
    if entry.event_type == EventType.CHECKPOINT:
        intent.checkpoint_seq = intent.seq
    intent.updated_at = entry.at
    intent.last_hash = chain_hash(
        prev_hash=prev_hash,
        intent_id=intent.id,
        seq=intent.seq,
        event_type=entry.event_type,
        status=intent.status,
        waiting_reason=intent.waiting_reason,
        handler=intent.handler,
        actor=entry.actor,
        at=entry.at,
        digest=digest,
    )
    return statements.new(
        IntentEvent,
        id=new_id(),
        workspace_id=intent.workspace_id,
        intent_id=intent.id,
        seq=intent.seq,
        event_type=entry.event_type,
        status=intent.status,
        waiting_reason=intent.waiting_reason,
        pending_type=entry.pending.kind if entry.pending else None,
        pending_ref=entry.pending.ref if entry.pending else None,
        handler=intent.handler,
        actor=entry.actor,
        at=entry.at,
        details=text,
        salt=salt,
        digest=digest,
        prev_hash=prev_hash,
        hash=intent.last_hash,
        trace_id=trace.trace_id,
        request_id=trace.request_id,
    )


COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("workspace_id", "uuid"),
    ("intent_id", "uuid"),
    ("seq", "int"),
    ("event_type", "text"),
    ("status", "text"),
    ("waiting_reason", "text"),
    ("pending_type", "text"),
    ("pending_ref", "text"),
    ("handler", "text"),
    ("actor", "text"),
    ("at", "timestamptz"),
    ("details", "text"),
    ("salt", "bytea"),
    ("digest", "bytea"),
    ("prev_hash", "bytea"),
    ("hash", "bytea"),
    ("trace_id", "text"),
    ("request_id", "text"),
)

_NAMES = ", ".join(name for name, _ in COLUMNS)
INSERT = f"INSERT INTO intents_intentevent ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset('events', 'e', COLUMNS)}"
"""Writes recorded events: its parameter `events` is their `statements.records` of COLUMNS. The caller holds the locks of
their intents, and saves those in the same statement."""
