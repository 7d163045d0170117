"""Intents as tools and tasks show them."""

from typing import Any

from intents.api.common import to_json
from intents.engine.lifecycle import TERMINAL, Status
from intents.mcp.registry import ToolAnswer


def is_over(shown: dict[str, Any]) -> bool:
    return shown["status"] in TERMINAL


def waiting_for(shown: dict[str, Any]) -> str:
    """Whom or what a live intent waits for, by name; empty once it is over."""
    pending = shown.get("pending_with")
    return str(pending["name"]) if pending else ""


def sentence(shown: dict[str, Any]) -> str:
    """How it stands with an intent."""
    if shown["status"] == Status.WAITING and shown["waiting_reason"] == "WAITING_FOR_HUMAN":
        return f"Waiting for {waiting_for(shown)} to decide."
    if not is_over(shown):
        return f"{shown['status']}: waiting for {waiting_for(shown)}."
    outcome = (shown["result"] or {}).get("outcome")
    return f"{shown['status']}: {outcome}." if isinstance(outcome, str) else f"{shown['status']}."


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
    told = {"intent_id": shown["intent_id"], "intent_status": shown["status"], "waiting_for": waiting_for(shown)}
    next_step = {"next": how} if how else {}
    return ToolAnswer(told | next_step | {"intent": shown}, status, more={"intent_id": shown["intent_id"]})


def content(told: dict[str, Any]) -> dict[str, Any]:
    """An answer as the content of a tool's result."""
    return {
        "content": [{"type": "text", "text": to_json(told)}],
        "structuredContent": told,
        "isError": False,
    }
