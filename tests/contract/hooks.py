"""Subscriptions to events, the events, and what was posted of them."""

from typing import Annotated, Literal

from pydantic import Field

from tests.contract.shape import Answers, Anything, Count, Id, Kept, Link, Moment, Reply, Text


class Subscription(Kept):
    subscription_id: Id
    owner_agent: Text
    callback_url: Link
    event_types: Annotated[list[Text], Field(min_length=1)]
    active: bool
    description: str | None = None
    revoked_at: Moment | None
    secret_hint: str | None


class OneSubscription(Reply):
    subscription: Subscription


class Subscriptions(Reply):
    subscriptions: list[Subscription]


class Unsubscribed(Reply):
    subscription_id: Id
    revoked_at: Moment


class Posted(Reply):
    """How far the deliveries of an event are."""

    event_id: Id
    event_type: Text
    owner_agent: Text
    queued_deliveries: Count
    processed_deliveries: Count
    delivered: Count
    pending: Count
    dead_lettered: Count


class Published(Posted):
    source: Text
    accepted_at: Moment


class Replayed(Posted):
    replayed_at: Moment


class Delivery(Kept):
    """A message to one subscription."""

    delivery_id: Text
    replay_of_delivery_id: Text | None
    org_id: Id
    workspace_id: Id
    principal_id: Text
    alias: Text | None
    transport_type: Literal["webhook"]
    route_id: Text
    status: Literal["submitted", "delivered", "failed", "pending", "dead_lettered"]
    correlation_id: Text | None
    idempotency_key: Text | None
    payload: Anything
    error_detail: str | None


class OneDelivery(Reply):
    delivery: Delivery


class Deliveries(Reply):
    deliveries: list[Delivery]


SUBSCRIPTIONS = "/webhooks/subscriptions"

ANSWERS: Answers = {
    "POST /webhooks/subscriptions": (OneSubscription, lambda it: it.key.post(SUBSCRIPTIONS, it.hook)),
    "PUT /webhooks/subscriptions": (OneSubscription, lambda it: it.key.put(SUBSCRIPTIONS, it.hook)),
    "GET /webhooks/subscriptions": (Subscriptions, lambda it: it.subscription() and it.key.get(SUBSCRIPTIONS)),
    "DELETE /webhooks/subscriptions/{subscription_id}": (
        Unsubscribed,
        lambda it: it.key.delete(f"{SUBSCRIPTIONS}/{it.subscription()}"),
    ),
    "POST /webhooks/events": (Published, lambda it: it.subscription() and it.key.post("/webhooks/events", it.happening)),
    "POST /webhooks/events/{event_id}/replay": (
        Replayed,
        lambda it: it.subscription() and it.key.post(f"/webhooks/events/{it.event()}/replay", {}),
    ),
    "GET /deliveries": (Deliveries, lambda it: it.delivery() and it.key.get("/deliveries", **it.here)),
    "GET /deliveries/{message_id}": (OneDelivery, lambda it: it.key.get(f"/deliveries/{it.delivery()}")),
    "POST /deliveries/{message_id}/replay": (OneDelivery, lambda it: it.key.post(f"/deliveries/{it.delivery()}/replay", {})),
}
