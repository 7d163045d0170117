"""What people have asked about many intents at once, while they wait for an answer."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from intents.engine.lifecycle import EventType
from intents.engine.models import IntentEvent
from intents.kernel import statements

_ASKING = f"""
SELECT {statements.columns(IntentEvent, "e")} FROM unnest({statements.array("ids", "uuid")}) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM intents_intentevent l
    WHERE l.intent_id = asked.id AND l.event_type IN ('{EventType.QUESTION}', '{EventType.ANSWER}')
    ORDER BY l.seq DESC LIMIT 1
) e WHERE e.event_type = '{EventType.QUESTION}'
"""


def open_questions(ids: Sequence[UUID]) -> dict[UUID, IntentEvent]:
    """What was asked last about each of these intents, of those where nobody has answered it. Checks no actor."""
    return {one.intent_id: one for one in statements.objects(IntentEvent, _ASKING, {"ids": list(ids)})} if ids else {}


def waits_for_answer() -> Q:
    """Filters intents about which something was asked that nobody has answered."""
    last = IntentEvent.objects.filter(
        intent_id=OuterRef("id"), event_type__in=[EventType.QUESTION, EventType.ANSWER]
    ).order_by("-seq")
    told = Coalesce(Subquery(last.values("event_type")[:1]), Value(str(EventType.ANSWER)))
    return Q(Exact(told, str(EventType.QUESTION)))
