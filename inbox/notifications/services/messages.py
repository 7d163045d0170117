"""The outbox of messages to people: what is due to the same person by the same channel goes out as one.

A message is claimed under a lease, sent outside of any transaction, and settled. A process that dies in between leaves the
lease to run out, and the message is sent again, with the same id.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from inbox.notifications import preferences
from inbox.notifications.models import Message, MessageItem, Notification
from inbox.notifications.preferences import ASKING, EMAIL, Preferences, Route
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.sending.email import Outcome

CHAT = "chat"
LEASE_SECONDS = 60
PAUSE_SECONDS = 60
"""Between two messages to a person by one channel, unless something critical is told. What comes meanwhile is gathered."""
BACKOFF_SECONDS = (20, 120)
"""Before the second and the third try, which is the last."""
SHOWN = 20
"""Of more notifications than this, a message tells how many more there are."""
LONGEST_ANSWER = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reached:
    """A person, how they want to be told, and by which channels they can be."""

    preferences: Preferences
    zone: ZoneInfo
    available: frozenset[str]

    def route(self, *, kind: str, risk: str, now: datetime) -> Route | None:
        return preferences.route(self.preferences, kind=kind, risk=risk, now=now, zone=self.zone)


_PEOPLE = """
SELECT u.id, u.time_zone, s.chosen, ARRAY(SELECT a.id FROM inbox_chataddress a WHERE a.user_id = u.id)
FROM intents_user u LEFT JOIN inbox_notificationsettings s ON s.user_id = u.id WHERE u.id = ANY(%(users)s)
"""


def people(user_ids: Iterable[UUID]) -> dict[UUID, Reached]:
    mailed = [EMAIL] if settings.EMAIL_URL else []
    found = statements.rows(_PEOPLE, {"users": list(user_ids)})
    return {
        user_id: Reached(
            _chosen(user_id, chosen),
            clock.zone(time_zone),
            frozenset([*mailed, *map(str, addresses)]),
        )
        for user_id, time_zone, chosen, addresses in found
    }


def _chosen(user_id: UUID, text: str | None) -> Preferences:
    """Settings that cannot be read are as if nothing had been chosen: better told too much than nobody told at all."""
    try:
        return preferences.loads(text) if text is not None else Preferences()
    except ValueError:
        log.exception("settings cannot be read", extra={"action": "notify.settings", "user": str(user_id)})
        return Preferences()


class _Owed(NamedTuple):
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
FROM {statements.recordset("owed", "v", _COLUMNS)} ORDER BY {_KEY}
ON CONFLICT ({_KEY}) WHERE state = 'ready' AND attempt = 0 DO UPDATE SET due_at = least(m.due_at, excluded.due_at)
RETURNING m.id, {", ".join(f"m.{name}" for name in _KEY.split(", "))}
"""


def gather(told: Sequence[tuple[Notification, Route]], *, now: datetime, after: str | None = None) -> None:
    """Owe new notifications to their people by the first channel of their routes that there is; none means that they are
    told on the pages only. With `after`, by the first that comes after that channel."""
    known = people({one.user_id for one, _ in told})
    owed: dict[tuple[object, ...], _Owed] = {}
    items: list[tuple[Notification, tuple[object, ...]]] = []
    for one, route in told:
        by = _first(route, known[one.user_id], after=after)
        if by is None:
            continue
        channel, address_id = (EMAIL, None) if by == EMAIL else (CHAT, UUID(by))
        key = (one.user_id, one.workspace_id, channel, address_id, route.slot)
        urgent = preferences.weight(one.kind, one.risk) == "critical"
        before = owed.get(key)
        owed[key] = _Owed(
            before.id if before else new_id(),
            *(one.user_id, one.workspace_id, channel, address_id, route.slot),
            due_at=min(route.due_at, before.due_at) if before else route.due_at,
            urgent=urgent or (before is not None and before.urgent),
            created_at=now,
        )
        items.append((one, key))
    if not owed:
        return
    rows = statements.rows(_GATHER, {"owed": statements.records(owed.values(), _COLUMNS)})
    ids = {key: message_id for message_id, *key_ in rows for key in [tuple(key_)]}
    statements.insert([MessageItem(message_id=ids[key], notification_id=one.id) for one, key in items])


def _first(route: Route, person: Reached, *, after: str | None) -> str | None:
    """The channel to use first, or next after one that failed."""
    order = [choice.by for choice in person.preferences.channels]
    later = order[order.index(after) + 1 :] if after in order else [] if after else order
    return next((by for by in route.channels if by in later and by in person.available), None)


@dataclass(frozen=True, slots=True)
class Item:
    """One notification in a message. `headline` and `agent` are words of an agent, not to be trusted. `reason` is as whom
    the person is told: user, email, role, group; `group` its name."""

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


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed message, ready to be sent. Of `total` notifications it shows the first `items`. `sealed` is the encrypted
    URL of a chat."""

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


_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM inbox_message m
    WHERE channel = %(channel)s AND state IN ('ready', 'leased') AND due_at <= {clock.START}
      AND (address_id IS NULL OR NOT address_id = ANY(%(busy)s))
      AND (due_at < {clock.START} - make_interval(secs => {PAUSE_SECONDS}) OR NOT EXISTS (
          SELECT FROM inbox_messageitem i JOIN inbox_notification n ON n.id = i.notification_id
          JOIN inbox_task t ON t.id = n.task_id WHERE i.message_id = m.id AND t.state = 'held'
      ))
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE inbox_message m
SET state = 'leased', attempt = m.attempt + 1, due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE id = ANY(ARRAY(SELECT id FROM due))
RETURNING id
"""
# What waits for a decision to be taken back or not waits with the message: a minute at most.

_LEAVE_OUT = """
UPDATE inbox_messageitem i SET left_out = true
FROM inbox_notification n LEFT JOIN inbox_task t ON t.id = n.task_id
WHERE i.notification_id = n.id AND i.message_id = ANY(%(ids)s) AND NOT i.left_out AND (
    n.read_at IS NOT NULL OR (t.state NOT IN ('open', 'claimed') AND n.kind <> 'overridden')
    OR (t.claimed_by_id <> n.user_id AND n.kind = ANY(%(asking)s))
    OR n.kind = ANY(%(asking)s) AND EXISTS (
        SELECT FROM inbox_messageitem later JOIN inbox_notification o ON o.id = later.notification_id
        WHERE later.message_id = i.message_id AND o.task_id = n.task_id AND o.kind = ANY(%(asking)s) AND o.id > n.id
    )
)
"""
# Of several that ask for one decision, as a reminder after a level, the last is enough.

_PARCELS = """
SELECT m.id, m.attempt, m.channel, m.slot, u.email, u.name, w.name, m.address_id, c.sealed,
       (SELECT count(*) FROM inbox_messageitem i WHERE i.message_id = m.id AND NOT i.left_out), u.time_zone
FROM inbox_message m JOIN intents_user u ON u.id = m.user_id JOIN intents_workspace w ON w.id = m.workspace_id
LEFT JOIN inbox_chataddress c ON c.id = m.address_id
WHERE m.id = ANY(%(ids)s) ORDER BY m.created_at
"""

_ITEMS = f"""
SELECT m.id, n.id, n.kind, n.number, n.risk, n.task_id, coalesce(nullif(t.headline, ''), t.title, ''),
       coalesce(x.sender, ''), t.due_at, split_part(n.principal, ':', 1), g.name
FROM inbox_message m, LATERAL (
    SELECT n.* FROM inbox_messageitem i JOIN inbox_notification n ON n.id = i.notification_id
    LEFT JOIN inbox_task t ON t.id = n.task_id
    WHERE i.message_id = m.id AND NOT i.left_out
    ORDER BY t.risk_order, t.due_order, n.id LIMIT {SHOWN}
) n
LEFT JOIN inbox_task t ON t.id = n.task_id LEFT JOIN intents_intent x ON x.id = t.intent_id
LEFT JOIN intents_group g ON n.principal = 'group:' || g.id
WHERE m.id = ANY(%(ids)s) ORDER BY t.risk_order, t.due_order, n.id
"""


@unit
def claim(*, channel: str, limit: int, busy: Sequence[UUID] = ()) -> list[Parcel]:
    """Lease up to `limit` messages that are due by `channel`, but none to an address that is `busy`. What was decided or
    read meanwhile is left out, and what is asked again by a later one; a message with nothing left is skipped."""
    params = {"channel": channel, "limit": limit, "busy": list(busy), "now": clock.override()}
    ids = [row[0] for row in statements.rows(_CLAIM, params)]
    if not ids:
        return []
    statements.rows(_LEAVE_OUT, {"ids": ids, "asking": list(ASKING)})
    items: dict[UUID, list[Item]] = {one: [] for one in ids}
    for message_id, *told in statements.rows(_ITEMS, {"ids": ids}):
        items[message_id].append(Item(*told))
    found = []
    for *parts, zone in statements.rows(_PARCELS, {"ids": ids}):
        parts += [clock.zone(zone), tuple(items[parts[0]])]
        found.append(Parcel(*parts))
    empty = [one.id for one in found if not one.items]
    _end(empty, state="skipped", answer="decided or read before it was sent")
    return [one for one in found if one.items]


@unit
def settle(outcomes: Sequence[Outcome[Parcel]]) -> None:
    """Write down what became of claimed messages. One that failed is tried again, three times in all, and then goes to the
    next channel of its person."""
    now = clock.now()
    for one in outcomes:
        answer = one.answer.replace("\0", "")[:LONGEST_ANSWER]
        mine = Message.objects.filter(id=one.parcel.id, state="leased", attempt=one.parcel.attempt)
        last = one.lasting or one.parcel.slot == "test" or one.parcel.attempt > len(BACKOFF_SECONDS)
        if one.sent:
            mine.update(state="sent", answer=answer, ended_at=now)
        elif not last:
            later = now + timedelta(seconds=BACKOFF_SECONDS[one.parcel.attempt - 1])
            mine.update(state="ready", answer=answer, due_at=later)
        elif mine.update(state="failed", answer=answer, ended_at=now) and one.parcel.slot != "test":
            _fall(one.parcel, now=now)


@unit
def give_back(parcels: Sequence[Parcel]) -> None:
    """End the leases of messages that were not sent, or nobody knows whether they were: they are due again at once."""
    for one in parcels:
        mine = Message.objects.filter(id=one.id, state="leased", attempt=one.attempt)
        mine.update(state="ready", due_at=clock.now())


def _fall(parcel: Parcel, *, now: datetime) -> None:
    """Owe what a failed message told by the next channel."""
    left = list(Notification.objects.filter(items__message_id=parcel.id, items__left_out=False))
    known = people({one.user_id for one in left})
    routed = [(one, known[one.user_id].route(kind=one.kind, risk=one.risk, now=now)) for one in left]
    failed = EMAIL if parcel.channel == EMAIL else str(parcel.address_id)
    gather([(one, route) for one, route in routed if route is not None], now=now, after=failed)


def _end(ids: Sequence[UUID], *, state: str, answer: str) -> None:
    if ids:
        Message.objects.filter(id__in=ids).update(state=state, answer=answer, ended_at=clock.now())
