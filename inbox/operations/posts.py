"""Events on their way to endpoints, as those who watch see them: one endpoint's, by state, and each with its tries."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from inbox.operations import attempts
from inbox.operations.endpoints import MOST
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


MISSED = 500
AGAIN = """EXISTS (
    SELECT FROM intents_webhookmessage r
    WHERE r.event_id = i.event_id AND r.subscription_id = i.subscription_id AND r.id > i.id
)"""
"""SQL for whether the message `i` was sent again."""
COUNTED = (PostView.WAITING, PostView.FAILED, PostView.SKIPPED)
"""Of these it is known how many there are, up to MOST and one more: indexes have them alone."""
LOOKED_AT = 10_000
"""So many at a time are looked at for what was taken: no index has that alone, for nearly everything is."""
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
    """Events to an endpoint, the newest first. `counts` of COUNTED; `missed` is how many of the newest MISSED that were
    skipped were not sent again. There may be more after `last`, which need not be among the items: as far was looked."""

    items: list[Post]
    counts: dict[PostView, int]
    missed: int
    last: UUID | None


_ROWS = f"""
SELECT {statements.columns(WebhookMessage, "m")} FROM intents_webhookmessage m
WHERE m.subscription_id = %(endpoint)s AND {{kind}} AND m.id < %(before)s
ORDER BY m.id DESC LIMIT %(limit)s
"""
# What of few waits is found before it is put in order: to look for it among all that was posted would read that.
_FEW = f"""
SELECT * FROM (
    SELECT {statements.columns(WebhookMessage, "m")} FROM intents_webhookmessage m
    WHERE m.subscription_id = %(endpoint)s AND {_IN[PostView.WAITING]} AND m.id < %(before)s OFFSET 0
) m ORDER BY id DESC LIMIT %(limit)s
"""
# Where little or nothing was taken, what was is not looked for among everything at once.
_TAKEN = f"""
SELECT * FROM (
    SELECT {statements.columns(WebhookMessage, "m")} FROM intents_webhookmessage m
    WHERE m.subscription_id = %(endpoint)s AND m.id < %(before)s ORDER BY m.id DESC LIMIT %(looked_at)s
) m WHERE {_IN[PostView.SENT]} ORDER BY id DESC LIMIT %(limit)s
"""
_EDGE = """
SELECT m.id FROM intents_webhookmessage m
WHERE m.subscription_id = %(endpoint)s AND m.id < %(before)s ORDER BY m.id DESC OFFSET %(looked_at)s - 1 LIMIT 1
"""
# The counts come from the indexes of what waits for an endpoint, and of what did not arrive there.
_COUNTS = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM (SELECT FROM intents_webhookmessage m"
    f" WHERE m.subscription_id = %(endpoint)s AND {_IN[one]} LIMIT {MOST + 1}) few)"
    for one in COUNTED
)
_MISSED = f"""
SELECT count(*) FROM (
    SELECT m.* FROM intents_webhookmessage m
    WHERE m.workspace_id = %(workspace)s AND m.subscription_id = %(endpoint)s AND {_IN[PostView.SKIPPED]}
    ORDER BY m.id DESC LIMIT {MISSED}
) i WHERE i.body IS NOT NULL AND NOT {AGAIN}
"""
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
        "looked_at": LOOKED_AT,
    }
    counts = dict(zip(COUNTED, statements.rows(_COUNTS, params)[0], strict=True))
    query = _ROWS.format(kind=_IN[view])
    if view is PostView.WAITING and counts[view] <= MOST:
        query = _FEW
    elif view is PostView.SENT:
        query = _TAKEN
    rows = statements.objects(WebhookMessage, query, params)
    kept = rows[:limit]
    tried = attempts.of(actor, [one.id for one in kept])
    missed = statements.rows(_MISSED, params)[0][0] if endpoint.active and counts[PostView.SKIPPED] else 0
    last = kept[-1].id if len(rows) > limit else None
    if view is PostView.SENT and last is None:
        last = next((edge for (edge,) in statements.rows(_EDGE, params)), None)
    return PostsPage([Post(one, tried[one.id]) for one in kept], counts, missed, last)


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
