"""Events on their way to endpoints, as those who watch see them: one endpoint's, by state, and each with its tries."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from inbox.operations import attempts
from inbox.operations.permissions import ensure_may_watch
from intents.kernel import clock, statements
from intents.kernel.actors import Actor
from intents.kernel.errors import Missing
from intents.sending import keeping, signing
from intents.sending.models import Attempt
from intents.webhooks.models import Subscription, WebhookMessage


class PostView(StrEnum):
    """`waiting` is to be posted, for the first time or again; `failed` was given up; `skipped` happened while the endpoint
    was disabled; `sent` was taken."""

    ALL = "all"
    WAITING = "waiting"
    FAILED = "failed"
    SKIPPED = "skipped"
    SENT = "sent"


COUNTED = (PostView.WAITING, PostView.FAILED, PostView.SKIPPED)
"""Of these it is known how many there are: indexes have them alone."""
_IN = {
    PostView.ALL: "true",
    PostView.WAITING: "m.state IN ('ready', 'leased')",
    PostView.FAILED: "m.state = 'failed'",
    PostView.SKIPPED: "m.state = 'skipped'",
    PostView.SENT: "m.state = 'sent'",
}


@dataclass(frozen=True, slots=True)
class Post:
    """An event to an endpoint, and the tries to post it; `answer` of a try only for who may read it."""

    row: WebhookMessage
    tries: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Attempt | None:
        return self.tries[-1] if self.tries else None


@dataclass(frozen=True, slots=True)
class PostsPage:
    """Events to an endpoint, the newest first. `counts` of COUNTED."""

    items: list[Post]
    counts: dict[PostView, int]
    last: UUID | None


_ROWS = f"""
SELECT {statements.columns(WebhookMessage, "m")} FROM intents_webhookmessage m
WHERE m.workspace_id = %(workspace)s AND m.subscription_id = %(endpoint)s AND {{kind}} AND m.id < %(before)s
ORDER BY m.id DESC LIMIT %(limit)s
"""
# The counts come from the indexes of what waits for an endpoint, and of what did not arrive in a workspace.
_COUNTS = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM intents_webhookmessage m"
    f" WHERE m.workspace_id = %(workspace)s AND m.subscription_id = %(endpoint)s AND {_IN[one]})"
    for one in COUNTED
)
_ONE = f"""
SELECT {statements.columns(WebhookMessage, "m")} FROM intents_webhookmessage m
WHERE m.workspace_id = %(workspace)s AND m.id = %(id)s
"""


def page(actor: Actor, endpoint: Subscription, view: PostView, *, before: UUID | None = None, limit: int = 50) -> PostsPage:
    """What was sent to an endpoint, of a kind, after the one with that id. Raises Denied."""
    params = {
        "workspace": ensure_may_watch(actor).workspace_id,
        "endpoint": endpoint.id,
        "before": before or UUID(int=2**128 - 1),
        "limit": limit + 1,
    }
    counts = dict(zip(COUNTED, statements.rows(_COUNTS, params)[0], strict=True))
    rows = statements.objects(WebhookMessage, _ROWS.format(kind=_IN[view]), params)
    kept = rows[:limit]
    tried = attempts.of(actor, [one.id for one in kept])
    return PostsPage([Post(one, tried[one.id]) for one in kept], counts, kept[-1].id if len(rows) > limit else None)


def one(actor: Actor, message_id: UUID) -> Post:
    """One event to an endpoint of the actor's workspace. Raises Denied, Missing."""
    params = {"workspace": ensure_may_watch(actor).workspace_id, "id": message_id}
    found = statements.objects(WebhookMessage, _ONE, params)
    if not found:
        raise Missing(f"no delivery has the id {message_id}", delivery_id=str(message_id))
    return Post(found[0], attempts.of(actor, [message_id])[message_id])


def endpoint_of(actor: Actor, row: WebhookMessage) -> Subscription:
    """The endpoint that a message went to, deleted or not. Raises Denied."""
    ensure_may_watch(actor)
    query = f"SELECT {statements.columns(Subscription, 's')} FROM intents_subscription s WHERE s.id = %s"
    return statements.objects(Subscription, query, [row.subscription_id])[0]


UNSIGNED = "…"


def headers(row: WebhookMessage, endpoint: Subscription, *, signed: bool) -> dict[str, str]:
    """The headers that a message has if it is posted now; without `signed` nothing that proves that it came from here."""
    known = {"content-type": "application/json", "user-agent": "AXME-Inbox"}
    if not signed or row.body is None:
        return known | {"webhook-id": row.webhook_id, "webhook-timestamp": UNSIGNED, "webhook-signature": UNSIGNED}
    at = clock.now()
    try:
        secrets = keeping.in_force(bytes(endpoint.signing), now=at)
    except ValueError:
        return known | {"webhook-id": row.webhook_id}
    return known | signing.headers(message_id=row.webhook_id, body=row.body, secrets=secrets, at=at)
