"""Stored steps: what an agent has done is done once, however often its work is begun again."""

from typing import Any
from uuid import UUID

from intents.engine.models import StoredStep
from intents.engine.services import work
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.unit_of_work import unit


@unit
def store(
    *, actor: Tenant, intent_id: UUID, key: str, result: Any, lease_token: UUID | None = None
) -> tuple[StoredStep, bool]:
    """Keep the result of step `key`: the step as stored, and whether it was stored now. A step that was stored before keeps
    its first result. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    step, new = StoredStep.objects.get_or_create(
        intent_id=intent.id,
        key=key,
        defaults={
            "workspace_id": intent.workspace_id,
            "result": canonical.dumps(result),
            "actor": actor.label,
            "created_at": now,
        },
    )
    return step, new
