"""Parents that wait for children: what the children's ends do to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.engine import outbox, selectors
from intents.engine.continuations import Satisfied
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Delivery
from intents.engine.services.parking import satisfy_many
from intents.kernel import canonical, failpoints, statements
from intents.kernel.actors import System
from intents.kernel.batches import Batches
from intents.kernel.unit_of_work import unit

RELAY = System(name="children")


def relay(*, limit: int = 500) -> int:
    """Signal to waiting parents which children have ended. Returns how many signals were delivered."""
    return _batches.run(outbox.pending_parent_signals(limit=limit, aside=_batches.aside()))


@unit
def _signal(pending: Sequence[Delivery]) -> int:
    locked = selectors.lock_many(sorted({UUID(delivery.target) for delivery in pending}))
    taken, untils, ended = _enough_endings([delivery.id for delivery in pending], now=locked.now)
    failpoints.hit("mid_batch")
    satisfied = [
        Satisfied(locked.intents[parent_id], {"until": untils[parent_id], "results": ended[parent_id]}, {})
        for parent_id in sorted(ended)
    ]
    satisfy_many(satisfied=satisfied, actor=RELAY, now=locked.now)
    return taken


_batches = Batches("children.relay", _signal, lambda delivery: delivery.id)


# Of the parents of whose children enough are over: what others' children came to is not read, which of many parents with
# many children is more than fits.
_ENOUGH_ENDINGS = f"""
WITH taken AS ({outbox.MARK_DONE}), awaited AS MATERIALIZED (
    SELECT w.intent_id AS parent_id, w.spec::json ->> 'until' AS until, child::uuid AS id,
           CASE w.spec::json ->> 'until' WHEN 'any' THEN 1 ELSE count(*) OVER (PARTITION BY w.id) END AS enough
    FROM intents_wait w CROSS JOIN LATERAL json_array_elements_text(w.spec::json -> 'child_intent_ids') child
    WHERE w.intent_id = ANY(ARRAY(SELECT target::uuid FROM taken)) AND w.state = 'open' AND w.reason = '{WaitReason.AGENT}'
), ended AS MATERIALIZED (
    SELECT a.parent_id, a.until, a.enough, i.id, i.status, i.seq, count(*) OVER (PARTITION BY a.parent_id) AS count
    FROM awaited a JOIN intents_intent i ON i.id = a.id
    WHERE i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT')
)
SELECT (SELECT count(*) FROM taken), e.parent_id, e.until, e.id, e.status, e.details
FROM (SELECT) always LEFT JOIN (
    SELECT ended.parent_id, ended.until, ended.id, ended.status, event.details
    FROM ended JOIN intents_intentevent event ON event.intent_id = ended.id AND event.seq = ended.seq
    WHERE ended.count >= ended.enough
) e ON true ORDER BY e.id
"""


def _enough_endings(
    signals: Sequence[UUID], *, now: datetime
) -> tuple[int, dict[UUID, str], dict[UUID, dict[str, dict[str, Any]]]]:
    """Settle signals, whose parents are locked: how many nobody else has settled. Of their parents that wait for children of
    whom enough are over: until how many are, and what they came to, by parent and child."""
    rows = statements.rows(_ENOUGH_ENDINGS, {"ids": list(signals), "now": now})
    untils: dict[UUID, str] = {}
    found: dict[UUID, dict[str, dict[str, Any]]] = {}
    for _, parent, until, child, status, details in rows:
        if parent is not None:
            untils[parent] = until
            result = {"status": status} | (canonical.loads(details) if details else {})
            found.setdefault(parent, {})[str(child)] = result
    return rows[0][0], untils, found
