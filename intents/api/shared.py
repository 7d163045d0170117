"""What the routers about intents share: intents as answers, and submissions as they come."""

from typing import Any
from uuid import UUID, uuid4

from intents.engine.human_gate import gate
from intents.engine.services.submission import Submission
from intents.engine.services.work import Change
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.schemas import requests
from intents.schemas.shown import event, full


def applied(change: Change) -> dict[str, Any]:
    return {
        "ok": True,
        "applied": change.applied,
        "intent": full(change.intent),
        "event": event(change.event) if change.event else None,
        "policy_generation": change.intent.policy_generation,
    }


def to_submission(body: requests.SubmitIntent, *, actor: Tenant, parent_id: UUID | None = None) -> Submission:
    """A checked body as a submission. Raises PayloadTooLarge, InvalidField (the human task)."""
    asked = body.human_task
    payload = canonical.sized(body.payload, "payload")
    return Submission(
        intent_type=body.intent_type,
        to_agent=body.to_agent,
        payload=payload,
        payload_sent=canonical.as_sent(body.payload, payload),
        correlation_id=body.correlation_id or uuid4(),
        reply_to=body.reply_to,
        deadline_at=body.deadline_at,
        remind_after_seconds=body.remind_after_seconds,
        remind_interval_seconds=body.remind_interval_seconds,
        max_reminders=body.max_reminders,
        escalate_to=body.escalate_to,
        max_delivery_attempts=body.max_delivery_attempts,
        human_task=None if asked is None else gate().check(asked, actor=actor, field="human_task", payload=body.payload),
        parent_id=parent_id,
    )
