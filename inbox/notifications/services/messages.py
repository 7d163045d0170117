"""The outbox of messages to people: what is due to the same person by the same channel goes out as one.

How it is leased, tried and settled is said in `intents.sending.outbox`.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from inbox.notifications import personal, preferences
from inbox.notifications.models import ChatConversation, Message, MessageItem, Notification
from inbox.notifications.personal import Contact, Destination
from inbox.notifications.preferences import ASKING, LASTING, Preferences, Route
from inbox.vocabulary import principals
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from intents.sending.outbox import Outbox

PAUSE_SECONDS = 60
"""Between two messages to a person by one channel, unless something critical is told. What comes meanwhile is gathered."""
SHOWN = 20
"""Of more notifications than this, a message tells how many more there are."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, how they want to be told, and where they can be, by what their settings call it."""

    preferences: Preferences
    zone: ZoneInfo
    reachable: Mapping[str, Destination]

    def route(self, *, kind: str, risk: str, now: datetime) -> Route | None:
        return preferences.route(self.preferences, kind=kind, risk=risk, now=now, zone=self.zone)


_PEOPLE = """
SELECT u.id, u.email, u.time_zone, s.chosen
FROM intents_user u LEFT JOIN inbox_notificationsettings s ON s.user_id = u.id WHERE u.id = ANY(%(users)s)
"""


def people(user_ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    """What is needed to write to these users, by id: preferences, time zone, and where they can be reached. Users that are
    gone are left out."""
    rows = statements.rows(_PEOPLE, {"users": list(user_ids)})
    reachable = personal.reachable([Contact(user_id, email) for user_id, email, *_ in rows])
    return {
        user_id: Recipient(_chosen(user_id, chosen), clock.zone(time_zone), reachable[user_id])
        for user_id, _, time_zone, chosen in rows
    }


def _chosen(user_id: UUID, text: str | None) -> Preferences:
    """Settings that cannot be read are as if nothing had been chosen: better told too much than nobody told at all."""
    try:
        return preferences.loads(text) if text is not None else Preferences()
    except ValueError:
        log.exception("settings cannot be read", extra={"action": "notify.settings", "user": str(user_id)})
        return Preferences()


class _Pending(NamedTuple):
    """A message that is to take in something."""

    id: UUID
    user_id: UUID
    workspace_id: UUID
    channel: str
    address_id: UUID | None
    slot: str
    due_at: datetime
    urgent: bool
    created_at: datetime


_COLUMNS = [("id", "uuid"), ("user_id", "uuid"), ("workspace_id", "uuid"), ("channel", "text"), ("address_id", "uuid")]
_COLUMNS += [("slot", "text"), ("due_at", "timestamptz"), ("urgent", "bool"), ("created_at", "timestamptz")]
_KEY = "user_id, workspace_id, channel, address_id, slot"
_GATHER = f"""
INSERT INTO inbox_message AS m (id, {_KEY}, state, attempt, created_at, due_at)
SELECT id, {_KEY}, 'ready', 0, created_at, CASE WHEN urgent OR slot <> 'now' THEN due_at ELSE greatest(due_at, (
    SELECT max(o.ended_at) + make_interval(secs => {PAUSE_SECONDS}) FROM inbox_message o
    WHERE o.user_id = v.user_id AND o.channel = v.channel AND o.state = 'sent' AND o.slot <> 'test'
      AND o.address_id IS NOT DISTINCT FROM v.address_id
)) END
FROM {statements.recordset("pending", "v", _COLUMNS)} ORDER BY {_KEY}
ON CONFLICT ({_KEY}) WHERE state = 'ready' AND attempt = 0 DO UPDATE SET due_at = least(m.due_at, excluded.due_at)
RETURNING m.id, {", ".join(f"m.{name}" for name in _KEY.split(", "))}
"""


def gather(
    *,
    told: Sequence[tuple[Notification, Route]],
    known: Mapping[UUID, Recipient],
    now: datetime,
    after: str | None = None,
) -> None:
    """Enqueue new notifications to their people by the first channel of their routes that there is; none means that they are
    told on the pages only. With `after`, by the first that comes after that channel. `known` are `people` of them."""
    pending: dict[tuple[object, ...], _Pending] = {}
    items: list[tuple[Notification, tuple[object, ...]]] = []
    for notification, route in told:
        to = _first(route, known[notification.user_id], after=after)
        if to is None:
            continue
        key = (notification.user_id, notification.workspace_id, to.channel, to.address_id, route.slot)
        urgent = preferences.weight(notification.kind, notification.risk) == "critical"
        before = pending.get(key)
        pending[key] = _Pending(
            before.id if before else new_id(),
            *(notification.user_id, notification.workspace_id, to.channel, to.address_id, route.slot),
            due_at=min(route.due_at, before.due_at) if before else route.due_at,
            urgent=urgent or (before is not None and before.urgent),
            created_at=now,
        )
        items.append((notification, key))
    if not pending:
        return
    rows = statements.rows(_GATHER, {"pending": statements.records(pending.values(), _COLUMNS)})
    ids = {key: message_id for message_id, *key_ in rows for key in [tuple(key_)]}
    statements.insert([MessageItem(message_id=ids[key], notification_id=one.id) for one, key in items])


def _first(route: Route, person: Recipient, *, after: str | None) -> Destination | None:
    """Where to tell a person first, or next after a channel that failed."""
    order = [choice.by for choice in person.preferences.channels]
    later = order[order.index(after) + 1 :] if after in order else [] if after else order
    return next((person.reachable[by] for by in route.channels if by in later and by in person.reachable), None)


@dataclass(frozen=True, slots=True)
class Item:
    """One notification in a message. `headline` and `agent` are words of an agent, not to be trusted. `reason` is as whom
    the person is told: user, email, role, group; `group` its name. `ballot` is what several people vote on, `away` the name
    of for whom they stand in."""

    notification_id: UUID
    kind: str
    number: int
    risk: str
    task_id: UUID | None
    headline: str
    agent: str
    due_at: datetime | None
    reason: str
    group: str | None
    ballot: str | None = None
    away: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task is over: the `outcome` that `name` decided on, who may be `own`, the reader; or how without, a `state`."""

    state: str
    outcome: str | None
    at: datetime
    own: bool
    name: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A leased message, ready to be sent. Of `total` notifications it shows the first `items`. `sealed` is the encrypted
    URL of a chat and `where` its service, `language` the one to write in; `to` is the conversation, where that is not in the
    URL. `waiting` is how many tasks wait for the person then, where the channel tells. Of what it asks, `ended` is over, by
    the task: one that is sent asks nothing of that kind."""

    id: UUID
    attempt: int
    channel: str
    slot: str
    email: str
    name: str
    workspace: str
    address_id: UUID | None
    sealed: bytes | None
    total: int
    zone: ZoneInfo
    items: tuple[Item, ...]
    language: str = ""
    workspace_id: UUID | None = None
    where: str | None = None
    to: ChatConversation | None = None
    user_id: UUID | None = None
    waiting: int | None = None
    ended: Mapping[UUID, Ending] = field(default_factory=dict)


_LEAVE_OUT = """
UPDATE inbox_messageitem i SET left_out = true
FROM inbox_notification n LEFT JOIN inbox_task t ON t.id = n.task_id
WHERE i.notification_id = n.id AND i.message_id = ANY(%(ids)s) AND NOT i.left_out AND (
    n.read_at IS NOT NULL OR (t.state NOT IN ('open', 'claimed') AND NOT n.kind = ANY(%(lasting)s))
    OR ((t.claimed_by_id <> n.user_id OR n.user_id = ANY(t.voted)) AND n.kind = ANY(%(asking)s))
    OR n.kind = ANY(%(asking)s) AND EXISTS (
        SELECT FROM inbox_messageitem later JOIN inbox_notification o ON o.id = later.notification_id
        WHERE later.message_id = i.message_id AND o.task_id = n.task_id AND o.kind = ANY(%(asking)s) AND o.id > n.id
    )
)
"""
# Of several that ask for one decision, as a reminder after a level, the last is enough.

_MESSAGES = """
SELECT m.id, m.attempt, m.channel, m.slot, u.email, u.name, w.name, m.address_id, c.sealed,
       (SELECT count(*) FROM inbox_messageitem i WHERE i.message_id = m.id AND NOT i.left_out),
       coalesce(nullif(u.language, ''), w.language), u.time_zone, m.workspace_id, c.service, m.user_id
FROM inbox_message m JOIN intents_user u ON u.id = m.user_id JOIN intents_workspace w ON w.id = m.workspace_id
LEFT JOIN inbox_chataddress c ON c.id = m.address_id
WHERE m.id = ANY(%(ids)s) ORDER BY m.created_at
"""

_ITEMS = f"""
SELECT m.id, n.id, n.kind, n.number, n.risk, n.task_id, coalesce(nullif(t.headline, ''), t.title, ''),
       coalesce(x.sender, ''), t.due_at, split_part(n.principal, ':', 1), g.name, t.ballot,
       coalesce(nullif(a.name, ''), a.email)
FROM inbox_message m, LATERAL (
    SELECT n.* FROM inbox_messageitem i JOIN inbox_notification n ON n.id = i.notification_id
    LEFT JOIN inbox_task t ON t.id = n.task_id
    WHERE i.message_id = m.id AND NOT i.left_out
    ORDER BY t.risk_order, t.due_order, n.id LIMIT {SHOWN}
) n
LEFT JOIN inbox_task t ON t.id = n.task_id LEFT JOIN intents_intent x ON x.id = t.intent_id
LEFT JOIN intents_group g ON g.id = {principals.id_in("n.principal", "group")}
LEFT JOIN intents_user a ON a.id = {principals.id_in("n.principal", "user")} AND a.id <> n.user_id
WHERE m.id = ANY(%(ids)s) ORDER BY t.risk_order, t.due_order, n.id
"""


_LEFT = f"""
SELECT {statements.columns(Notification, "n")} FROM inbox_messageitem i JOIN inbox_notification n ON n.id = i.notification_id
WHERE i.message_id = %s AND NOT i.left_out
  AND NOT EXISTS (SELECT FROM inbox_messageitem later WHERE later.notification_id = n.id AND later.id > i.id)
ORDER BY n.id
"""


class MessageOutbox(Outbox[OutgoingMessage]):
    """The messages of one `channel`. What was decided or read before a message is sent is left out of it, and what is asked
    again by a later one; a message with nothing left is skipped. One that failed for good goes to the next channel of its
    person, but for a test."""

    model = Message
    backoff_seconds = (20, 120)
    skipped_as = "decided or read before it was sent"
    # What waits for a decision to be taken back or not waits with the message: a minute at most.
    sendable = f"""(address_id IS NULL OR NOT address_id = ANY(%(busy)s))
      AND (due_at < {clock.START} - make_interval(secs => {PAUSE_SECONDS}) OR NOT EXISTS (
          SELECT FROM inbox_messageitem i JOIN inbox_notification n ON n.id = i.notification_id
          JOIN inbox_task t ON t.id = n.task_id WHERE i.message_id = m.id AND t.state = 'held'
      ))"""

    def __init__(self, channel: str) -> None:
        self.scope = f"m.channel = '{channel}'"

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingMessage]:
        ids = [row[0] for row in rows]
        statements.rows(_LEAVE_OUT, {"ids": ids, "asking": list(ASKING), "lasting": list(LASTING)})
        return self.outgoing(ids)

    @staticmethod
    def outgoing(ids: Sequence[UUID]) -> Iterator[OutgoingMessage]:
        """What messages say now, without what was left out; those of which nothing is left, are none."""
        items: dict[UUID, list[Item]] = {message_id: [] for message_id in ids}
        for message_id, *shown in statements.rows(_ITEMS, {"ids": list(ids)}):
            items[message_id].append(Item(*shown))
        for *columns, language, zone, workspace_id, where, user_id in statements.rows(_MESSAGES, {"ids": list(ids)}):
            columns += [clock.zone(zone), tuple(items[columns[0]]), language, workspace_id, where]
            if items[columns[0]]:
                yield replace(OutgoingMessage(*columns), user_id=user_id)

    def delay(self, message: OutgoingMessage) -> int | None:
        return None if message.slot == "test" else super().delay(message)

    def dead_letter(self, message: OutgoingMessage, *, now: datetime) -> None:
        """Enqueue what a failed message told by the next channel, unless it went there when the message failed before."""
        if message.slot == "test":
            return
        left = statements.objects(Notification, _LEFT, [message.id])
        known = people({one.user_id for one in left})
        routed = [(one, known[one.user_id].route(kind=one.kind, risk=one.risk, now=now)) for one in left]
        failed = str(message.address_id or message.channel)
        told = [(one, route) for one, route in routed if route is not None]
        gather(told=told, known=known, now=now, after=failed)
