"""Reads of many intents at once, of whatever workspaces, for requests that share a transaction."""

from collections.abc import Sequence
from uuid import UUID

from intents.engine.models import Delivery, Intent, StoredStep
from intents.kernel import statements

_THESE = f"""
SELECT {statements.columns(Intent, "i")} FROM intents_intent i WHERE i.id = ANY({statements.array("ids", "uuid")})
"""


def these(ids: Sequence[UUID]) -> list[Intent]:
    """Intents by their ids. Checks no actor."""
    return statements.objects(Intent, _THESE, {"ids": list(ids)})


_HOLD = f"""
SELECT FROM intents_delivery d
WHERE d.intent_id = ANY({statements.array("ids", "uuid")}) AND d.hands_out AND d.state IN ('ready', 'leased')
ORDER BY d.id FOR UPDATE
"""


def hold(ids: Sequence[UUID]) -> None:
    """Lock the open deliveries of locked intents in the order of their ids, before some are renewed and others settled."""
    statements.rows(_HOLD, {"ids": list(ids)})


_LEASES = f"""
SELECT {statements.columns(Delivery, "d")} FROM intents_delivery d
WHERE d.intent_id = ANY({statements.array("ids", "uuid")}) AND d.state = 'leased'
"""


def leases(ids: Sequence[UUID]) -> dict[UUID, Delivery]:
    """`lease` of these intents, of those that somebody holds."""
    return {one.intent_id: one for one in statements.objects(Delivery, _LEASES, {"ids": list(ids)})} if ids else {}


_STEP: statements.Columns = (("intent_id", "uuid"), ("key", "text"))
_STEPS_BEFORE = f"""
SELECT {statements.columns(StoredStep, "s")}
FROM {statements.few("steps", "v", _STEP)}
JOIN intents_storedstep s ON s.intent_id = v.intent_id AND s.key = v.key
"""


def steps_before(new: Sequence[StoredStep]) -> list[StoredStep]:
    """What locked intents have stored already for steps that are to be stored."""
    return statements.objects(StoredStep, _STEPS_BEFORE, {"steps": statements.records(new, _STEP)}) if new else []
