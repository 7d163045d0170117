"""Clients are told what becomes of their tasks, at the URLs of their push configs.

Each change makes a row in the transaction that gives its event a place in the feed. What is posted is how it stands with the
task by then: so nothing that is late says what was true before, and what is overtaken while it waits is not posted at all.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from intents import auth
from intents.a2a import configs, news, selectors, tasks
from intents.a2a.dialects import BY_VERSION
from intents.a2a.models import PushConfig, TaskNotification
from intents.accounts import stops
from intents.engine.lifecycle import TERMINAL
from intents.kernel import clock, statements
from intents.kernel.actors import Machine
from intents.kernel.errors import DomainError
from intents.kernel.unit_of_work import unit
from intents.sending import breaker, health, posting, signing
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.health import Tried, Turn
from intents.sending.outbox import SendResult, Settled
from intents.sending.posting import PostOutbox

SLOTS = 16
AT_ONCE = 8
"""To so many origins of a workspace is posted at a time: whoever names many that hang takes no place from others."""
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class OutgoingNotification:
    """A change of a task to be posted to `url` with `headers`; to the origin `target_id`, for one of the workspace."""

    id: UUID
    attempt: int
    url: str
    headers: dict[str, str] | None
    body: str
    at: datetime
    target_id: UUID
    workspace_id: UUID
    address_id: None = None
    """None is ever busy: the lease itself counts what is in flight to a target."""


class NotificationOutbox(PostOutbox[OutgoingNotification]):
    """What a newer one tells as well is skipped, and what is for a key that is not in force; what is for an agent that may
    do nothing waits until it may again. Of a config one is under way at a time: no older news come after newer ones."""

    model = TaskNotification
    skipped_as = "a newer one tells it as well, or nobody may be told any more"
    columns = (
        "m.config_id",
        "(SELECT max(n.seq) FROM intents_tasknotification n WHERE n.config_id = m.config_id) > m.seq",
        clock.NOW,
    )
    target = "target_id"
    sendable = f"""NOT EXISTS (
        SELECT FROM intents_tasknotification n
        WHERE n.config_id = m.config_id AND n.id <> m.id AND n.state = 'leased' AND n.due_at > {clock.START}
    ) AND NOT EXISTS (
        SELECT FROM intents_pushconfig c JOIN intents_agent a ON a.id = c.agent_id
        WHERE c.id = m.config_id AND (a.status = 'suspended' OR {stops.does_nothing("a", "name")})
    )"""

    # Each of a workspace in its turn: those under way, then those that wait longest. One whose circuit is broken has none
    # before it is time to try.
    targets = f"""
        SELECT id FROM (
            SELECT p.id, row_number() OVER (
                PARTITION BY own.workspace_id ORDER BY begun.yet DESC, next.due_at, p.id
            ) AS place
            FROM pending p
            LEFT JOIN intents_endpointhealth h ON h.id = p.id
            CROSS JOIN LATERAL (
                SELECT c.workspace_id FROM intents_tasknotification n JOIN intents_pushconfig c ON c.id = n.config_id
                WHERE n.target_id = p.id AND n.state IN ('ready', 'leased') LIMIT 1
            ) own
            CROSS JOIN LATERAL (SELECT EXISTS (
                SELECT FROM intents_tasknotification n
                WHERE n.target_id = p.id AND n.state = 'leased' AND n.due_at > {clock.START}
                  AND NOT n.id = ANY({statements.array("taken", "uuid")})
            ) AS yet) begun
            LEFT JOIN LATERAL (
                SELECT m.due_at FROM intents_tasknotification m
                WHERE m.target_id = p.id AND m.state IN ('ready', 'leased') AND m.due_at <= {clock.START} AND {sendable}
                ORDER BY m.due_at LIMIT 1
            ) next ON true
            WHERE begun.yet OR (next.due_at IS NOT NULL AND {breaker.allowed("1", "0")} > 0)
        ) turn WHERE place <= {AT_ONCE}
    """

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingNotification]:
        newest = {row[2]: row for row in rows if not row[3]}
        found = selectors.with_ids(newest)
        valid = auth.still_valid({row.credential_id for row in found.values()})
        speakers = selectors.speakers([row for row in found.values() if row.credential_id in valid])
        for config_id, actor in speakers.items():
            id_, attempt, _, _, at = newest[config_id]
            row = found[config_id]
            if (body := _body(actor, row)) is not None:
                to = (row.target_id, row.workspace_id)
                yield OutgoingNotification(id_, attempt, row.url, _headers(row), body, at, *to)

    @unit
    def settle(self, results: Sequence[SendResult[OutgoingNotification]]) -> None:
        now = clock.now()
        tries = self.written(results, now=now)
        statements.insert([posting.attempt(one, now=now) for one in tries])
        notices = health.settle([one for each in tries if (one := _tried(each))], now=now)
        # Whoever sets configs would have nothing to switch on again: what never answers is tried now and then.
        health.forget(notice.endpoint_id for notice in notices if notice.turn is Turn.DISABLED)


def _tried(one: Settled[OutgoingNotification]) -> Tried | None:
    """What it says of the origin: that a URL of it is gone says nothing of the others."""
    message = one.result.message
    found = posting.tried(one, endpoint_id=message.target_id, workspace_id=message.workspace_id)
    return found and replace(found, gone=False)


def _body(actor: Machine, row: PushConfig) -> str | None:
    """How it stands with the task, to who set the config; None where they may not see it."""
    dialect = BY_VERSION[row.dialect]
    try:
        snapshot = tasks.look(actor, str(row.intent_id))
    except DomainError:
        return None
    return json.dumps(dialect.sent(tasks.task(snapshot, dialect)), ensure_ascii=False, separators=(",", ":"))


def _headers(row: PushConfig) -> dict[str, str] | None:
    try:
        return configs.headers(row)
    except ValueError:
        return None


def send(message: OutgoingNotification) -> Sent:
    """Post a notification. Raises NotSent for what is no 2xx."""
    if message.headers is None:
        raise NotSent("its token cannot be read any more", permanent=True)
    # The client has no secret of ours: it knows us by its own token. The id tells it what comes twice.
    known = signing.headers(message_id=f"msg_{message.id.hex}", body=message.body, secrets=(), at=message.at)
    return posting.deliver(message.url, headers=known | message.headers, body=message.body)


CHANNEL = Channel(
    "task notification",
    NotificationOutbox(),
    send,
    slots=SLOTS,
    waiting=posting.WAITING,
    seconds=posting.SECONDS,
    overdue=posting.OVERDUE,
)

_SET = "SELECT id FROM intents_pushconfig WHERE intent_id = ANY(%s::uuid[])"


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: nothing more is told of what is erased."""
    if found := [row[0] for row in statements.rows(_SET, [list(ids)])]:
        news.forget(found)


# By their ids, which are as old as they are: nothing younger is read.
_OVER = """
SELECT c.id FROM intents_pushconfig c JOIN intents_intent i ON i.id = c.intent_id
WHERE c.id < %(id)s AND i.status = ANY(%(over)s) AND greatest(i.updated_at, c.created_at) < %(before)s
"""
_TOLD = """
WITH told AS (
    DELETE FROM intents_tasknotification WHERE id < %(id)s AND ended_at < %(before)s RETURNING id
)
DELETE FROM intents_attempt a USING told WHERE a.message_id = told.id RETURNING a.id
"""


@unit
def prune() -> None:
    """Forget push configs of tasks that are long over, what was told long ago, and the tries of it."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    old = {"before": before, "id": clock.first_id(before)}
    if found := [row[0] for row in statements.rows(_OVER, old | {"over": sorted(TERMINAL)})]:
        news.forget(found)
    statements.rows(_TOLD, old)
