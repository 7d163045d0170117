"""What the submit statement has stored, without reading it again."""

from datetime import datetime
from typing import Any

from intents.engine import events
from intents.engine.lifecycle import EventType, Status
from intents.engine.models import Intent
from intents.kernel import statements
from intents.kernel.actors import Actor, Machine


def as_stored(*, given: dict[str, Any], actor: Machine, by: Actor, created_at: str) -> Intent:
    """The intent that the submit statement has stored of the row `given` in the running transaction, where nobody else sees
    it: as good as locked. `by` is who its record names."""
    at, last = datetime.fromisoformat(created_at), events.GENESIS
    steps = ((EventType.CREATED, Status.CREATED, "created"), (EventType.SUBMITTED, Status.SUBMITTED, "submitted"))
    for seq, (event_type, status, name) in enumerate(steps, start=1):
        last = events.chain_hash(
            prev_hash=last,
            intent_id=given["id"],
            seq=seq,
            event_type=event_type,
            status=status,
            waiting_reason=None,
            handler=None,
            actor=by.label,
            at=at,
            digest=given[f"{name}_digest"],
        )
    made = statements.new(
        Intent,
        workspace_id=actor.workspace_id,
        account_id=actor.agent_id,
        person_id=actor.person_id,
        status=Status.SUBMITTED,
        seq=len(steps),
        last_hash=last,
        created_at=at,
        updated_at=at,
        **{name: given[name] for name in _KEPT},
    )
    made._state.adding = False
    return made


_KEPT = (
    *("id", "parent_id", "rerun_of_id", "intent_type", "sender", "from_agent", "mailbox", "to_agent", "reply_mailbox"),
    *("reply_to", "correlation_id", "deadline_at", "remind_after_seconds", "remind_interval_seconds", "max_reminders"),
    *("escalate_to", "max_delivery_attempts"),
)
