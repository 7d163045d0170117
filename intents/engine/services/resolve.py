"""Ending an intent from outside its agent's hands: by its sender, its handler or an operator, one or many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from intents.accounts import stops
from intents.engine import permissions, selectors
from intents.engine.lifecycle import TERMINAL, Status, refusal
from intents.engine.models.intent import OPEN, Intent, IntentEvent
from intents.engine.services.controls import ensure_generation
from intents.engine.services.transitions import Move, move_many
from intents.engine.services.work import Act, Change
from intents.kernel import canonical, clock
from intents.kernel.actors import OPERATORS, Machine, Person, Scope, Tenant, sides
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

BULK_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Ended:
    intent: Intent
    event: IntentEvent

    @classmethod
    def by(cls, change: Change) -> "Ended":
        assert change.event is not None
        return cls(change.intent, change.event)


@unit
def resolve(
    *,
    actor: Tenant,
    intent_id: UUID,
    status: Status,
    details: dict[str, Any],
    expected_policy_generation: int | None = None,
) -> Ended:
    """End an intent as COMPLETED (`details.result`), FAILED (`details.error`) or CANCELED (`details.reason`). While a person
    is asked nobody completes it this way.

    Raises Missing, Denied, InvalidTransition when it is over already.
    """
    intent, now = selectors.lock_intent(actor, intent_id)
    act = judge(actor=actor, intent=intent, status=status, details=details, expected=expected_policy_generation)
    return Ended.by(act.done(now=now))


def judge(*, actor: Tenant, intent: Intent, status: Status, details: dict[str, Any], expected: int | None) -> Act:
    """How a locked intent ends. Raises as `resolve` does."""
    ender = permissions.ender(actor, intent)
    if intent.status in TERMINAL:
        raise refusal(Status(intent.status), f"cannot become {status}")
    ensure_generation(intent=intent, expected=expected)
    if status is Status.COMPLETED:
        permissions.ensure_no_person_is_asked(intent)
    return Act(intent, ender, [Move(intent=intent, to=status, details=details)])


def completion_delivery(ended: Ended) -> dict[str, Any]:
    """Whether the answer reached `reply_to`: its inbox shows the thread from the same commit on, the message being the
    event that ended the intent."""
    intent, event = ended.intent, ended.event
    if intent.reply_to is None:
        return {"delivered": False, "reason": "no_reply_to"}
    return {
        "delivered": True,
        "reply_to": intent.reply_to,
        "thread_id": str(intent.id),
        "message_id": str(event.id),
        "completion": {"status": event.status} | (canonical.loads(event.details) if event.details else {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OldIntents:
    """Live intents older than `older_than_hours`, of these statuses (all live ones when empty), oldest first."""

    older_than_hours: float
    statuses: Sequence[Status] = field(default_factory=tuple)
    limit: int = BULK_LIMIT


def to_cancel(*, actor: Tenant, chosen: OldIntents) -> list[UUID]:
    """The ids that a bulk cancel would take. Raises Denied for those who may not cancel in bulk."""
    _canceler(actor)
    statuses = chosen.statuses or [status for status in Status if status not in TERMINAL]
    found = selectors.intents(actor).filter(
        OPEN, status__in=list(statuses), created_at__lt=clock.now() - timedelta(hours=chosen.older_than_hours)
    )
    return list(found.order_by("id").values_list("id", flat=True)[: chosen.limit])


@unit
def cancel_many(*, actor: Tenant, chosen: OldIntents, reason: str) -> list[UUID]:
    """Cancel the intents `to_cancel` names, in one transaction; those that ended meanwhile are left out. Raises Denied."""
    canceler = _canceler(actor)
    locked = selectors.lock_many(to_cancel(actor=actor, chosen=chosen))
    live = [intent for intent in locked.intents.values() if intent.status not in TERMINAL]
    moves = [Move(intent=intent, to=Status.CANCELED, details={"reason": reason}) for intent in live]
    move_many(moves=moves, actor=canceler, now=locked.now)
    return [intent.id for intent in live]


def _canceler(actor: Tenant) -> Tenant:
    """Who of the request cancels in bulk. Raises Denied."""
    stops.ensure_workspace_open(actor.workspace_id)
    for side in sides(actor):
        match side:
            case Person() if side.role in OPERATORS:
                return side
            case Machine() if side.scope is Scope.WORKSPACE:
                stops.ensure_acts(stops.states(side.workspace_id, [side.name]), side.name)
                return side
    raise Denied("only an operator or a workspace key cancels in bulk")
