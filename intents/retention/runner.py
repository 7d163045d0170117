"""Erasing and removing what is past its time, in turns of workspaces. A pass begins an hour after the one before ended."""

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from intents.accounts import audit
from intents.engine import erasing
from intents.engine.selectors import lock_many
from intents.kernel import clock, failpoints, statements, turns
from intents.kernel.actors import System
from intents.kernel.turns import LostLease, Turns
from intents.kernel.unit_of_work import unit
from intents.retention import rules, selectors
from intents.retention.models import Retention
from intents.retention.rules import REMOVE, Step

WORKER = System(name="retention")
BATCH = 200
LEASE_SECONDS = 30
"""Longer than any batch."""
WORK_SECONDS = 5.0
PAUSE_SECONDS = 3600

_FRESH = "r.began_at IS NULL OR r.ended_at IS NOT NULL"
_TAKE = f"""
UPDATE intents_retention r
SET lease_token = %(token)s::uuid, due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS}),
    began_at = CASE WHEN {_FRESH} THEN {clock.NOW} ELSE r.began_at END, ended_at = NULL,
    place = CASE WHEN {_FRESH} THEN 0 ELSE r.place END,
    reached_at = CASE WHEN {_FRESH} THEN NULL ELSE r.reached_at END,
    reached_id = CASE WHEN {_FRESH} THEN NULL ELSE r.reached_id END,
    erased = CASE WHEN {_FRESH} THEN 0 ELSE r.erased END, removed = CASE WHEN {_FRESH} THEN 0 ELSE r.removed END,
    held = CASE WHEN {_FRESH} THEN 0 ELSE r.held END
WHERE r.workspace_id = (
    SELECT workspace_id FROM intents_retention
    WHERE CASE WHEN %(of)s::uuid IS NULL THEN due_at <= {clock.START}
        ELSE workspace_id = %(of)s::uuid AND due_at IS NOT NULL AND (lease_token IS NULL OR due_at <= {clock.START}) END
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {statements.columns(Retention, "r")}
"""


def take(workspace_id: UUID | None = None) -> Retention | None:
    """Lease the retention that is due for the longest time; or that of one workspace, due or not, unless a worker is at it.
    None when there is none."""
    params = {"token": uuid4(), "of": workspace_id, "now": clock.override()}
    found = statements.objects(Retention, _TAKE, params)
    return found[0] if found else None


def carry_on(row: Retention, *, until: float, batch: int = BATCH) -> bool:
    """Do batches of a leased pass until the time `until` of the monotonic clock, one at least. Whether the pass ended."""
    planned = rules.steps(rules.loads(row.rules))
    try:
        while row.place < len(planned):
            _batch(row, planned[row.place], batch)
            if time.monotonic() >= until:
                turns.release(row)
                return False
        _end(row)
    except LostLease:
        return False
    return True


_turns = Turns(take, carry_on)


def work(seconds: float = WORK_SECONDS) -> None:
    """Do what is due, for some time at most. Of a process one thread works."""
    _turns.work(seconds)


@unit
def _batch(row: Retention, step: Step, limit: int) -> None:
    """Do the next intents of a step, or go on to the next step. Raises LostLease."""
    after = (row.reached_at, row.reached_id) if row.reached_at and row.reached_id else None
    found = selectors.next_of(row.workspace_id, step, after=after, limit=limit)
    free = [one.intent_id for one in found if not one.held and not one.done]
    done = _do(step, free) if free else []
    failpoints.hit("mid_batch")
    # Fewer than were asked for: no more are past their time.
    ended = len(found) < limit
    held = sum(one.held and not one.done for one in found) + len(free) - len(done)
    _settle(row, step, len(done), held, reached=None if ended else (found[-1].ended_at, found[-1].intent_id))


def _do(step: Step, ids: Sequence[UUID]) -> list[UUID]:
    locked = lock_many(ids)
    return erasing.erase(
        intents=list(locked.intents.values()),
        by=WORKER.label,
        reason=erasing.RETENTION,
        now=locked.now,
        entirely=step.action == REMOVE,
    )


_SETTLE = f"""
UPDATE intents_retention
SET place = %(place)s, reached_at = %(at)s, reached_id = %(id)s, erased = %(erased)s, removed = %(removed)s, held = %(held)s,
    due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE workspace_id = %(of)s AND lease_token = %(token)s RETURNING workspace_id
"""


def _settle(row: Retention, step: Step, count: int, held: int, *, reached: tuple[datetime, UUID] | None) -> None:
    """Write down how far it is. Raises LostLease, so that nothing of the batch stays, when it is not ours any more."""
    at, last = reached or (None, None)
    place = row.place if reached else row.place + 1
    erased = row.erased + (0 if step.action == REMOVE else count)
    removed = row.removed + (count if step.action == REMOVE else 0)
    params = {"of": row.workspace_id, "token": row.lease_token, "place": place, "at": at, "id": last}
    params |= {"erased": erased, "removed": removed, "held": row.held + held, "now": clock.override()}
    if not statements.rows(_SETTLE, params):
        raise LostLease
    row.place, row.reached_at, row.reached_id = place, at, last
    row.erased, row.removed, row.held = erased, removed, row.held + held


_END = f"""
UPDATE intents_retention
SET ended_at = {clock.NOW}, lease_token = NULL, due_at = {clock.NOW} + make_interval(secs => {PAUSE_SECONDS})
WHERE workspace_id = %(of)s AND lease_token = %(token)s RETURNING ended_at
"""


@unit
def _end(row: Retention) -> None:
    """The pass is over; the audit log has it when it did something. Raises LostLease."""
    ended = statements.rows(_END, {"of": row.workspace_id, "token": row.lease_token, "now": clock.override()})
    if not ended:
        raise LostLease
    row.ended_at = ended[0][0]
    if row.erased or row.removed:
        told = {"erased": row.erased, "removed": row.removed, "held": row.held}
        audit.note(workspace_id=row.workspace_id, actor=WORKER, action="retention.pass", subject="intents", **told)
