"""Timers: arm, disarm, take what is due. A row is the timer; Celery only looks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from intents.engine.models import Timer
from intents.kernel import clock, live, statements
from intents.kernel.models import new_id

TAKEN_SECONDS = 30
"""How long a sweeper may take before another sweeps after it."""

DEADLINE = "deadline"
WAIT = "wait"
TAKE_EFFECT = "release"
"""A held decision takes effect; the subject is its task."""
REMIND = "remind"
ESCALATE = "escalate"
"""What is next in the plan of a task that nobody has decided; the subject is the task."""
RETURN = "return"
"""A task is back in the lists that it left for a time; the subject is the task. An intent may have several."""
STANDING_GRANT = "standing_grant"
"""What somebody decided in advance is decided; the subject is the task."""
QUESTION = "question"
"""An agent inside the server answers what people asked it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A timer taken due."""

    id: UUID
    workspace_id: UUID
    intent_id: UUID
    kind: str
    subject_id: UUID | None
    due_at: datetime


def new(*, workspace_id: UUID, intent_id: UUID, kind: str, due_at: datetime, subject_id: UUID | None = None) -> Timer:
    """A timer to be stored in this transaction; an intent has at most one of a kind, but of RETURN."""
    if is_soon(due_at):
        live.wake_up(workers=True)
    return statements.new(
        Timer,
        workspace_id=workspace_id,
        intent_id=intent_id,
        kind=kind,
        subject_id=subject_id,
        due_at=due_at,
        next_at=due_at,
    )


def arm(*, workspace_id: UUID, intent_id: UUID, kind: str, due_at: datetime, subject_id: UUID | None = None) -> None:
    """Let `kind`'s handler be called at `due_at` or soon after, if this transaction commits."""
    timer = new(workspace_id=workspace_id, intent_id=intent_id, kind=kind, due_at=due_at, subject_id=subject_id)
    statements.insert([timer])


def is_soon(due_at: datetime | None) -> bool:
    """Whether who sweeps may look by themselves only after that, and is to be told of a timer that is armed for it."""
    # By this process's clock, which need not be right for that.
    return due_at is not None and due_at.timestamp() - time.time() < settings.SWEEP_SECONDS


def disarm(*intent_ids: UUID, kinds: Sequence[str]) -> None:
    """Take away the timers of these kinds of intents that the caller holds locked."""
    query = "DELETE FROM intents_timer WHERE intent_id = ANY(%s) AND kind = ANY(%s)"
    statements.rows(query, [list(intent_ids), list(kinds)])


DISARM = f"""
DELETE FROM intents_timer
WHERE intent_id = ANY(%(waited)s::uuid[] || %(over)s::uuid[])
  AND (kind = '{WAIT}' OR intent_id = ANY(%(over)s::uuid[]))
"""
"""Takes away the timers of the waits of the locked intents `waited`, and all those of `over`."""


_TAKE_DUE = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM intents_timer
    WHERE next_at <= {clock.START}
    ORDER BY next_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE intents_timer timer
SET claim = %(claim)s, next_at = {clock.NOW} + make_interval(secs => {TAKEN_SECONDS})
WHERE timer.id = ANY (ARRAY(SELECT id FROM due))
RETURNING timer.id, timer.workspace_id, timer.intent_id, timer.kind, timer.subject_id, timer.due_at
"""


def take_due(*, limit: int) -> tuple[UUID, list[Due]]:
    """Take up to `limit` due timers, oldest first, for one sweep: (sweep id, timers).

    Committed before any intent is locked, so that sweepers and requests never wait for each other crosswise. Timers that
    do not fire within TAKEN_SECONDS are due again.
    """
    sweep_id = new_id()
    rows = statements.rows(_TAKE_DUE, {"limit": limit, "claim": sweep_id, "now": clock.override()})
    return sweep_id, sorted((Due(*row) for row in rows), key=lambda due: due.due_at)


def take(sweep_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Delete the timers that a sweep took and that are still armed, and say which: those are to be fired in this
    transaction."""
    taken = statements.rows(
        "DELETE FROM intents_timer WHERE id = ANY(%s) AND claim = %s RETURNING id", [list(ids), sweep_id]
    )
    return {row[0] for row in taken}
