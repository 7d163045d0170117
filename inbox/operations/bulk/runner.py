"""Carrying bulks out, in turns.

What a batch does to intents, the results of its items and the counts are one transaction, which the lease fences; an abort
takes the lease away, and so stops whatever has not committed.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, transaction

from inbox.operations.bulk import selectors
from inbox.operations.bulk.actions import ACTIONS
from inbox.operations.bulk.actions.action import DENIED, NOT_FOUND, BulkAction, Order
from inbox.operations.models import Bulk, ItemResult
from inbox.operations.permissions import may_repair
from intents import seats
from intents.accounts import audit, stops
from intents.kernel import canonical, clock, failpoints, statements, turns
from intents.kernel.actors import Person, System
from intents.kernel.errors import DomainError, InvalidField, Unavailable
from intents.kernel.turns import LostLease, Turns
from intents.kernel.unit_of_work import unit

WORKER = System(name="bulk")
BATCH = 500
LEASE_SECONDS = 15
"""Longer than any batch: no statement takes longer than 10 s."""
TURN_SECONDS = 2.0
"""How long one bulk is worked on before others have their turn."""
WORK_SECONDS = 4.0
KEPT_DAYS = 90
LONGEST_ERROR = 500
BUSY = "it is busy; try again in a moment"
INTERNAL = "something went wrong on our side"

log = logging.getLogger(__name__)


class Result(NamedTuple):
    """What became of an item."""

    intent_id: UUID
    result: ItemResult
    reason: str | None = None


_TAKE = f"""
UPDATE inbox_bulk b
SET state = 'running', started_at = coalesce(b.started_at, {clock.NOW}), lease_token = %(token)s::uuid,
    due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE b.id = (
    SELECT id FROM inbox_bulk WHERE state IN ('queued', 'running') AND due_at <= {clock.START}
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {statements.columns(Bulk, "b")}
"""


def take() -> Bulk | None:
    """Lease the bulk that waits for the longest time, None when none waits."""
    found = statements.objects(Bulk, _TAKE, {"token": uuid4(), "now": clock.override()})
    return found[0] if found else None


def carry_out(bulk: Bulk, *, until: float, batch: int = BATCH) -> None:
    """Do batches of a leased bulk until the time `until` of the monotonic clock, one at least, or until nothing is left."""
    single = 0
    try:
        while True:
            try:
                done = _batch(bulk, 1 if single else batch)
                single = max(0, single - 1)
            except stops.WorkspaceMoving:
                return  # under its lease until then: it goes on in the other cell
            except Unavailable:
                if not single:
                    single = batch  # something is in the way of one of these
                    continue
                done = _give_up_one(bulk)
                single -= 1
            bulk.reached = done.reached
            # One by one they go on for longer: the next turn would begin with all of them again.
            if not done.more or time.monotonic() >= until + (LEASE_SECONDS if single else 0):
                break
    except LostLease:
        return
    if done.more:
        turns.release(bulk)


_turns = Turns(take, carry_out, turn_seconds=TURN_SECONDS)


def work(seconds: float = WORK_SECONDS) -> None:
    """Carry out what was ordered, for some time at most. Of a process one thread works."""
    _turns.work(seconds)


class Progress(NamedTuple):
    """Where a batch ended, and whether there may be more."""

    reached: UUID | None
    more: bool


@unit
def _batch(bulk: Bulk, limit: int) -> Progress:
    """Do the next items. Raises LostLease, Unavailable, WorkspaceMoving."""
    ids = _next(bulk, limit)
    results = _results(bulk, ids) if ids else []
    failpoints.hit("mid_batch")
    return _settle(bulk, results, more=len(ids) == limit)


@unit
def _give_up_one(bulk: Bulk) -> Progress:
    """Let the next item fail, which cannot be had alone either."""
    results = [Result(one, ItemResult.FAILED, BUSY) for one in _next(bulk, 1)]
    return _settle(bulk, results, more=bool(results))


_NEXT = """
SELECT intent_id FROM inbox_bulkitem
WHERE bulk_id = %(bulk)s AND (%(reached)s::uuid IS NULL OR intent_id > %(reached)s::uuid)
ORDER BY intent_id LIMIT %(limit)s
"""


def _next(bulk: Bulk, limit: int) -> list[UUID]:
    params = {"bulk": bulk.id, "reached": bulk.reached, "limit": limit}
    return [row[0] for row in statements.rows(_NEXT, params)]


def _results(bulk: Bulk, ids: Sequence[UUID]) -> list[Result]:
    """Do these items in the running transaction: all at once, or when that fails one by one, so that one that cannot be done
    costs itself alone."""
    actor = _acting(bulk)
    if actor is None:
        return [Result(one, ItemResult.SKIPPED, DENIED) for one in ids]
    order = Order(bulk_id=bulk.id, reason=bulk.reason, actor=actor, arguments=canonical.loads(bulk.arguments))
    action = ACTIONS[bulk.action]
    try:
        with transaction.atomic():
            return _do(action, order, ids)
    except (OperationalError, InterfaceError, stops.WorkspaceMoving):
        raise
    except Exception as error:
        if not isinstance(error, DomainError):
            log.exception("a batch failed; doing it one by one", extra={"action": "bulk.batch", "bulk": str(bulk.id)})
    return [_one(action, order, one) for one in ids]


def _acting(bulk: Bulk) -> Person | None:
    """Who ordered it, with the role that they have now; None when they may not any more."""
    theirs = seats.of(user_id=bulk.user_id, session_id=bulk.credential_id)
    found = next((seat.person for seat in theirs if seat.person.workspace_id == bulk.workspace_id), None)
    return found if found is not None and may_repair(found) else None


def _one(action: BulkAction, order: Order, intent_id: UUID) -> Result:
    try:
        with transaction.atomic():
            return _do(action, order, [intent_id])[0]
    except (OperationalError, InterfaceError, stops.WorkspaceMoving):
        raise
    except DomainError as refusal:
        said = refusal.reason if isinstance(refusal, InvalidField) else refusal.message
        return Result(intent_id, ItemResult.FAILED, said[:LONGEST_ERROR])
    except Exception as error:
        log.exception("an item failed", extra={"action": "bulk.item", "intent": str(intent_id)})
        return Result(intent_id, ItemResult.FAILED, f"{INTERNAL} ({type(error).__name__})")


def _do(action: BulkAction, order: Order, ids: Sequence[UUID]) -> list[Result]:
    """Lock the items, do it to those that it can be done to and that the actor may do it to, and tell of each."""
    workspace_id = order.actor.workspace_id
    stops.ensure_workspace_open(workspace_id)
    locked = action.about.lock(ids)
    found = selectors.verdicts(action=action, arguments=order.arguments, workspace_id=workspace_id, ids=ids)
    skipped = dict.fromkeys(ids, NOT_FOUND) | {item_id: why for item_id, _, why in found}
    for item_id, _, why in found:
        if why is None and not action.may(order.actor, locked.rows[item_id]):
            skipped[item_id] = DENIED
    action.act([locked.rows[one] for one in ids if skipped[one] is None], order, locked.now)
    return [Result(one, ItemResult.SKIPPED if why else ItemResult.SUCCEEDED, why) for one, why in skipped.items()]


_SETTLE = f"""
WITH done AS (
    UPDATE inbox_bulkitem t SET result = v.result, reason = v.reason
    FROM unnest(%(intents)s::uuid[], %(results)s::text[], %(reasons)s::text[]) v(intent_id, result, reason)
    WHERE t.bulk_id = %(id)s AND t.intent_id = v.intent_id
)
UPDATE inbox_bulk
SET succeeded = succeeded + %(succeeded)s, skipped = skipped + %(skipped)s, failed = failed + %(failed)s,
    reached = coalesce(%(to)s::uuid, reached),
    state = CASE WHEN %(more)s THEN state ELSE 'done' END,
    lease_token = CASE WHEN %(more)s THEN lease_token END,
    due_at = CASE WHEN %(more)s THEN {clock.NOW} + make_interval(secs => {LEASE_SECONDS}) END,
    ended_at = CASE WHEN NOT %(more)s THEN {clock.NOW} END
WHERE id = %(id)s AND lease_token = %(token)s AND state = 'running' AND reached IS NOT DISTINCT FROM %(reached)s::uuid
RETURNING succeeded, skipped, failed
"""


def _settle(bulk: Bulk, results: Sequence[Result], *, more: bool) -> Progress:
    """Write down what became of items. Raises LostLease, so that nothing of it stays, when the bulk is not ours any more."""
    counts = Counter(str(one.result) for one in results)
    reached = max((one.intent_id for one in results), default=bulk.reached)
    params = {
        "id": bulk.id,
        "token": bulk.lease_token,
        "reached": bulk.reached,
        "to": reached,
        "more": more,
        "intents": [one.intent_id for one in results],
        "results": [str(one.result) for one in results],
        "reasons": [one.reason for one in results],
        "now": clock.override(),
    }
    written = statements.rows(_SETTLE, params | {str(kind): counts[kind] for kind in ItemResult})
    if not written:
        raise LostLease
    if not more:
        succeeded, skipped, failed = written[0]
        told = {"succeeded": succeeded, "skipped": skipped, "failed": failed, "by": bulk.by}
        audit.note(workspace_id=bulk.workspace_id, actor=WORKER, action="bulk.end", subject=str(bulk.id), **told)
    return Progress(reached, more)


_PRUNE = f"""
DELETE FROM inbox_bulk WHERE ended_at < {clock.START} - make_interval(days => {KEPT_DAYS}) RETURNING id
"""
_PRUNE_ITEMS = f"""
DELETE FROM inbox_bulkitem WHERE id IN (
    SELECT t.id FROM inbox_bulk b JOIN inbox_bulkitem t ON t.bulk_id = b.id
    WHERE b.ended_at < {clock.START} - make_interval(days => {KEPT_DAYS}) LIMIT %(limit)s
) RETURNING id
"""


def prune(*, limit: int = 20_000) -> int:
    """Forget bulks that are long over, their items first. Returns how many items; as many as `limit` may not be all."""
    gone = len(statements.rows(_PRUNE_ITEMS, {"now": clock.override(), "limit": limit}))
    if gone < limit:
        statements.rows(_PRUNE, {"now": clock.override()})
    return gone
