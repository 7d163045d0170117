"""What the routers about intents share: intents as answers, and submissions as they come."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from intents.engine.human_gate import gate
from intents.engine.models import StoredStep
from intents.engine.services.resolve import Ended, completion_delivery
from intents.engine.services.submission import Submission
from intents.engine.services.work import Change
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.clock import rfc3339
from intents.schemas import requests, shapes
from intents.schemas.shown import event, full


def applied(change: Change, whole: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer for a change; `whole` is its intent as it is shown, where that was made already."""
    return {
        "ok": True,
        "applied": change.applied,
        "intent": whole or full(change.intent),
        "event": event(change.event) if change.event else None,
        "policy_generation": change.intent.policy_generation,
    }


def ends_work(body: dict[str, Any]) -> bool:
    """Whether a `resume` with this body ends the work of the agent that sends it."""
    return body.get("action", "complete") in ("complete", "fail") and not body.get("approve_current_step")


def resolved(ended: Ended, whole: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same for an end."""
    return {
        "ok": True,
        "intent": whole or full(ended.intent),
        "event": event(ended.event),
        "completion_delivery": completion_delivery(ended),
    }


def beating(ends_at: datetime) -> dict[str, Any]:
    """The answer to a heartbeat."""
    return {"ok": True, "lease_expires_at": rfc3339(ends_at)}


def kept(step: StoredStep) -> dict[str, Any]:
    """The answer for a stored step."""
    return {"ok": True, "step": shapes.step(step)}


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
