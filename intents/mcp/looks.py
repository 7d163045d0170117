"""Intents as tools and tasks show them."""

from typing import Any

from intents.api.common import to_json
from intents.engine import selectors
from intents.engine.lifecycle import TERMINAL, EventType
from intents.engine.models import Intent
from intents.mcp.registry import ToolAnswer
from intents.rpc import standings
from intents.schemas.shown import event


def standing(row: Intent, shown: dict[str, Any]) -> str:
    """How it stands with an intent, and what was said of it last, if that is its newest event."""
    newest = selectors.question(row, row.seq, EventType.IN_PROGRESS) if row.status not in TERMINAL else None
    said = standings.last_said(event(newest)) if newest is not None else ""
    return f"{standings.sentence(shown)} {said}".strip()


def over(shown: dict[str, Any]) -> ToolAnswer:
    """An intent that is over, with what came of it."""
    ended = {name: shown[name] for name in ("result", "error", "reason") if shown[name] is not None}
    outcome = (shown["result"] or {}).get("outcome")
    told = {"outcome": outcome} if isinstance(outcome, str) else {}
    return ToolAnswer(
        {"intent_id": shown["intent_id"], "intent_status": shown["status"], **told, **ended, "intent": shown},
        more={"intent_id": shown["intent_id"]},
    )


def under_way(shown: dict[str, Any], *, status: str = "waiting", how: str = "") -> ToolAnswer:
    """An intent that goes on, whom it waits for, and `how` to learn the rest."""
    told = {"intent_id": shown["intent_id"], "intent_status": shown["status"], "waiting_for": standings.waiting_for(shown)}
    next_step = {"next": how} if how else {}
    return ToolAnswer(told | next_step | {"intent": shown}, status, more={"intent_id": shown["intent_id"]})


def content(told: dict[str, Any]) -> dict[str, Any]:
    """An answer as the content of a tool's result."""
    return {
        "content": [{"type": "text", "text": to_json(told)}],
        "structuredContent": told,
        "isError": False,
    }
