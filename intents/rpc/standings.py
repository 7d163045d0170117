"""How it stands with an intent, in words for clients of other protocols."""

from typing import Any

from intents.engine.lifecycle import TERMINAL, Status


def is_over(shown: dict[str, Any]) -> bool:
    return shown["status"] in TERMINAL


def waiting_for(shown: dict[str, Any]) -> str:
    """Whom or what a live intent waits for, by name; empty once it is over."""
    pending = shown.get("pending_with")
    return str(pending["name"]) if pending else ""


def waits_for_people(shown: dict[str, Any]) -> bool:
    return bool(shown["status"] == Status.WAITING and shown["waiting_reason"] == "WAITING_FOR_HUMAN")


def sentence(shown: dict[str, Any]) -> str:
    """How it stands with an intent."""
    if waits_for_people(shown):
        return f"Waiting for {waiting_for(shown)} to decide."
    if not is_over(shown):
        return f"{shown['status']}: waiting for {waiting_for(shown)}."
    outcome = (shown["result"] or {}).get("outcome")
    return f"{shown['status']}: {outcome}." if isinstance(outcome, str) else f"{shown['status']}."
