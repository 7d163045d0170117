"""Messages to people outside of the pages, as those who watch see them: what could not be sent, and what is on its way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from inbox.operations.permissions import ensure_may_watch
from intents.kernel import clock, statements
from intents.kernel.actors import Actor

MOST_AT_ONCE = 500
"""How many are sent again by one act."""


class MessageView(StrEnum):
    """`failed` was given up; `waiting` is to be sent, for the first time or again."""

    FAILED = "failed"
    WAITING = "waiting"


class Ended(StrEnum):
    """Since when those that are over count."""

    DAY = "24h"
    ALL = "all"


_IN = {
    MessageView.FAILED: "m.state = 'failed'",
    MessageView.WAITING: "m.state IN ('ready', 'leased')",
}
_SINCE = {Ended.DAY: f"m.ended_at > {clock.START} - interval '24 hours'", Ended.ALL: "true"}
FAILED_LATELY = f"m.workspace_id = %(workspace)s AND {_IN[MessageView.FAILED]} AND {_SINCE[Ended.DAY]}"
"""SQL of the messages `m` that failed within 24 hours: what the overview counts is what the list shows."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message. `to` is its person's email address, `place` the service of a chat; of what it tells `kind`, `intent_id` and
    `title` are the first's, and `told` is how much it is. `due_at` is when it is tried next, `answer` what the provider
    said last."""

    id: UUID
    person: str
    to: str
    channel: str
    place: str | None
    kind: str
    told: int
    intent_id: UUID | None
    task_id: UUID | None
    title: str | None
    state: str
    attempt: int
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages, the newest first. `total` is how many there are of the kind, `counts` of each kind."""

    items: list[MessageRow]
    total: int
    counts: dict[MessageView, int]
    last: UUID | None


_ROWS = """
SELECT m.id, coalesce(nullif(u.name, ''), u.email), u.email, m.channel, c.service, n.kind, told.number, t.intent_id, t.id,
       coalesce(nullif(t.headline, ''), t.title), m.state, m.attempt, m.created_at, m.due_at, m.ended_at, m.answer
FROM (
    SELECT * FROM inbox_message m WHERE m.workspace_id = %(workspace)s AND {kind} AND m.id < %(before)s
    ORDER BY m.id DESC LIMIT %(limit)s
) m
JOIN intents_user u ON u.id = m.user_id
LEFT JOIN inbox_chataddress c ON c.id = m.address_id
JOIN LATERAL (
    SELECT min(i.notification_id::text)::uuid AS first, count(*) AS number FROM inbox_messageitem i WHERE i.message_id = m.id
) told ON true
LEFT JOIN inbox_notification n ON n.id = told.first
LEFT JOIN inbox_task t ON t.id = n.task_id
ORDER BY m.id DESC
"""
_COUNT = "SELECT count(*) FROM inbox_message m WHERE m.workspace_id = %(workspace)s AND {kind}"
_IDS = """
SELECT m.id FROM inbox_message m WHERE m.workspace_id = %(workspace)s AND m.state = 'failed' AND {kind}
ORDER BY m.id LIMIT %(limit)s
"""


def page(
    actor: Actor, view: MessageView, *, ended: Ended = Ended.ALL, before: UUID | None = None, limit: int = 50
) -> MessagePage:
    """The messages of a kind in the actor's workspace, after the one with that id. Raises Denied."""
    kinds = _IN | {MessageView.FAILED: f"{_IN[MessageView.FAILED]} AND {_SINCE[ended]}"}
    params = {
        "workspace": ensure_may_watch(actor).workspace_id,
        "before": before or UUID(int=2**128 - 1),
        "limit": limit + 1,
        "now": clock.override(),
    }
    counted = statements.rows("SELECT " + ", ".join(f"({_COUNT.format(kind=kind)})" for kind in kinds.values()), params)[0]
    counts = dict(zip(kinds, counted, strict=True))
    rows = [MessageRow(*row) for row in statements.rows(_ROWS.format(kind=kinds[view]), params)]
    items = rows[:limit]
    return MessagePage(items, counts[view], counts, items[-1].id if len(rows) > limit else None)


def failed(actor: Actor, *, ended: Ended = Ended.ALL) -> list[UUID]:
    """The ids of those that failed, the oldest first, MOST_AT_ONCE at most. Raises Denied."""
    params = {"workspace": ensure_may_watch(actor).workspace_id, "limit": MOST_AT_ONCE, "now": clock.override()}
    return [row[0] for row in statements.rows(_IDS.format(kind=_SINCE[ended]), params)]
