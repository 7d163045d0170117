"""What ended since the last traces were sent, read from the history."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, EventType, Status, WaitReason
from intents.kernel import statements
from intents.telemetry.spans import Traced, TracedEvent

WINDOW = 5000
"""So many leaves of the tree are looked at in one step,"""
BATCH = 50
"""for so many intents at most,"""
STEPS = 500
"""and so many events of each, and the one that ended it."""
DEPTH = 100
NOISE = sorted({EventType.CHECKPOINT, EventType.IN_PROGRESS, EventType.COMMENT, EventType.POLICY_UPDATED})
"""Left out where the status stays as it was: an agent may tell of its progress thousands of times."""


class TraceBatch(NamedTuple):
    """Intents that ended, and the first leaf after what was looked at for them."""

    traced: Sequence[Traced]
    next_leaf: int


def next_leaf() -> tuple[int, int]:
    """Where to go on, and how large the tree is. A tree that is smaller, of a backup, is followed from its end."""
    rows = statements.rows("SELECT next_leaf FROM intents_tracecursor WHERE id = 1", ())
    size = statements.rows("SELECT size FROM intents_audittree WHERE id = 1", ())
    whole = size[0][0] if size else 0
    return min(rows[0][0], whole) if rows else whole, whole


# Nothing follows the event that ends an intent.
_ENDED = f"""
SELECT l.index, e.intent_id, e.at FROM intents_auditleaf l
JOIN intents_intentevent e ON e.id = l.event_id AND e.status = ANY(%(over)s)
WHERE l.index >= %(first)s AND l.index < %(last)s ORDER BY l.index LIMIT {BATCH}
"""
# Up to the first whose submitter named a span of its own.
_TRACED = f"""
WITH RECURSIVE up AS (
    SELECT i.id, i.id AS origin, i.parent_id, f.trace_id, f.parent_span, 0 AS depth
    FROM intents_intent i JOIN intents_intentevent f ON f.intent_id = i.id AND f.seq = 1
    WHERE i.id = ANY(%(ids)s::uuid[])
    UNION ALL
    SELECT up.id, p.id, p.parent_id, f.trace_id, f.parent_span, up.depth + 1
    FROM up JOIN intents_intent p ON p.id = up.parent_id AND up.parent_span IS NULL AND up.depth < {DEPTH}
    JOIN intents_intentevent f ON f.intent_id = p.id AND f.seq = 1
), first AS (SELECT DISTINCT ON (id) * FROM up ORDER BY id, depth DESC)
SELECT i.id, i.workspace_id, i.intent_type, i.from_agent, i.to_agent, i.parent_id, own.parent_span, (
    SELECT max(w.seq) FROM intents_intentevent w
    JOIN intents_intentevent b ON b.intent_id = w.intent_id AND b.seq = w.seq - 1 AND b.status <> '{Status.WAITING}'
    WHERE w.intent_id = i.parent_id AND w.waiting_reason = '{WaitReason.AGENT}' AND w.at <= ended.at
), first.origin, first.trace_id
FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) AS ended(id, at)
JOIN intents_intent i ON i.id = ended.id JOIN up own ON own.id = i.id AND own.depth = 0 JOIN first ON first.id = i.id
"""


def ended(first: int, size: int) -> TraceBatch:
    """The next intents that ended, from the leaf `first` on."""
    last = min(first + WINDOW, size)
    params = {"over": sorted(TERMINAL), "first": first, "last": last}
    rows = statements.rows(_ENDED, params)
    if not rows:
        return TraceBatch([], last)
    told = statements.rows(_TRACED, {"ids": [one[1] for one in rows], "ats": [one[2] for one in rows]})
    return TraceBatch([Traced(*one) for one in told], rows[-1][0] + 1 if len(rows) == BATCH else last)


_STEPS = f"""
SELECT intent_id, seq, event_type, status, waiting_reason, actor, at FROM (
    SELECT told.*, row_number() OVER (PARTITION BY intent_id ORDER BY seq) AS place FROM (
        SELECT e.*, lag(e.status) OVER (PARTITION BY intent_id ORDER BY seq) AS before
        FROM intents_intentevent e WHERE e.intent_id = ANY(%(ids)s::uuid[])
    ) told WHERE status IS DISTINCT FROM before OR event_type <> ALL(%(noise)s)
) counted WHERE place <= {STEPS} OR status = ANY(%(over)s) ORDER BY intent_id, seq
"""


def steps(ids: Sequence[UUID]) -> dict[UUID, list[TracedEvent]]:
    """The histories of intents, in order."""
    rows = statements.rows(_STEPS, {"ids": list(ids), "noise": NOISE, "over": sorted(TERMINAL)})
    return {intent_id: [TracedEvent(*one[1:]) for one in told] for intent_id, told in groupby(rows, key=lambda row: row[0])}
