"""Events of intents with all that endpoints are told of them."""

from collections.abc import Sequence
from typing import Any

from intents.engine import selectors
from intents.engine.models import IntentEvent
from intents.schemas import shapes
from intents.schemas.shown import waited_for
from intents.webhooks import selectors as webhooks


def told(rows: Sequence[IntentEvent]) -> list[dict[str, Any]]:
    """The events, each with `intent_type` and the `intent` as it is now. People whom an intent waits for are told of without
    their names, which no erasing of a person would find in what was posted."""
    ids = {row.intent_id for row in rows}
    details = selectors.details(list(ids))
    about = [row for row in webhooks.intents(ids) if row.id in details]
    whom = waited_for(about, people=False)
    full = {row.id: shapes.intent(row, details[row.id], whom=whom.get(row.id)) for row in about}
    return [shapes.event(row) | _about(full.get(row.intent_id)) for row in rows]


def _about(intent: dict[str, Any] | None) -> dict[str, Any]:
    return {"intent_type": intent["intent_type"], "intent": intent} if intent else {}
