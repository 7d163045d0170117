"""What was posted to subscribed endpoints, and what is to be."""

from collections.abc import Sequence
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine.selectors import workspace as workspace_of
from intents.kernel.actors import ADMINS, Person, Tenant, sides
from intents.schemas import webhooks as schemas
from intents.sending.models import SendState
from intents.webhooks import selectors
from intents.webhooks.models import WebhookMessage
from intents.webhooks.services import replays

router = Router(tags=["Webhooks"])

PAGE = 50
LONGEST_PAGE = 500
StateName = Literal["ready", "leased", "sent", "failed", "skipped"]
StatusName = Literal["submitted", "delivered", "failed", "pending", "dead_lettered"]
STATES: dict[StatusName, dict[str, object]] = {
    "submitted": {"state__in": (SendState.READY, SendState.LEASED), "attempt": 0},
    "pending": {"state__in": (SendState.READY, SendState.LEASED), "attempt__gt": 0},
    "delivered": {"state": SendState.SENT},
    "failed": {"state": SendState.SKIPPED},
    "dead_lettered": {"state": SendState.FAILED},
}
"""What the public protocol's words ask for."""


@router.get("/deliveries", response={200: schemas.WebhookDeliveries, **REFUSALS}, summary="List webhook deliveries")
def list_deliveries(
    request: Request,
    state: StateName | None = Query(None, description="`failed` was given up, `skipped` came while disabled."),
    status: StatusName | None = Query(None, description="The same in the public protocol's words."),
    subscription_id: str | None = Query(None),
    event_id: str | None = Query(None),
    event_type: str | None = Query(None, max_length=100),
    intent_id: str | None = Query(None),
    org_id: str | None = Query(None),
    workspace_id: str | None = Query(None),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Messages to subscribed endpoints, newest first, with their tries: those of your workspace, with an agent's own key
    those of its own subscriptions."""
    actor = request.auth
    found = selectors.messages(actor)
    own = workspace_of(actor)
    if workspace_id not in (None, str(own.id), own.slug) or org_id not in (
        None,
        str(own.organization_id),
        own.organization.slug,
    ):
        found = found.none()
    ids = {"subscription_id": subscription_id, "event_id": event_id, "intent_id": intent_id}
    found = found.filter(**{name: as_id(given, "row") for name, given in ids.items() if given is not None})
    exactly = {"state": state, "event_type": event_type}
    found = found.filter(**{name: given for name, given in exactly.items() if given is not None})
    if status is not None:
        found = found.filter(**STATES[status])
    if cursor is not None:
        found = found.filter(id__lt=cursors.parse("d", cursor))
    rows = list(found[: limit + 1])
    last = cursors.cursor("d", rows[limit - 1].id) if len(rows) > limit else None
    return answer({"ok": True, "deliveries": _shown(actor, rows[:limit]), "next_cursor": last})


@router.get(
    "/deliveries/{message_id}", response={200: schemas.OneWebhookDelivery, **REFUSALS}, summary="Get a webhook delivery"
)
def get_delivery(request: Request, message_id: str) -> HttpResponse:
    """One message to a subscribed endpoint, with its tries."""
    return answer(_one(request.auth, selectors.message(request.auth, as_id(message_id, "delivery"))))


@router.post(
    "/deliveries/{message_id}/replay",
    response={200: schemas.OneWebhookDelivery, **REFUSALS},
    summary="Replay a webhook delivery",
)
def replay_delivery(request: Request, message_id: str) -> HttpResponse:
    """Post a message again, with the same `webhook-id`: as a new delivery that says which it repeats; one that waits for its
    next try is tried at once instead. For who manages the endpoint, and operators."""
    row = selectors.message(request.auth, as_id(message_id, "delivery"))
    return once(request, lambda: _one(request.auth, replays.replay(actor=request.auth, row=row)))


def _one(actor: Tenant, row: WebhookMessage) -> dict[str, Any]:
    return {"ok": True, "delivery": _shown(actor, [row])[0]}


def _shown(actor: Tenant, rows: Sequence[WebhookMessage]) -> list[dict[str, Any]]:
    attempts = selectors.attempts([row.id for row in rows])
    org_id = workspace_of(actor).organization_id
    answers = any(isinstance(side, Person) and side.role in ADMINS for side in sides(actor))
    return [
        schemas.delivery(
            row,
            attempts.get(row.id, []),
            org_id=org_id,
            org=actor.org_slug,
            workspace=actor.workspace_slug,
            answers=answers,
        )
        for row in rows
    ]
