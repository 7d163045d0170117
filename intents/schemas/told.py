"""Events of intents with all that endpoints are told of them."""

from collections.abc import Sequence
from typing import Any

from intents.engine import selectors
from intents.engine.models import IntentEvent
from intents.schemas import shapes, shown
from intents.webhooks import selectors as webhooks


def told(rows: Sequence[IntentEvent]) -> list[dict[str, Any]]:
    """The events, each with `intent_type` and the `intent` as it is now."""
    ids = {row.intent_id for row in rows}
    intents = webhooks.intents(ids)
    details, asked = selectors.details(list(ids)), shown.asked(intents)
    full = {row.id: shapes.intent(row, details[row.id], asked=asked.get(row.id)) for row in intents if row.id in details}
    return [event | _about(full.get(row.intent_id)) for row, event in zip(rows, shown.events(rows), strict=True)]


def _about(intent: dict[str, Any] | None) -> dict[str, Any]:
    return {"intent_type": intent["intent_type"], "intent": intent} if intent else {}
