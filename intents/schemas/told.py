"""Events of intents with all that endpoints are told of them."""

from collections.abc import Sequence
from typing import Any

from intents.engine import selectors
from intents.engine.models import IntentEvent
from intents.schemas import shapes
from intents.webhooks import selectors as webhooks


def told(rows: Sequence[IntentEvent]) -> list[dict[str, Any]]:
    """The events, each with `intent_type` and the `intent` as it is now. Whom an intent waits for is told without their
    names, which no erasing of a person would find in what was posted."""
    ids = {row.intent_id for row in rows}
    details = selectors.details(list(ids))
    full = {row.id: shapes.intent(row, details[row.id]) for row in webhooks.intents(ids) if row.id in details}
    return [shapes.event(row) | _about(full.get(row.intent_id)) for row in rows]


def _about(intent: dict[str, Any] | None) -> dict[str, Any]:
    return {"intent_type": intent["intent_type"], "intent": intent} if intent else {}
