"""All that is on record of one intent, for those who watch. Of intents whose visibility was checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from intents.engine.models import Intent
from intents.kernel import canonical, statements

MOST = 200


class WaitOf(NamedTuple):
    """A wait of an intent; open as long as it has no end."""

    reason: str
    state: str
    tool: str | None
    external_id: str | None
    opened_at: datetime
    deadline_at: datetime | None
    ended_at: datetime | None
    on_timeout: str


_WAITS = f"""
SELECT reason, state, tool, external_id, opened_at, deadline_at, ended_at, on_timeout
FROM intents_wait WHERE intent_id = %(intent)s ORDER BY id DESC LIMIT {MOST}
"""


def waits(intent: Intent) -> list[WaitOf]:
    """The waits of an intent, the oldest first."""
    return [WaitOf(*row) for row in reversed(statements.rows(_WAITS, {"intent": intent.id}))]


class Relative(NamedTuple):
    """An intent in the tree of another; `depth` is 0 for the one that is looked at."""

    id: UUID
    intent_type: str
    status: str
    mailbox: str
    depth: int


_TREE = f"""
WITH RECURSIVE tree AS (
    SELECT id, intent_type, status, mailbox, 0 AS depth, ARRAY[id] AS place FROM intents_intent WHERE id = %(intent)s
    UNION ALL
    SELECT c.id, c.intent_type, c.status, c.mailbox, t.depth + 1, t.place || c.id
    FROM tree t JOIN intents_intent c ON c.parent_id = t.id AND c.workspace_id = %(workspace)s WHERE t.depth < 8
)
SELECT id, intent_type, status, mailbox, depth FROM tree WHERE depth > 0 ORDER BY place LIMIT {MOST}
"""


def children(intent: Intent) -> list[Relative]:
    """What is a part of an intent, and of that, each below what it is a part of."""
    params = {"intent": intent.id, "workspace": intent.workspace_id}
    return [Relative(*row) for row in statements.rows(_TREE, params)]


@dataclass(frozen=True, slots=True)
class TaskOf:
    """What people were asked about an intent. `by` is who decided, by name."""

    id: UUID
    title: str
    state: str
    risk: str
    outcome: str | None
    by: str | None
    comment: str | None
    decided_at: datetime | None


_TASKS = f"""
SELECT t.id, t.title, t.state, t.risk, t.outcome, coalesce(nullif(u.name, ''), u.email), d.comment, t.decided_at
FROM inbox_task t LEFT JOIN intents_user u ON u.id = t.decided_by_id
LEFT JOIN inbox_decision d ON d.task_id = t.id AND d.revision = t.revision AND d.void_at IS NULL
WHERE t.intent_id = %(intent)s ORDER BY t.id LIMIT {MOST}
"""


def tasks(intent: Intent) -> list[TaskOf]:
    """The tasks about an intent, the oldest first."""
    return [TaskOf(*row) for row in statements.rows(_TASKS, {"intent": intent.id})]


class PostOf(NamedTuple):
    """A try to post a delivery to its agent's URL."""

    delivery_id: UUID
    number: int
    ended_at: datetime
    status: int | None
    fault: str | None
    milliseconds: int | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryOf:
    """A piece of work that was to reach an agent, and the tries to post it; at `retry_at` it is posted again."""

    id: UUID
    binding: str
    target: str
    state: str
    attempt: int
    created_at: datetime
    ended_at: datetime | None
    lease_expires_at: datetime | None
    last_error: str | None
    retry_at: datetime | None
    posts: tuple[PostOf, ...]


_DELIVERIES = f"""
SELECT d.id, d.binding, d.target, d.state, d.attempt, d.created_at, d.ended_at, d.lease_expires_at, d.last_error,
       (SELECT min(p.due_at) FROM intents_push p WHERE p.delivery_id = d.id AND p.state = 'ready')
FROM intents_delivery d WHERE d.intent_id = %(intent)s ORDER BY d.id DESC LIMIT {MOST}
"""
_POSTS = f"""
SELECT p.delivery_id, a.number, a.ended_at, a.status, a.fault, a.milliseconds, a.retry_at
FROM intents_push p JOIN intents_attempt a ON a.message_id = p.id
WHERE p.delivery_id = ANY(%(deliveries)s) ORDER BY a.ended_at LIMIT {MOST}
"""


def deliveries(intent: Intent) -> list[DeliveryOf]:
    """The deliveries of an intent, the oldest first."""
    found = list(reversed(statements.rows(_DELIVERIES, {"intent": intent.id})))
    posts: dict[UUID, list[PostOf]] = {}
    for row in statements.rows(_POSTS, {"deliveries": [one[0] for one in found]}) if found else ():
        posts.setdefault(row[0], []).append(PostOf(*row))
    return [DeliveryOf(*[*row, tuple(posts.get(row[0], ()))]) for row in found]


class EventOf(NamedTuple):
    """An event of an intent that was to be posted to an endpoint, and how its last try ended."""

    id: UUID
    event_type: str
    endpoint: str
    state: str
    created_at: datetime
    attempt: int
    replays: bool
    status: int | None
    fault: str | None


_EVENTS = f"""
SELECT m.id, m.event_type, coalesce(nullif(s.description, ''), s.callback_url), m.state, m.created_at, m.attempt,
       m.replay_of IS NOT NULL, a.status, a.fault
FROM intents_webhookmessage m JOIN intents_subscription s ON s.id = m.subscription_id
LEFT JOIN LATERAL (
    SELECT status, fault FROM intents_attempt WHERE message_id = m.id ORDER BY number DESC LIMIT 1
) a ON true
WHERE m.workspace_id = %(workspace)s AND m.intent_id = %(intent)s ORDER BY m.id DESC LIMIT {MOST}
"""


def events_sent(intent: Intent) -> list[EventOf]:
    """What endpoints were told of an intent, the oldest first."""
    params = {"intent": intent.id, "workspace": intent.workspace_id}
    return [EventOf(*row) for row in reversed(statements.rows(_EVENTS, params))]


class ToldOf(NamedTuple):
    """A change of an intent that a client was to be told of at a URL of its own, and how the last try ended."""

    url: str
    state: str
    created_at: datetime
    attempt: int
    status: int | None
    fault: str | None

    @property
    def host(self) -> str:
        """All that is shown of the URL: the rest of it may be a secret."""
        return urlsplit(self.url).hostname or ""


_TOLD = f"""
SELECT c.url, n.state, n.created_at, n.attempt, a.status, a.fault
FROM intents_tasknotification n JOIN intents_pushconfig c ON c.id = n.config_id
LEFT JOIN LATERAL (
    SELECT status, fault FROM intents_attempt WHERE message_id = n.id ORDER BY number DESC LIMIT 1
) a ON true
WHERE n.intent_id = %(intent)s ORDER BY n.id DESC LIMIT {MOST}
"""


def told(intent: Intent) -> list[ToldOf]:
    """What clients were told of an intent, the oldest first."""
    return [ToldOf(*row) for row in reversed(statements.rows(_TOLD, {"intent": intent.id}))]


class MessageOf(NamedTuple):
    """A message to a person about a task of an intent."""

    id: UUID
    person: str
    channel: str
    kind: str
    state: str
    created_at: datetime
    ended_at: datetime | None
    attempt: int
    answer: str | None


_MESSAGES = f"""
SELECT m.id, coalesce(nullif(u.name, ''), u.email), m.channel, n.kind, m.state, m.created_at, m.ended_at, m.attempt, m.answer
FROM inbox_task t JOIN inbox_notification n ON n.task_id = t.id
JOIN inbox_messageitem mi ON mi.notification_id = n.id JOIN inbox_message m ON m.id = mi.message_id
JOIN intents_user u ON u.id = m.user_id
WHERE t.intent_id = %(intent)s ORDER BY m.id LIMIT {MOST}
"""


def messages(intent: Intent) -> list[MessageOf]:
    """What was sent to people about an intent, the oldest first."""
    return [MessageOf(*row) for row in statements.rows(_MESSAGES, {"intent": intent.id})]


def json(text: str | None) -> Any:
    """The value of canonical JSON, None without any."""
    return canonical.loads(text) if text else None


def problem(details: Mapping[str, Any]) -> str:
    """What the details of an event say went wrong, in one line."""
    error = details.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message") or error.get("code") or "")
    return str(error or details.get("reason") or "")
