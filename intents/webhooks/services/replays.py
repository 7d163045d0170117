"""Sending again what was sent, or was not: the same message with the same id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from intents.accounts import audit
from intents.feed.selectors import PlacedEvent
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, Missing
from intents.kernel.unit_of_work import unit
from intents.webhooks import entries, messages, permissions, selectors
from intents.webhooks.happenings import Happening
from intents.webhooks.models import Subscription, WebhookMessage


@unit
def replay(*, actor: Tenant, row: WebhookMessage) -> WebhookMessage:
    """Send a message that the actor sees again: as a new one, or at once the same that waits for its next try. Raises
    Denied, and Conflict where there is no endpoint for it now or what it told was erased."""
    by = permissions.replayer(actor, row.subscription.owner_agent)
    _ensure_sendable(row)
    made = messages.again([row], now=clock.now())[0]
    _note(by, "webhook.replay", row.workspace_id, str(made.id), event_id=str(row.event_id))
    return made


def _ensure_sendable(row: WebhookMessage) -> None:
    """Raises Conflict."""
    if row.subscription.revoked_at is not None:
        raise Conflict("the subscription was deleted", subscription_id=str(row.subscription_id))
    if not row.subscription.active:
        raise Conflict("this endpoint is disabled: enable it first", subscription_id=str(row.subscription_id))
    if row.body is None:
        raise Conflict("what this delivery told was erased", delivery_id=str(row.id))


@dataclass(frozen=True, slots=True)
class Replayed:
    """An event that was replayed, and to how many endpoints it goes."""

    event_type: str
    at: datetime
    queued: int


@unit
def replay_event(*, actor: Tenant, event_id: UUID) -> Replayed:
    """Send an event again to each active endpoint that was told of it, and for the first time to those that ask for it only
    now. Raises Denied, Missing."""
    owner = permissions.sees(actor)
    entry = selectors.entry(actor.workspace_id, event_id)
    one = entries.of(entry) if entry else None
    seen = one is not None and owner is not None and (owner == permissions.EVERYTHING or owner in one.concerned)
    told = {row.subscription_id: row for row in selectors.messages(actor).filter(event_id=event_id, replay_of=None)}
    if not told and not seen:
        raise Missing(f"no event has the id {event_id}", event_id=str(event_id))
    by = permissions.replayer(actor, owner or "")
    rows = [row for row in selectors.subscriptions(actor) if row.active]
    now = clock.now()
    queued = messages.again([told[row.id] for row in rows if row.id in told and told[row.id].body is not None], now=now)
    fresh = [row for row in rows if row.id not in told]
    count = len(queued) + (_tell(fresh, replace(one, seq=None), entry, now) if one and entry else 0)
    kind = one.event_type if one else next(iter(told.values())).event_type
    _note(by, "webhook.replay_event", actor.workspace_id, kind, event_id=str(event_id), queued=count)
    return Replayed(kind, now, count)


def _tell(rows: Sequence[Subscription], one: Happening, entry: PlacedEvent, now: datetime) -> int:
    pairs = entries.filled(entries.wanted(rows, [one]), [entry])
    return len(messages.enqueue([messages.of(row, told, now=now) for row, told in pairs]))


def _note(by: Tenant, action: str, workspace_id: UUID, subject: str, **details: object) -> None:
    audit.note(workspace_id=workspace_id, actor=by, action=action, subject=subject, **details)
