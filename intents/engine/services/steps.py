"""Stored steps: what an agent has done is done once, however often its work is begun again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from intents.engine.models import Intent, StoredStep
from intents.engine.selectors import many
from intents.engine.services import work
from intents.kernel import canonical, statements
from intents.kernel.actors import Tenant
from intents.kernel.unit_of_work import unit


def step_of(*, intent: Intent, key: str, result: str, actor: Tenant, now: datetime) -> StoredStep:
    """A step of a locked intent, to be stored: `result` is canonical JSON text."""
    return statements.new(
        StoredStep,
        intent_id=intent.id,
        key=key,
        workspace_id=intent.workspace_id,
        result=result,
        actor=actor.label,
        created_at=now,
    )


@unit
def store(
    *, actor: Tenant, intent_id: UUID, key: str, result: Any, lease_token: UUID | None = None
) -> tuple[StoredStep, bool]:
    """Keep the result of step `key`: the step as stored, and whether it was stored now. A step that was stored before keeps
    its first result. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    step = step_of(intent=intent, key=key, result=canonical.dumps(result), actor=actor, now=now)
    if before := many.steps_before([step]):
        return before[0], False
    statements.insert([step])
    return step, True
