"""Messages that stand in chats: when what they ask is over they are written anew there, with how it ended and nothing to
decide.

A message that was taken by its chat leaves a row for each task that it asks about. Such a row is due when the task is over:
what ends it writes a notice, which the fan-out takes. That fails or comes late without harm, as whoever presses a button
that is still there is told how it stands.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from inbox.notifications import selectors
from inbox.notifications.models import UNSEEN, ChatPost
from inbox.notifications.preferences import ASKING
from inbox.notifications.services.messages import Ending, MessageOutbox, OutgoingMessage
from inbox.tasks.models.task import NEVER
from intents.kernel import clock, statements
from intents.kernel.actors import System
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.sending.connector import Answer
from intents.sending.outbox import Outbox, SendResult, Settled
from intents.sending.posting import retry_after

TOO_MANY = 429
PUT_OFF_SECONDS = 60
PUT_OFF_MOST = 20
"""So often an edit is put off at most, each time over so many seconds more."""
UNSEEN_SECONDS = 60
"""So long such a row is looked at: far longer than who ended the task at that moment takes to commit."""
_ID = re.compile(r"[\x21-\x7e]{1,500}")


class Posted(NamedTuple):
    """Where a chat has a message, and what it calls it there."""

    place: str
    reference: str

    @classmethod
    def told(cls, place: Any, reference: Any) -> "Posted | None":
        """The same as a chat said it; None where it did not."""
        sound = all(isinstance(one, str) and _ID.fullmatch(one) for one in (place, reference))
        return cls(place, reference) if sound else None


_COLUMNS: statements.Columns = (
    ("id", "uuid"),
    ("message_id", "uuid"),
    ("task_id", "uuid"),
    ("channel", "text"),
    ("place", "text"),
    ("reference", "text"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_KEEP = f"""
INSERT INTO inbox_chatpost ({_NAMES}, workspace_id, state, attempt, created_at, due_at)
SELECT {", ".join(f"v.{name}" for name, _ in _COLUMNS)}, t.workspace_id, 'ready', 0, %(now)s::timestamptz,
       CASE WHEN t.ended_at IS NULL THEN %(unseen)s::timestamptz ELSE %(now)s::timestamptz END
FROM {statements.recordset("posts", "v", _COLUMNS)} JOIN inbox_task t ON t.id = v.task_id
FOR KEY SHARE OF t SKIP LOCKED ON CONFLICT (message_id, task_id) DO NOTHING
"""


class PostingOutbox(MessageOutbox):
    """Messages of a chat in which they can be written anew: what became of a try says where one stands, a Posted."""

    def written(self, results: Sequence[SendResult[OutgoingMessage]], *, now: datetime) -> list[Settled[OutgoingMessage]]:
        settled = super().written(results, now=now)
        taken = [one.result for one in settled if one.result.sent and isinstance(one.result.detail, Posted)]
        posts = [
            {"id": new_id(), "message_id": one.message.id, "task_id": task_id, "channel": one.message.channel}
            | one.detail._asdict()
            for one in taken
            for task_id in {item.task_id for item in one.message.items if item.task_id and item.kind in ASKING}
        ]
        if posts:
            params = {"posts": statements.written(posts), "now": now, "unseen": UNSEEN}
            statements.rows(_KEEP, params)
        return settled


@dataclass(frozen=True, slots=True)
class OutgoingEdit:
    """A message that is to be written anew where it stands."""

    id: UUID
    attempt: int
    channel: str
    place: str
    reference: str
    message: OutgoingMessage
    address_id: None = None


_ENDED = """
SELECT m.id, t.id, t.state, t.outcome, coalesce(t.decided_at, t.ended_at), coalesce(t.decided_by_id = m.user_id, false),
       coalesce(nullif(d.name, ''), d.email, '')
FROM inbox_message m
JOIN intents_member b ON b.workspace_id = m.workspace_id AND b.user_id = m.user_id AND b.suspended_at IS NULL
JOIN intents_user u ON u.id = m.user_id AND u.is_active
JOIN inbox_messageitem i ON i.message_id = m.id AND NOT i.left_out
JOIN inbox_notification n ON n.id = i.notification_id
JOIN inbox_task t ON t.id = n.task_id LEFT JOIN intents_user d ON d.id = t.decided_by_id
WHERE m.id = ANY(%(ids)s) AND t.ended_at IS NOT NULL
"""
# Of several tasks of a message that were over by then, one edit tells.
_TOLD = """
UPDATE inbox_chatpost p SET state = 'skipped', answer = 'told with another', ended_at = %(now)s::timestamptz
WHERE p.message_id = ANY(%(messages)s) AND NOT p.id = ANY(%(ids)s) AND p.state = 'ready' AND p.due_at <= %(now)s
"""


class EditOutbox(Outbox[OutgoingEdit]):
    """Of a message one edit is on its way at a time, so that the last says how it stands: the first of those that are due,
    also where workers were lost. Who is no member any more is told nothing of how it ended."""

    model = ChatPost
    backoff_seconds = (20, 120, 600, 3600)
    skipped_as = "nobody is told there any more"
    columns = ("message_id", "channel", "place", "reference")
    sendable = f"""NOT EXISTS (
    SELECT FROM inbox_chatpost o WHERE o.message_id = m.message_id AND o.id <> m.id AND o.state IN ('ready', 'leased')
      AND CASE WHEN o.due_at <= {clock.START} THEN o.id < m.id ELSE o.state = 'leased' END
)"""

    def retry_seconds(self, result: SendResult[OutgoingEdit]) -> int | None:
        """Of many that are over at once a chat takes some dozens a minute and puts off the others. These come again when it
        says, ever farther apart, until it takes them."""
        answer, tries = result.detail, result.message.attempt
        if isinstance(answer, Answer) and answer.status == TOO_MANY and tries < PUT_OFF_MOST:
            # No secret: it only spreads the load.
            return (retry_after(answer) or 0) + random.randint(1, PUT_OFF_SECONDS * tries)  # noqa: S311
        return super().retry_seconds(result)

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingEdit]:
        posts = {row[2]: row for row in rows}
        found = MessageOutbox.outgoing(list(posts))
        statements.rows(_TOLD, {"messages": list(posts), "ids": [row[0] for row in rows], "now": clock.now()})
        ended: dict[UUID, dict[UUID, Ending]] = {message_id: {} for message_id in posts}
        for message_id, task_id, *how in statements.rows(_ENDED, {"ids": list(posts)}):
            ended[message_id][task_id] = Ending(*how)
        known = [replace(one, ended=ended[one.id]) for one in found if ended[one.id]]
        where = selectors.conversations_of([one.where for one in known if one.where])
        for message in known:
            post_id, attempt, _, channel, place, reference = posts[message.id]
            to = where.get(message.where or "")
            yield OutgoingEdit(post_id, attempt, channel, place, reference, replace(message, to=to))


_SEEN = """
UPDATE inbox_chatpost p SET due_at = CASE WHEN t.ended_at IS NULL THEN %(never)s::timestamptz ELSE %(now)s::timestamptz END
FROM inbox_task t
WHERE p.id = ANY(ARRAY(
    SELECT n.id FROM inbox_chatpost n WHERE n.state = 'ready' AND n.due_at = %(unseen)s::timestamptz FOR UPDATE SKIP LOCKED
)) AND t.id = p.task_id AND (t.ended_at IS NOT NULL OR p.created_at < %(now)s::timestamptz - make_interval(secs => %(wait)s))
"""


@unit
def tend(*, actor: System) -> None:
    """Have told, as the server, what ended in the moment in which a message about it was taken, and wrote no notice. Each
    row is looked at while it is new, however many wait."""
    known = {"now": clock.now(), "never": NEVER, "unseen": UNSEEN, "wait": UNSEEN_SECONDS}
    statements.rows(_SEEN, known)
