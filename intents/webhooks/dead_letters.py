"""Messages that were given up are an event themselves."""

from collections.abc import Mapping
from uuid import UUID

from intents.feed.services.publish import publish
from intents.kernel import statements
from intents.kernel.actors import System

DEAD = "delivery.dead_lettered"
POSTER = System(name="webhooks")

# Of the event that tells of a dead letter nothing is told in turn: to an endpoint that is dead it would never end.
_DEAD = f"""
SELECT m.id, m.workspace_id, m.subscription_id, m.event_id, m.event_type, m.attempt, s.owner_agent
FROM intents_webhookmessage m JOIN intents_subscription s ON s.id = m.subscription_id
WHERE m.id = ANY(%s::uuid[]) AND m.event_type <> '{DEAD}' ORDER BY m.id
"""


def tell(given_up: Mapping[UUID, str]) -> None:
    """Publish that messages were given up, in the transaction that writes it down; with what came of their last tries."""
    if not given_up:
        return
    for id_, workspace_id, subscription_id, event_id, event_type, tries, owner in statements.rows(_DEAD, [list(given_up)]):
        publish(
            actor=POSTER,
            workspace_id=workspace_id,
            event_type=DEAD,
            subject=owner,
            details={
                "delivery_id": str(id_),
                "subscription_id": str(subscription_id),
                "event_id": str(event_id),
                "event_type": event_type,
                "tries": tries,
                "reason": given_up[id_],
            },
        )
