"""Messages on their way to endpoints."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from intents.kernel import clock, live, statements
from intents.kernel.unit_of_work import unit
from intents.sending import keeping, posting, signing
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.health import Tried
from intents.sending.outbox import SendResult, Settled, Target
from intents.sending.posting import PostOutbox
from intents.webhooks import dead_letters, endpoints, lines
from intents.webhooks.models import WebhookMessage, webhook_id

SLOTS = 64
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class OutgoingWebhook:
    """A message to be posted to `url` with the secrets that `signing` holds, encrypted."""

    id: UUID
    attempt: int
    subscription_id: UUID
    event_id: UUID
    body: str
    url: str
    signing: bytes
    intent_id: UUID | None
    ordered: bool
    at: datetime
    workspace_id: UUID
    at_once: int
    address_id: None = None
    """None is ever busy: the lease itself counts what is in flight to an endpoint."""


class WebhookOutbox(PostOutbox[OutgoingWebhook]):
    """What is due to an endpoint that is disabled, or whose subscription was deleted, is skipped."""

    model = WebhookMessage
    skipped_as = "the endpoint was disabled, or its subscription deleted"
    columns = (
        "m.subscription_id",
        "m.event_id",
        "m.body",
        "(SELECT s.callback_url FROM intents_subscription s WHERE s.id = m.subscription_id)",
        "(SELECT s.signing FROM intents_subscription s WHERE s.id = m.subscription_id)",
        "m.intent_id",
        "(SELECT s.ordered FROM intents_subscription s WHERE s.id = m.subscription_id)",
        clock.NOW,
        "m.workspace_id",
        "(SELECT s.max_in_flight FROM intents_subscription s WHERE s.id = m.subscription_id)",
        "(SELECT s.active AND s.revoked_at IS NULL FROM intents_subscription s WHERE s.id = m.subscription_id)",
        "(SELECT s.rate_per_second FROM intents_subscription s WHERE s.id = m.subscription_id)",
    )
    target = "subscription_id"
    # In a second, or in as long as one takes at its pace, as many may begin as the pace allows for that time.
    targets = f"""
        SELECT id, max_in_flight, ordered, floor(0.000001 + rate_per_second * (
            greatest(1, 1 / rate_per_second)
            - greatest(0, coalesce(extract(epoch FROM paced_until - {clock.START})::float8, 0))
        ))::int AS allowed FROM intents_subscription
    """
    in_flight = while_disabled = "t.max_in_flight"  # what is due to one that is disabled is leased, and skipped
    beginning = "t.allowed"
    sendable = """(NOT t.ordered OR m.intent_id IS NULL OR NOT EXISTS (
        SELECT FROM intents_webhookmessage e
        WHERE e.subscription_id = m.subscription_id AND e.intent_id = m.intent_id AND e.state IN ('ready', 'leased')
          AND (e.created_at, e.id) < (m.created_at, m.id)
    ))"""

    def target_of(self, message: OutgoingWebhook) -> Target:
        return Target(message.subscription_id, message.at_once)

    def holds_up(self, message: OutgoingWebhook) -> bool:
        # The next of its intent is not due before.
        return message.ordered and message.intent_id is not None

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingWebhook]:
        _count(_PACE, (row[2] for row in rows if row[-2] and row[-1]))
        return (OutgoingWebhook(*row[:-2]) for row in rows if row[-2] and row[4] is not None)

    def uncount(self, messages: Sequence[OutgoingWebhook]) -> None:
        _count(_UNCOUNT, (message.subscription_id for message in messages))

    @unit
    def settle(self, results: Sequence[SendResult[OutgoingWebhook]]) -> None:
        now = clock.now()
        tries = self.written(results, now=now)
        statements.insert([posting.attempt(one, now=now) for one in tries])
        lines.move_up(
            (message.subscription_id, message.intent_id)
            for message in (one.result.message for one in tries)
            if message.ordered and message.intent_id
        )
        dead_letters.tell({one.result.message.id: one.result.answer for one in tries if one.failed_for_good})
        endpoints.count([one for each in tries if (one := _tried(each))], now=now)
        live.stir_endpoints((one.result.message.workspace_id, one.result.message.subscription_id) for one in tries)


def _tried(one: Settled[OutgoingWebhook]) -> Tried | None:
    message = one.result.message
    return posting.tried(one, endpoint_id=message.subscription_id, workspace_id=message.workspace_id)


_OF = """
FROM (
    SELECT s.id, v.count FROM intents_subscription s JOIN unnest(%(ids)s::uuid[], %(counts)s::int[]) AS v(id, count)
      ON s.id = v.id
    WHERE s.rate_per_second IS NOT NULL ORDER BY s.id FOR NO KEY UPDATE OF s
) v WHERE s.id = v.id
"""
_PACE = f"""
UPDATE intents_subscription s
SET paced_until = greatest(s.paced_until, {clock.NOW}) + make_interval(secs => v.count / s.rate_per_second) {_OF}
"""
"""Messages to endpoints with a pace begin."""
_UNCOUNT = f"""
UPDATE intents_subscription s SET paced_until = s.paced_until - make_interval(secs => v.count / s.rate_per_second) {_OF}
"""
"""They did not, after all."""


def _count(statement: str, subscriptions: Iterable[UUID]) -> None:
    """Account for messages to subscriptions, in the transaction of their leases."""
    if counts := Counter(subscriptions):
        params = {"ids": list(counts), "counts": list(counts.values()), "now": clock.override()}
        statements.rows(statement, params)


def send(message: OutgoingWebhook) -> Sent:
    """Post a message. Raises NotSent for what is no 2xx."""
    try:
        secrets = keeping.in_force(message.signing, now=message.at)
    except ValueError:
        raise NotSent("its signing secret cannot be read any more", permanent=True) from None
    named = webhook_id(message.subscription_id, message.event_id)
    signed = signing.headers(message_id=named, body=message.body, secrets=secrets, at=message.at)
    return posting.deliver(message.url, headers=signed, body=message.body)


CHANNEL = Channel(
    "webhook", WebhookOutbox(), send, slots=SLOTS, waiting=posting.WAITING, seconds=posting.SECONDS, overdue=posting.OVERDUE
)

# By id, which is ordered by time: what is over since then was made before.
_PRUNE = """
WITH over AS (
    DELETE FROM intents_webhookmessage WHERE id < %(id)s AND ended_at < %(before)s RETURNING id
)
DELETE FROM intents_attempt a USING over WHERE a.message_id = over.id RETURNING a.id
"""


def prune() -> None:
    """Forget messages that are long over, and their attempts."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    statements.rows(_PRUNE, {"before": before, "id": clock.first_id(before)})
