"""What people do about pushes to agents' URLs."""

from intents.accounts import audit, stops
from intents.accounts.services import rights
from intents.engine.models import Delivery
from intents.kernel import clock, statements
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit

_NOW = f"""
UPDATE intents_push SET due_at = {clock.NOW} WHERE delivery_id = %(id)s AND state = 'ready' AND due_at > {clock.START}
RETURNING attempt
"""


@unit
def try_now(*, actor: Actor, delivery: Delivery) -> bool:
    """Post a delivery again at once, before its next try is due. Returns whether one was being waited for. Raises Denied,
    WorkspaceStopped: nothing is posted there."""
    rights.repairs(actor=actor)
    stops.ensure_workspace_open(delivery.workspace_id)
    found = statements.rows(_NOW, {"id": delivery.id, "now": clock.override()})
    if found:
        audit.note(
            workspace_id=delivery.workspace_id,
            actor=actor,
            action="delivery.try_now",
            subject=delivery.target,
            intent_id=str(delivery.intent_id),
            tries=found[0][0],
        )
    return bool(found)
