"""Rows as JSON, where naming the people whom they wait for takes a look at what those are asked."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from intents.engine import selectors
from intents.engine.human_gate import gate
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Intent, IntentEvent
from intents.schemas import shapes


def asked(rows: Iterable[Intent]) -> dict[UUID, str]:
    """Whom those of the intents that wait for people are assigned to, by name."""
    waiting = [row.id for row in rows if row.waiting_reason == WaitReason.HUMAN]
    return gate().asked(intent_ids=waiting) if waiting else {}


def full(row: Intent) -> dict[str, Any]:
    """An intent with everything."""
    return fulls([row])[row.id]


def with_that_of_its_run(payload: Any) -> Any:
    """The payload of a scenario's step with the fields of its run's, which published agents read there; else as it is."""
    if not isinstance(payload, dict) or not {"parent_payload", "scenario_id", "run_id", "step_id"} <= payload.keys():
        return payload
    parent = payload["parent_payload"]
    return parent | payload if isinstance(parent, dict) else payload


def fulls(rows: Sequence[Intent]) -> dict[UUID, dict[str, Any]]:
    """Intents with everything, by id."""
    details, named = selectors.details([row.id for row in rows]), asked(rows)
    return {row.id: shapes.intent(row, details[row.id], asked=named.get(row.id)) for row in rows}


def summaries(rows: Iterable[Intent]) -> list[dict[str, Any]]:
    """Intents as a list shows them."""
    rows = list(rows)
    named = asked(rows)
    return [shapes.summary(row, asked=named.get(row.id)) for row in rows]


def event(row: IntentEvent) -> dict[str, Any]:
    return events([row])[0]


def events(rows: Iterable[IntentEvent]) -> list[dict[str, Any]]:
    """Steps of histories, of one or many intents."""
    rows = list(rows)
    of_people = {row.intent_id for row in rows if row.pending_type == "human"}
    named = gate().asked(intent_ids=sorted(of_people)) if of_people else {}
    return [shapes.event(row, asked=named.get(row.intent_id)) for row in rows]
