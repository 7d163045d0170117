"""Replacing a person's address in events: the hashes stay, and the server signs that it replaced nothing else."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from intents.engine.models import IntentEvent, Redaction
from intents.kernel import attesting, statements
from intents.kernel.clock import rfc3339


def statement(event: IntentEvent, at: datetime) -> str:
    """What is signed, a line per field. `examples/verify_evidence.py` writes the same."""
    lines = (
        "axme.redaction.v1",
        bytes(event.hash).hex(),
        bytes(event.prev_hash).hex(),
        str(event.intent_id),
        str(event.seq),
        event.event_type,
        event.status,
        event.waiting_reason or "",
        event.handler or "",
        event.actor,
        rfc3339(event.at),
        bytes(event.digest).hex(),
        hashlib.sha256(event.details.encode()).hexdigest() if event.details is not None else "",
        rfc3339(at),
    )
    return "\n".join(lines) + "\n"


_OF = f"SELECT {statements.columns(Redaction, 'r')} FROM intents_redaction r WHERE r.intent_id = ANY(%s::uuid[])"


def of(intent_ids: Sequence[UUID]) -> dict[UUID, Redaction]:
    """The redactions of these intents, by their events' ids. Checks no actor."""
    return {row.event_id: row for row in statements.objects(Redaction, _OF, [list(intent_ids)])}


def holds(event: IntentEvent, *, signed: bool = True) -> bool:
    """Whether this server replaced an address in an event, and the event is as it left it; without `signed`, whether that is
    on record."""
    row = of([event.intent_id]).get(event.id)
    return row is not None and (not signed or attesting.is_signed(statement(event, row.at), bytes(row.signature)))


_EVENTS = f"""
SELECT {statements.columns(IntentEvent, "e")} FROM intents_intentevent e
WHERE e.intent_id = ANY(%(of)s::uuid[]) AND e.id = ANY(%(ids)s::uuid[])
"""
_COLUMNS = (
    ("event_id", "uuid"),
    ("workspace_id", "uuid"),
    ("intent_id", "uuid"),
    ("at", "timestamptz"),
    ("signature", "bytea"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_SIGN = f"""
INSERT INTO intents_redaction ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset("rows", "r", _COLUMNS)}
ON CONFLICT (event_id) DO UPDATE SET at = excluded.at, signature = excluded.signature
"""


def sign(event_ids: Sequence[UUID], *, of: Sequence[UUID], at: datetime) -> None:
    """Sign events of the intents `of` as they are now, each for the first time or anew. The caller knows that they are what
    was written."""
    rows = [
        Redaction(
            event_id=event.id,
            workspace_id=event.workspace_id,
            intent_id=event.intent_id,
            at=at,
            signature=attesting.signature(statement(event, at)),
        )
        for event in statements.objects(IntentEvent, _EVENTS, {"ids": list(event_ids), "of": list(of)})
    ]
    if rows:
        statements.rows(_SIGN, {"rows": statements.records(rows, _COLUMNS)})


_REPLACE = """
UPDATE intents_intentevent
SET actor = regexp_replace(actor, %(pattern)s, %(by)s, 'gi'), details = regexp_replace(details, %(pattern)s, %(by)s, 'gi'),
    salt = NULL
WHERE intent_id = ANY(%(of)s::uuid[]) AND id = ANY(%(ids)s::uuid[])
"""


def replace(event_ids: Sequence[UUID], *, of: Sequence[UUID], pattern: str, by: str, at: datetime) -> None:
    """Replace what `pattern` (a regular expression of PostgreSQL) matches in actors and details of events of the intents
    `of` that are what was written."""
    statements.rows(_REPLACE, {"ids": list(event_ids), "of": list(of), "pattern": pattern, "by": by})
    sign(event_ids, of=of, at=at)
