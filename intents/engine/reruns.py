"""Which intents were run again, and which can be. Of intents whose visibility was checked."""

from collections.abc import Iterable
from uuid import UUID

from intents.engine.models import Intent, IntentBody
from intents.kernel import canonical, statements

_RERUN_AS = "SELECT id FROM intents_intent WHERE rerun_of_id = %s"


def rerun_as(intent: Intent) -> UUID | None:
    """The intent that runs this one again, None when none does."""
    rows = statements.rows(_RERUN_AS, [intent.id])
    return rows[0][0] if rows else None


_UNERASED = f"""
SELECT {statements.columns(IntentBody, "b")}, e.details FROM intents_intentbody b
JOIN intents_intentevent e ON e.intent_id = b.intent_id AND e.seq = 1 WHERE b.intent_id = ANY(%s)
"""
_BODY = [field.attname for field in IntentBody._meta.concrete_fields]


def unerased(rows: Iterable[Intent]) -> dict[UUID, IntentBody]:
    """What these intents carry, of those whose payload is still the one that their history vouches for."""
    found = statements.rows(_UNERASED, [[row.id for row in rows]])
    bodies = [(IntentBody.from_db("default", _BODY, row[:-1]), row[-1]) for row in found]
    return {body.intent_id: body for body, details in bodies if _vouched_for(body, details)}


def _vouched_for(body: IntentBody, created: str | None) -> bool:
    told = canonical.loads(created).get("payload_sha256") if created else None
    return bool(told == canonical.digest(body.payload, bytes(body.salt)).hex())
