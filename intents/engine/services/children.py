"""Parents that wait for children: what the children's ends do to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from intents.engine import outbox, selectors
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Delivery, Intent, Wait, WaitState
from intents.engine.services.parking import Satisfied, satisfy_many
from intents.kernel import canonical, failpoints
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
    satisfied = [(parent, resume) for parent in waiting if (resume := _met(parent, specs.get(parent.id)))]
    satisfy_many(satisfied=[Satisfied(parent, resume, {}) for parent, resume in satisfied], actor=RELAY, now=locked.now)
    return len(taken)


_batches = Batches("children.relay", _signal, lambda delivery: delivery.id)


def _met(parent: Intent, spec: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the parent is told when its wait for children is over, None while it is not."""
    if spec is None:
        return None
    ids = [UUID(child) for child in spec["child_intent_ids"]]
    ended = selectors.endings(ids)
    if len(ended) < (1 if spec["until"] == "any" else len(ids)):
        return None
    results = {str(child): {"status": status} | details for child, (status, details) in ended.items()}
    return {"until": spec["until"], "results": results}
