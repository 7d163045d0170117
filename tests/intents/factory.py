"""Intents in every state there is, brought there by the calls that bring them there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from intents.engine import waits
from intents.engine.leases import Holder
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Intent
from intents.engine.selectors import lock_intent
from intents.engine.services.deliveries import LeasedIntent, deliver
from intents.engine.services.transitions import Move, move
from intents.kernel.actors import Tenant
from intents.kernel.unit_of_work import unit
from tests.callers import Caller, KeyCaller

STATES = (
    Status.SUBMITTED,
    Status.DELIVERED,
    Status.ACKNOWLEDGED,
    Status.IN_PROGRESS,
    WaitReason.HUMAN,
    WaitReason.TOOL,
    WaitReason.AGENT,
    WaitReason.TIME,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELED,
    Status.TIMED_OUT,
)
"""Everywhere an intent can rest. WAITING comes in its four reasons."""


@dataclass
class Made:
    """An intent `id` from `shop` to `order-service` in `state`, and the delivery under which `order-service` holds it."""

    id: str
    state: Status | WaitReason
    leased: LeasedIntent | None = None

    @property
    def status(self) -> Status:
        return Status.WAITING if isinstance(self.state, WaitReason) else self.state

    @property
    def row(self) -> Intent:
        return Intent.objects.get(id=self.id)


def take(agent: KeyCaller, target: str | None = None, **options: Any) -> list[LeasedIntent]:
    """Hand `agent` what waits for it."""
    actor = agent.actor
    return deliver(actor=actor, target=target or actor.name, holder=Holder(actor.credential_id), **options)


def make(state: Status | WaitReason, *, sender: Caller, handler: KeyCaller, **fields: Any) -> Made:
    made = Made(sender.submit("order-service", **fields), state)
    work = f"/intents/{made.id}"
    if state is Status.SUBMITTED:
        return made
    (made.leased,) = [one for one in take(handler, limit=100) if str(one.intent.id) == made.id]
    match state:
        case Status.DELIVERED:
            pass
        case Status.ACKNOWLEDGED:
            handler.post(f"{work}/acknowledge").ok()
        case Status.IN_PROGRESS:
            handler.post(f"{work}/progress", {"percent": 10}).ok()
        case Status.COMPLETED:
            handler.post(f"{work}/resume", {"done": True}).ok()
        case Status.FAILED:
            handler.post(f"{work}/fail", {"error": {"code": "no_stock"}}).ok()
        case Status.CANCELED:
            sender.post(f"{work}/resolve", {"status": "CANCELED", "reason": "changed my mind"}).ok()
        case Status.TIMED_OUT:
            end(made.id, actor=handler.actor, status=state)
        case WaitReason.HUMAN:
            handler.post(f"{work}/wait", {"for": "human", "human_task": {}}).ok()
        case WaitReason():
            park(made.id, actor=handler.actor, reason=state)
    assert made.row.status == made.status
    return made


@unit
def end(intent_id: str, *, actor: Tenant, status: Status) -> None:
    intent, at = lock_intent(actor, UUID(intent_id))
    move(move=Move(intent=intent, to=status, details={"error": {"code": "deadline_exceeded"}}), actor=actor, now=at)


@unit
def park(intent_id: str, *, actor: Tenant, reason: WaitReason) -> None:
    """Let the intent wait, without a time limit."""
    intent, at = lock_intent(actor, UUID(intent_id))
    wait = waits.new(intent, reason=reason, spec={}, now=at, deadline_at=None)
    move(move=Move(intent=intent, to=Status.WAITING, wait=wait), actor=actor, now=at)
