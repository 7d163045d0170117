"""Events that are sent to endpoints because somebody says so: published by clients, and tests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from intents.feed.services import publish as feed
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.sending import sender
from intents.webhooks import catalogue, entries, messages, permissions, selectors
from intents.webhooks.happenings import TEST, Happening
from intents.webhooks.models import Subscription, WebhookMessage


@dataclass(frozen=True, slots=True)
class Published:
    """An event that was published, and to how many endpoints it goes."""

    event_id: UUID
    at: datetime
    queued: int


@unit
def publish(*, actor: Tenant, owner: str, event_type: str, source: str, payload: dict[str, Any]) -> Published:
    """Publish an event of `owner`, a local name or nobody: into the feed, and at once to the endpoints that ask for it.
    Raises Denied, InvalidField."""
    by = permissions.manager(actor, owner)
    if event_type not in catalogue.PUBLISHED:
        raise InvalidField("event_type", f"clients publish these: {', '.join(sorted(catalogue.PUBLISHED))}")
    told = {"source": source, "payload": payload}
    event = feed.publish(
        actor=by,
        workspace_id=by.workspace_id,
        event_type=event_type,
        subject=owner,
        details=told,
        source=feed.CLIENT,
    )
    wanted = entries.wanted(selectors.listening([by.workspace_id]), [entries.of_published(event)])
    made = messages.enqueue([messages.of(row, one, now=event.at) for row, one in wanted])
    transaction.on_commit(sender.nudge)
    return Published(event.id, event.at, sum(row.active for row, _ in wanted) if made else 0)


@unit
def test(*, actor: Tenant, row: Subscription) -> WebhookMessage:
    """Send a test message to an endpoint that the actor sees, whatever that asks for. Raises Denied, Missing, Conflict for
    one that is disabled."""
    by = permissions.manager(actor, row.owner_agent)
    row = selectors.locked(row.id)
    if not row.active:
        raise Conflict("this endpoint is disabled: enable it first", subscription_id=str(row.id))
    now = clock.now()
    told = dict(catalogue.BY_NAME[TEST].details) | {"sent_by": by.label, "subscription_id": str(row.id)}
    one = Happening(event_id=new_id(), workspace_id=row.workspace_id, event_type=TEST, at=now, thin=told, full=told)
    made = messages.of(row, one, now=now)
    messages.enqueue([made])
    transaction.on_commit(sender.nudge)
    return made
