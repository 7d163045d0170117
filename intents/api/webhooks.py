"""Endpoints that subscribe to events, and events that clients publish."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once, owner_named
from intents.engine.selectors import ensure_agents_name
from intents.kernel.actors import Machine, Scope, Tenant, key_of
from intents.kernel.addresses import mailbox_name
from intents.kernel.clock import rfc3339
from intents.schemas import webhooks as schemas
from intents.schemas.signing import new
from intents.webhooks import catalogue, selectors
from intents.webhooks.models import Subscription
from intents.webhooks.services import events, replays, subscriptions
from intents.webhooks.services.subscriptions import SubscriptionChange

router = Router(tags=["Webhooks"])

PAGE = 100
NO_LIMIT = "rate_per_second"
"""The one field that null says something of."""


def _one(actor: Tenant, row: Subscription) -> dict[str, Any]:
    shown = {"ok": True, "subscription": _shape(actor, row)}
    return shown | {"secret": new(row.new_secret)["signing_secret"]} if row.new_secret else shown


def _shape(actor: Tenant, row: Subscription) -> dict[str, Any]:
    return schemas.subscription(row, org=actor.org_slug, workspace=actor.workspace_slug)


def _local(actor: Tenant, address: str) -> str:
    name = mailbox_name(address, org=actor.org_slug, workspace=actor.workspace_slug)
    ensure_agents_name(actor.workspace_id, name)
    return name


def _asked(actor: Tenant, body: schemas.ChangeSubscription) -> SubscriptionChange:
    given = body.model_dump(exclude_unset=True, exclude={"secret", "active", "owner_agent", "signing_kind"})
    changes = {name: value for name, value in given.items() if value is not None or name == NO_LIMIT}
    if "agents" in changes:
        changes["agents"] = [_local(actor, address) for address in changes["agents"]]
    return SubscriptionChange(changes=changes, secret=body.secret, active=body.active, kind=body.signing_kind)


@router.post(
    "/webhooks/subscriptions",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Subscribe an endpoint",
)
def upsert_subscription(request: Request, body: schemas.UpsertSubscription) -> HttpResponse:
    """Have events posted to `callback_url`, signed by Standard Webhooks. The same endpoint of the same owner is one
    subscription: what is sent again changes it. Without `secret` a new one gets one, shown this once. For owners, admins and
    workspace keys, and for agents with their own key, of what concerns them."""
    actor = request.auth
    named = body.owner_agent or owner_named(request)
    key = key_of(actor)
    owner = _local(actor, named) if named else key.name if key and actor is key and key.scope is Scope.OWN else ""
    asked = _asked(actor, body)

    def run() -> dict[str, Any]:
        return _one(actor, subscriptions.upsert(actor=actor, owner=owner, url=body.callback_url, asked=asked))

    return once(request, run, secret=True)


@router.put(
    "/webhooks/subscriptions",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Subscribe an endpoint, or change its subscription",
)
def put_subscription(request: Request, body: schemas.UpsertSubscription) -> HttpResponse:
    """The same as the POST: a subscription to the same URL that is there already is changed."""
    return upsert_subscription(request, body)


@router.get("/webhooks/subscriptions", response={200: schemas.Subscriptions, **REFUSALS}, summary="List subscriptions")
def list_subscriptions(
    request: Request,
    owner_agent: str | None = Query(None, description="Those that get what concerns this agent."),
    limit: int = Query(PAGE, ge=1, le=1000),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The subscriptions of your workspace, oldest first; with an agent's own key its own."""
    actor = request.auth
    found = selectors.subscriptions(actor)
    if named := owner_named(request):
        found = found.filter(owner_agent__in=["", _local(actor, named)])
    if cursor is not None:
        found = found.filter(id__gt=cursors.parse("w", cursor))
    rows = list(found[: limit + 1])
    last = cursors.cursor("w", rows[limit - 1].id) if len(rows) > limit else None
    return answer({"ok": True, "subscriptions": [_shape(actor, row) for row in rows[:limit]], "next_cursor": last})


def _seen(request: Request, subscription_id: str) -> Subscription:
    return selectors.subscription(request.auth, as_id(subscription_id, "subscription"))


@router.get(
    "/webhooks/subscriptions/{subscription_id}",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Get a subscription",
)
def get_subscription(request: Request, subscription_id: str) -> HttpResponse:
    """One subscription: which events are posted, and where to."""
    return answer(_one(request.auth, _seen(request, subscription_id)))


@router.patch(
    "/webhooks/subscriptions/{subscription_id}",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Change a subscription",
)
def change_subscription(request: Request, subscription_id: str, body: schemas.ChangeSubscription) -> HttpResponse:
    """Change what is given, and nothing else."""
    row, asked = _seen(request, subscription_id), _asked(request.auth, body)
    return once(request, lambda: _one(request.auth, subscriptions.change(actor=request.auth, row=row, asked=asked)))


@router.delete(
    "/webhooks/subscriptions/{subscription_id}",
    response={200: schemas.DeletedSubscription, **REFUSALS},
    summary="Delete a subscription",
)
def delete_subscription(
    request: Request, subscription_id: str, owner_agent: str | None = Query(None, description="Changes nothing.")
) -> HttpResponse:
    """Post nothing to an endpoint any more. What was posted stays on record for its 30 days."""
    row = subscriptions.delete(actor=request.auth, row=_seen(request, subscription_id))
    assert row.revoked_at is not None
    return answer({"ok": True, "subscription_id": str(row.id), "revoked_at": rfc3339(row.revoked_at)})


@router.post(
    "/webhooks/subscriptions/{subscription_id}/secret",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Rotate a subscription's secret",
)
def rotate_subscription_secret(request: Request, subscription_id: str, body: schemas.RotateSecret) -> HttpResponse:
    """A new secret, shown this once. Those before it sign as well for the overlap, so that the receiver can change over."""
    row, overlap = _seen(request, subscription_id), timedelta(seconds=body.overlap_seconds)
    return once(
        request,
        lambda: _one(
            request.auth, subscriptions.rotate(actor=request.auth, row=row, overlap=overlap, kind=body.signing_kind)
        ),
        secret=True,
    )


@router.post(
    "/webhooks/subscriptions/{subscription_id}/enable",
    response={200: schemas.OneSubscription, **REFUSALS},
    summary="Enable an endpoint",
)
def enable_subscription(request: Request, subscription_id: str) -> HttpResponse:
    """Post to a disabled endpoint again. What happened meanwhile was kept as skipped, and can be replayed."""
    row = _seen(request, subscription_id)
    return once(
        request,
        lambda: _one(request.auth, subscriptions.change(actor=request.auth, row=row, asked=SubscriptionChange(active=True))),
    )


@router.post(
    "/webhooks/subscriptions/{subscription_id}/test",
    response={200: schemas.SentTest, **REFUSALS},
    summary="Send a test event",
)
def send_test_event(request: Request, subscription_id: str) -> HttpResponse:
    """Post `webhook.test` to an endpoint, whatever events it asks for. How that went is told by
    `GET /v1/deliveries/{delivery_id}`."""
    row = _seen(request, subscription_id)

    def run() -> dict[str, Any]:
        made = events.test(actor=request.auth, row=row)
        return {"ok": True, "delivery_id": str(made.id), "event_id": str(made.event_id), "event_type": made.event_type}

    return once(request, run)


@router.get("/webhooks/event-types", response={200: schemas.EventKinds, **REFUSALS}, summary="List the types of events")
def list_event_types(request: Request) -> HttpResponse:
    """What endpoints can ask for, with an example of each message. With the payload `full` an event of an intent also holds
    the whole `intent`."""
    return answer(
        {
            "ok": True,
            "event_types": [
                {
                    "event_type": kind.name,
                    "description": kind.about,
                    "published_by_clients": kind.name in catalogue.PUBLISHED,
                    "example": kind.example,
                }
                for kind in catalogue.KINDS
            ],
        }
    )


@router.post("/webhooks/events", response={200: schemas.PublishedEvent, **REFUSALS}, summary="Publish an event")
def publish_event(
    request: Request,
    body: schemas.PublishEvent,
    owner_agent: str | None = Query(None, description="Whose event it is; without it, the key's own agent's."),
) -> HttpResponse:
    """Publish an event of an agent: into the feed, and to the endpoints that ask for it."""
    actor = request.auth
    owner = _speaks_for(request)

    def run() -> dict[str, Any]:
        made = events.publish(actor=actor, owner=owner, event_type=body.event_type, source=body.source, payload=body.payload)
        told = {"accepted_at": rfc3339(made.at), "source": body.source}
        return _counts(actor, made.event_id, body.event_type, owner, made.queued) | told

    return once(request, run)


@router.post(
    "/webhooks/events/{event_id}/replay", response={200: schemas.ReplayedEvent, **REFUSALS}, summary="Replay an event"
)
def replay_event(
    request: Request, event_id: str, owner_agent: str | None = Query(None, description="Changes nothing.")
) -> HttpResponse:
    """Post an event again, with the same `webhook-id`, to each endpoint that was told of it, and for the first time to those
    that ask for it only now. Disabled ones are left out."""
    actor, wanted = request.auth, as_id(event_id, "event")

    def run() -> dict[str, Any]:
        made = replays.replay_event(actor=actor, event_id=wanted)
        told = {"replayed_at": rfc3339(made.at)}
        return _counts(actor, wanted, made.event_type, _speaks_for(request), made.queued) | told

    return once(request, run)


def _speaks_for(request: Request) -> str:
    """The local name that an event is of: the one that is named, or the key's; of a person without one nobody's."""
    if named := owner_named(request):
        return _local(request.auth, named)
    key = key_of(request.auth)
    return key.name if isinstance(request.auth, Machine) and key else ""


def _counts(actor: Tenant, event_id: UUID, event_type: str, owner: str, queued: int) -> dict[str, Any]:
    return {
        "ok": True,
        "event_id": str(event_id),
        "event_type": event_type,
        "owner_agent": schemas.owner(owner, org=actor.org_slug, workspace=actor.workspace_slug),
        "queued_deliveries": queued,
        "processed_deliveries": 0,
        "delivered": 0,
        "pending": queued,
        "dead_lettered": 0,
    }
