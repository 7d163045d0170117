"""Messages of what happened: rows on their way to the endpoints that asked for it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from intents.kernel import live, statements
from intents.sending import sender
from intents.sending.models import SendState
from intents.webhooks import pending
from intents.webhooks.happenings import Happening, body
from intents.webhooks.models import Subscription, WebhookMessage

SKIPPED = "the endpoint was disabled"

_COLUMNS: statements.Columns = (
    ("id", "uuid"),
    ("state", "text"),
    ("due_at", "timestamptz"),
    ("attempt", "int"),
    ("answer", "text"),
    ("created_at", "timestamptz"),
    ("ended_at", "timestamptz"),
    ("workspace_id", "uuid"),
    ("subscription_id", "uuid"),
    ("event_id", "uuid"),
    ("event_type", "text"),
    ("intent_id", "uuid"),
    ("body", "text"),
    ("replay_of", "uuid"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# Once for an event and endpoint, whoever makes it.
_ENQUEUE = f"""
INSERT INTO intents_webhookmessage ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset("messages", "m", _COLUMNS)}
ON CONFLICT DO NOTHING RETURNING id
"""


def of(row: Subscription, one: Happening, *, now: datetime) -> WebhookMessage:
    """The message of an event for a subscription, skipped where nothing is posted, not stored."""
    return WebhookMessage(
        workspace_id=row.workspace_id,
        subscription_id=row.id,
        event_id=one.event_id,
        event_type=one.event_type,
        intent_id=one.intent_id,
        body=body(row, one),
        **state(row, now=now),
    )


def replay_of(row: WebhookMessage, *, now: datetime) -> WebhookMessage:
    """A message that repeats `row`, not stored."""
    return WebhookMessage(
        workspace_id=row.workspace_id,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        event_type=row.event_type,
        intent_id=row.intent_id,
        body=row.body,
        replay_of=row.replay_of or row.id,
        due_at=now,
        created_at=now,
    )


def state(row: Subscription, *, now: datetime) -> dict[str, object]:
    """How a message for an endpoint begins."""
    if row.active:
        return {"state": SendState.READY, "due_at": now, "created_at": now}
    return {"state": SendState.SKIPPED, "due_at": now, "created_at": now, "ended_at": now, "answer": SKIPPED}


def enqueue(messages: Sequence[WebhookMessage]) -> set[UUID]:
    """Store messages: the ids of those that were not there yet. In the caller's transaction."""
    if not messages:
        return set()
    live.stir_endpoints((one.workspace_id, one.subscription_id) for one in messages)
    return {row[0] for row in statements.rows(_ENQUEUE, {"messages": statements.records(messages, _COLUMNS)})}


def again(rows: Sequence[WebhookMessage], *, now: datetime) -> list[WebhookMessage]:
    """Send `rows` again, in the caller's transaction: messages that repeat them, or where one waits for its next try, that
    one, which is then due now. Asks neither for rights nor whether there is an endpoint."""
    waiting = {row.id for row in rows if row.state in (SendState.READY, SendState.LEASED)}
    made = [row if row.id in waiting else replay_of(row, now=now) for row in rows]
    enqueue([one for one in made if one.id not in waiting])
    pending.hasten(list(waiting))
    transaction.on_commit(sender.nudge)
    return made
