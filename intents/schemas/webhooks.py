"""Requests and answers about webhooks, and rows as they are shown."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.kernel import clock
from intents.kernel.actors import full_address
from intents.kernel.addresses import is_opaque
from intents.kernel.clock import rfc3339
from intents.schemas.fields import Address, Closed, FreeObject
from intents.schemas.responses import Ok, Shape
from intents.schemas.signing import KIND, SigningKey, key
from intents.sending import keeping
from intents.sending.models import Attempt, SendState
from intents.sending.signing import SigningKind
from intents.webhooks.models import Subscription, WebhookMessage

EventPattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]
IntentPattern = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Url = Annotated[str, StringConstraints(min_length=8, max_length=2048)]
Secret = Annotated[str, StringConstraints(min_length=16, max_length=128)]
Rate = Annotated[float, Field(gt=0, le=10_000, strict=False)]
EVENT_TYPES = Field(description="Types, families like `intent.*`, or `*`; see `GET /v1/webhooks/event-types`.")


class ChangeSubscription(Closed):
    callback_url: Url | None = None
    event_types: Annotated[list[EventPattern], Field(min_length=1, max_length=100)] | None = None
    secret: Secret | None = Field(None, description="What signs from now on; the one before signs an hour more.")
    active: bool | None = Field(None, description="False: nothing is posted, and what happens is kept as skipped.")
    description: Annotated[str, StringConstraints(max_length=255)] | None = None
    metadata: FreeObject | None = Field(None, description="Anything of yours; it is shown, and not sent.")
    agents: Annotated[list[Address], Field(max_length=100)] | None = Field(
        None, description="Only what concerns one of these agents; empty: any."
    )
    intent_types: Annotated[list[IntentPattern], Field(max_length=100)] | None = Field(
        None, description="Only intents of these types, or of those that begin like `order.*`; empty: any."
    )
    payload: Literal["thin", "full"] | None = Field(None, description="`thin` names the intent, `full` tells all of it.")
    rate_per_second: Rate | None = Field(None, description="So many a second on average; null: as they come.")
    ordered: bool | None = Field(None, description="Of an intent one at a time, in the order in which it happened.")
    max_in_flight: Annotated[int, Field(strict=True, ge=1, le=100)] | None = Field(
        None, description="So many are posted at a time."
    )

    signing_kind: SigningKind | None = Field(None, description=f"Of another kind than now, a new secret is made. {KIND}")


class UpsertSubscription(ChangeSubscription):
    callback_url: Url
    event_types: Annotated[list[EventPattern], Field(min_length=1, max_length=100)] = EVENT_TYPES
    secret: Secret | None = Field(None, description="What signs; without one, a new one is made and shown once.")
    owner_agent: Address | None = Field(
        None, description="Only what concerns this agent. Without it, all of the workspace; for an agent's own key, its own."
    )


class RotateSecret(Closed):
    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=30 * 24 * 3600)] = Field(
        24 * 3600, description="How long the secrets before sign as well."
    )
    signing_kind: SigningKind | None = Field(None, description=KIND)


class PublishEvent(Closed):
    event_type: EventPattern
    source: Annotated[str, StringConstraints(min_length=2, max_length=100)]
    payload: FreeObject


class OneOfSubscriptions(Shape):
    subscription_id: UUID
    owner_agent: str = Field(description="The agent, or `agent://org/workspace/*` for all of the workspace.")
    callback_url: str
    completions: bool = Field(
        description="Whether it is the agent's own URL, told the ends of intents that name the agent in `reply_to`."
    )
    event_types: list[str]
    active: bool
    description: str | None
    created_at: datetime
    updated_at: datetime
    revoked_at: datetime | None
    secret_hint: str | None
    agents: list[str]
    intent_types: list[str]
    payload: Literal["thin", "full"]
    metadata: dict[str, Any]
    rate_per_second: float | None
    ordered: bool
    max_in_flight: int
    signing_kind: SigningKind
    signing_public_key: str | None = Field(description="What the newest signature is verified with, of a key pair.")
    signing_keys: list[SigningKey] = Field(description="All that signs now, the newest first: several during a rotation.")
    disabled_at: datetime | None
    disabled_reason: Literal["person", "gone", "failing"] | None


class OneSubscription(Ok):
    subscription: OneOfSubscriptions
    secret: str | None = Field(
        None, description="What messages are signed with, shown once, when it is made; of a key pair it is shown to nobody."
    )


class Subscriptions(Ok):
    subscriptions: list[OneOfSubscriptions]
    next_cursor: str | None = None


class DeletedSubscription(Ok):
    subscription_id: UUID
    revoked_at: datetime


class Counts(Ok):
    event_id: UUID
    event_type: str
    owner_agent: str
    queued_deliveries: int = Field(description="Endpoints that are to be told.")
    processed_deliveries: int
    delivered: int
    pending: int
    dead_lettered: int


class PublishedEvent(Counts):
    accepted_at: datetime
    source: str


class ReplayedEvent(Counts):
    replayed_at: datetime


class SentTest(Ok):
    delivery_id: UUID
    event_id: UUID
    event_type: str


class OneEventKind(Shape):
    event_type: str
    description: str
    published_by_clients: bool
    example: dict[str, Any]


class EventKinds(Ok):
    event_types: list[OneEventKind]


class PostAttempt(Shape):
    number: int
    ended_at: datetime
    milliseconds: int | None
    status: int | None
    fault: str | None
    answer: str | None = Field(None, description="The beginning of the answer; for owners and admins.")
    retry_at: datetime | None


class WebhookDelivery(Shape):
    delivery_id: UUID
    replay_of_delivery_id: UUID | None
    subscription_id: UUID
    webhook_id: str = Field(description="The header `webhook-id`: the same over all tries and replays.")
    event_id: UUID
    event_type: str
    intent_id: UUID | None
    state: Literal["ready", "leased", "sent", "failed", "skipped"]
    status: Literal["submitted", "delivered", "failed", "pending", "dead_lettered"]
    callback_url: str
    payload: dict[str, Any] = Field(description="What is posted; empty once it was erased.")
    error_detail: str | None
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    attempts: list[PostAttempt]


class OneWebhookDelivery(Ok):
    delivery: WebhookDelivery


class WebhookDeliveries(Ok):
    deliveries: list[WebhookDelivery]
    next_cursor: str | None = None


def owner(name: str, *, org: str, workspace: str) -> str:
    """Whose a subscription is, as an address."""
    if not name:
        return f"agent://{org}/{workspace}/*"
    return name if is_opaque(name) else full_address(org, workspace, name)


def subscription(row: Subscription, *, org: str, workspace: str) -> dict[str, Any]:
    keys = _keys(row)
    return {
        "subscription_id": str(row.id),
        "owner_agent": owner(row.owner_agent, org=org, workspace=workspace),
        "callback_url": row.callback_url,
        "completions": row.completions_of_id is not None,
        "event_types": row.event_types,
        "active": row.active,
        "description": row.description or None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
        "revoked_at": _when(row.revoked_at),
        "secret_hint": row.secret_hint,
        "agents": [owner(name, org=org, workspace=workspace) for name in row.agents],
        "intent_types": row.intent_types,
        "payload": row.payload,
        "metadata": row.metadata,
        "rate_per_second": row.rate_per_second,
        "ordered": row.ordered,
        "max_in_flight": row.max_in_flight,
        "signing_kind": row.signing_kind,
        "signing_public_key": keys[0]["public_key"] if keys else None,
        "signing_keys": keys,
        "disabled_at": _when(row.disabled_at),
        "disabled_reason": row.disabled_reason,
    }


def _keys(row: Subscription) -> list[dict[str, Any]]:
    """What signs now; nothing where that cannot be read any more."""
    try:
        return [key(one) for one in keeping.held(bytes(row.signing), now=clock.now())]
    except ValueError:
        return []


_STATUS = {SendState.SENT: "delivered", SendState.FAILED: "dead_lettered", SendState.SKIPPED: "failed"}


def delivery(
    row: WebhookMessage, attempts: Sequence[Attempt], *, org_id: UUID, org: str, workspace: str, answers: bool
) -> dict[str, Any]:
    """A message, and with `answers` what was answered; needs its subscription."""
    status = _STATUS.get(SendState(row.state), "pending" if row.attempt else "submitted")
    changed = max([row.created_at, *(one.ended_at for one in attempts), *([row.ended_at] if row.ended_at else [])])
    return {
        "delivery_id": str(row.id),
        "replay_of_delivery_id": str(row.replay_of) if row.replay_of else None,
        "org_id": str(org_id),
        "workspace_id": str(row.workspace_id),
        "principal_id": owner(row.subscription.owner_agent, org=org, workspace=workspace),
        "alias": None,
        "transport_type": "webhook",
        "route_id": str(row.subscription_id),
        "status": status,
        "correlation_id": str(row.intent_id or row.event_id),
        "idempotency_key": row.webhook_id,
        "payload": json.loads(row.body) if row.body else {},
        "error_detail": None if row.state == SendState.SENT else row.answer,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(changed),
        "subscription_id": str(row.subscription_id),
        "webhook_id": row.webhook_id,
        "event_id": str(row.event_id),
        "event_type": row.event_type,
        "intent_id": str(row.intent_id) if row.intent_id else None,
        "state": row.state,
        "callback_url": row.subscription.callback_url,
        "due_at": rfc3339(row.due_at) if row.state == SendState.READY else None,
        "attempts": [_attempt(one, answers) for one in attempts],
    }


def _attempt(row: Attempt, answers: bool) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "number": row.number,
        "ended_at": rfc3339(row.ended_at),
        "milliseconds": row.milliseconds,
        "status": row.status,
        "fault": row.fault,
        "retry_at": _when(row.retry_at),
    }
    return shape | {"answer": row.answer} if answers else shape


def _when(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
