"""Parents that wait for children: what the children's ends do to them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from intents.engine import outbox, selectors
from intents.engine.continuations import Satisfied
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Delivery, Wait, WaitState
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
    taken = outbox.mark_done(pending, now=locked.now)
    failpoints.hit("mid_batch")
    signaled = {UUID(delivery.target) for delivery in pending if delivery.id in taken}
    waiting = [
        locked.intents[parent_id]
        for parent_id in sorted(signaled & locked.intents.keys())
        if locked.intents[parent_id].waiting_reason == WaitReason.AGENT
    ]
    opened = Wait.objects.filter(intent_id__in=[parent.id for parent in waiting], state=WaitState.OPEN)
    specs = {wait.intent_id: canonical.loads(wait.spec) for wait in opened}
    ended = _enough_endings({parent_id: _awaited(spec) for parent_id, spec in specs.items()})
    satisfied = [
        Satisfied(parent, {"until": specs[parent.id]["until"], "results": results}, {})
        for parent in waiting
        if (results := ended.get(parent.id))
    ]
    satisfy_many(satisfied=satisfied, actor=RELAY, now=locked.now)
    return len(taken)


_batches = Batches("children.relay", _signal, lambda delivery: delivery.id)


def _awaited(spec: dict[str, Any]) -> tuple[list[UUID], int]:
    """The children that a wait is for, and how many of them end it."""
    ids = [UUID(child) for child in spec["child_intent_ids"]]
    return ids, 1 if spec["until"] == "any" else len(ids)


_ENOUGH_ENDINGS = f"""
WITH ended AS MATERIALIZED (
    SELECT c.parent_id, c.enough, i.id, i.status, i.seq, count(*) OVER (PARTITION BY c.parent_id) AS count
    FROM unnest(
        {statements.array("parents", "uuid")}, {statements.array("ids", "uuid")}, {statements.array("enough", "int")}
    ) AS c(parent_id, id, enough)
    JOIN intents_intent i ON i.id = c.id
    WHERE i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT')
)
SELECT ended.parent_id, ended.id, ended.status, e.details
FROM ended JOIN intents_intentevent e ON e.intent_id = ended.id AND e.seq = ended.seq
WHERE ended.count >= ended.enough ORDER BY ended.id
"""


def _enough_endings(awaited: Mapping[UUID, tuple[Sequence[UUID], int]]) -> dict[UUID, dict[str, Any]]:
    """What the children that parents await came to, by parent and child, of the parents of whose children enough are over.
    What others' children came to is not read: of many parents with many children it is more than fits."""
    pairs = [(parent, child, enough) for parent, (ids, enough) in awaited.items() for child in ids]
    if not pairs:
        return {}
    parents, ids, enough = map(list, zip(*pairs, strict=True))
    params = {"parents": parents, "ids": ids, "enough": enough}
    found: dict[UUID, dict[str, Any]] = {}
    for parent, child, status, details in statements.rows(_ENOUGH_ENDINGS, params):
        result = {"status": status} | (canonical.loads(details) if details else {})
        found.setdefault(parent, {})[str(child)] = result
    return found
