"""Post to endpoints again what failed or was skipped, or anything that was posted to them."""

from collections.abc import Sequence
from datetime import datetime

from inbox.operations import posts
from inbox.operations.bulk.actions.action import BulkAction, Order, case
from inbox.operations.bulk.deliveries import DELIVERIES
from inbox.operations.permissions import may_repair
from intents.kernel.actors import Actor
from intents.webhooks import messages
from intents.webhooks.models import WebhookMessage

PENDING = "is on its way"
DELETED = "its subscription was deleted"
DISABLED = "its endpoint is disabled"
ERASED = "what it told was erased"
AGAIN = "was sent again already"


def may(actor: Actor, row: WebhookMessage) -> bool:
    """Who repairs anything of the workspace."""
    return may_repair(actor)


def act(rows: Sequence[WebhookMessage], order: Order, now: datetime) -> None:
    """Enqueue them as new messages with the same `webhook-id`."""
    messages.again(rows, now=now)


ACTION = BulkAction(
    name="replay",
    about=DELIVERIES,
    skipped=case(
        ("i.state IN ('ready', 'leased')", PENDING),
        ("s.revoked_at IS NOT NULL", DELETED),
        ("NOT s.active", DISABLED),
        ("i.body IS NULL", ERASED),
        (posts.AGAIN, AGAIN),
    ),
    may=may,
    act=act,
)
