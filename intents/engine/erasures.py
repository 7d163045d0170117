"""What is said, under the server's signature, of an intent whose contents were erased: that it is not tampered with."""

import hashlib
from typing import Any

from intents.engine.models import Erasure
from intents.kernel import attesting, canonical
from intents.kernel.clock import rfc3339


def statement(row: Erasure) -> str:
    """What is signed, a line per field. `examples/verify_evidence.py` writes the same."""
    lines = (
        "axme.erasure.v1",
        str(row.intent_id),
        str(row.workspace_id),
        row.status,
        str(row.seq),
        bytes(row.last_hash).hex(),
        rfc3339(row.at),
        row.by,
        row.reason,
        hashlib.sha256(row.kept.encode()).hexdigest(),
        rfc3339(row.removed_at) if row.removed_at else "",
    )
    return "\n".join(lines) + "\n"


def sign(row: Erasure) -> None:
    """Put this server's signature of all the rest on a row."""
    row.signature = attesting.signature(statement(row))


def is_signed(row: Erasure) -> bool:
    """Whether a row is as this server wrote it."""
    return attesting.is_signed(statement(row), bytes(row.signature))


def said(row: Erasure) -> dict[str, Any]:
    """An erasure as JSON has it: all that is signed, and the signature."""
    return {
        "intent_id": str(row.intent_id),
        "workspace_id": str(row.workspace_id),
        "status": row.status,
        "seq": row.seq,
        "last_hash": bytes(row.last_hash).hex(),
        "at": rfc3339(row.at),
        "by": row.by,
        "reason": row.reason,
        "kept": row.kept,
        "removed_at": rfc3339(row.removed_at) if row.removed_at else None,
        "signature": bytes(row.signature).hex(),
    }


def decisions(row: Erasure) -> list[dict[str, Any]]:
    """The decisions that were kept, in the order of the events that they were in."""
    found: list[dict[str, Any]] = canonical.loads(row.kept)["decisions"]
    return found
