"""Changes of tasks that clients want to be told of: rows on their way out."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from intents.a2a import selectors
from intents.a2a.models import PushConfig, TaskNotification
from intents.feed.sequencer import NewEvent
from intents.kernel import clock, statements
from intents.sending import sender

_COLUMNS: statements.Columns = (
    ("id", "uuid"),
    ("state", "text"),
    ("due_at", "timestamptz"),
    ("attempt", "int"),
    ("created_at", "timestamptz"),
    ("config_id", "uuid"),
    ("intent_id", "uuid"),
    ("seq", "int"),
    ("target_id", "uuid"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# Once for a change and a config, whoever makes it.
_ENQUEUE = f"""
INSERT INTO intents_tasknotification ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset("rows", "r", _COLUMNS)}
ON CONFLICT DO NOTHING RETURNING id
"""
_FORGET = """
WITH told AS (DELETE FROM intents_tasknotification WHERE config_id = ANY(%(ids)s::uuid[]) RETURNING id),
tries AS (DELETE FROM intents_attempt a USING told WHERE a.message_id = told.id RETURNING a.id)
DELETE FROM intents_pushconfig WHERE id = ANY(%(ids)s::uuid[]) RETURNING target_id
"""
# Of origins that nothing is on its way to. Whoever counts a try there has it locked, and forgets it later.
_FORGET_HEALTH = """
DELETE FROM intents_endpointhealth WHERE id IN (
    SELECT h.id FROM intents_endpointhealth h
    WHERE h.id = ANY(%(ids)s::uuid[]) AND NOT EXISTS (
        SELECT FROM intents_tasknotification n WHERE n.target_id = h.id AND n.state IN ('ready', 'leased')
    ) FOR UPDATE SKIP LOCKED
)
"""
_FORGET_UNTOLD = """
WITH untold AS (
    DELETE FROM intents_tasknotification
    WHERE config_id = %(id)s AND seq = %(seq)s AND (state IN ('failed', 'skipped') OR (state = 'sent' AND %(moved)s))
    RETURNING id
)
DELETE FROM intents_attempt a USING untold WHERE a.message_id = untold.id RETURNING a.id
"""


def placed(events: Sequence[NewEvent]) -> None:
    """Events got their places in the feed: clients that want to be told of their tasks are, of the newest of each."""
    newest: dict[UUID, int] = {}
    for one in events:
        if one.intent_id is not None:
            newest[one.intent_id] = max(one.seq, newest.get(one.intent_id, 0))
    rows = selectors.of_intents(list(newest)) if newest else []
    if changes := [(row, newest[row.intent_id]) for row in rows if newest[row.intent_id] > row.after_seq]:
        enqueue(changes)


def enqueue(changes: list[tuple[PushConfig, int]]) -> None:
    """Have clients told of changes of their tasks, each by its event's number, in the caller's transaction."""
    now = clock.now()
    made = [
        TaskNotification(
            config_id=row.id, intent_id=row.intent_id, seq=seq, target_id=row.target_id, due_at=now, created_at=now
        )
        for row, seq in changes
    ]
    statements.rows(_ENQUEUE, {"rows": statements.records(made, _COLUMNS)})
    transaction.on_commit(sender.nudge)


def forget(ids: list[UUID]) -> None:
    """Forget push configs, what was told by them, and how it went there. Checks no actor."""
    if targets := {row[0] for row in statements.rows(_FORGET, {"ids": ids})}:
        forget_health(targets)


def forget_health(target_ids: Collection[UUID]) -> None:
    """Forget how it went at origins, of those that nothing is on its way to. Checks no actor."""
    statements.rows(_FORGET_HEALTH, {"ids": list(target_ids)})


def forget_untold(row: PushConfig, seq: int, *, moved: bool) -> None:
    """Forget that a change was to be told and was not, or told where the config was before it `moved`."""
    statements.rows(_FORGET_UNTOLD, {"id": row.id, "seq": seq, "moved": moved})
