"""Intents as those who watch and repair see them in the API."""

from typing import Any

from inbox.operations.selectors import Watched
from intents.engine.lifecycle import WaitReason
from intents.kernel.clock import rfc3339

_KINDS = {reason: reason.removeprefix("WAITING_FOR_").lower() for reason in WaitReason}


def watched(row: Watched) -> dict[str, Any]:
    """An intent as those who watch see it."""
    intent = row.intent
    return {
        "id": str(intent.id),
        "intent_type": intent.intent_type,
        "status": intent.status,
        "waiting_reason": intent.waiting_reason,
        "waits_for": waits_for(row),
        "risk": row.risk,
        "age_in_state_seconds": row.age_seconds,
        "created_at": rfc3339(intent.created_at),
        "updated_at": rfc3339(intent.updated_at),
        "deadline_at": rfc3339(intent.deadline_at) if intent.deadline_at else None,
        "attempts": row.attempts,
        "from_agent": intent.from_agent,
        "to_agent": intent.to_agent,
        "progress": row.progress,
        "rerun_as_intent_id": str(row.rerun_as) if row.rerun_as else None,
    }


def waits_for(row: Watched) -> dict[str, Any] | None:
    """What an intent waits for, None when it waits for nothing."""
    if row.intent.waiting_reason is None:
        return None
    kind = _KINDS[WaitReason(row.intent.waiting_reason)]
    return {
        "kind": kind,
        "who": row.who,
        "until": rfc3339(row.until) if row.until else None,
        "task_id": str(row.task_id) if kind == "human" and row.task_id else None,
    }
