"""How it stands with an intent, in words for clients of other protocols."""

from typing import Any

from intents.engine.lifecycle import TERMINAL, EventType, Status


def is_over(shown: dict[str, Any]) -> bool:
    return shown["status"] in TERMINAL


def waiting_for(shown: dict[str, Any]) -> str:
    """Whom or what a live intent waits for, by name; empty once it is over."""
    pending = shown.get("pending_with")
    return str(pending["name"]) if pending else ""


def waits_for_people(shown: dict[str, Any]) -> bool:
    return bool(shown["status"] == Status.WAITING and shown["waiting_reason"] == "WAITING_FOR_HUMAN")


def last_said(event: dict[str, Any]) -> str:
    """What an event says about a live intent: a question, or how far the work is; empty when it says neither."""
    details = event["details"]
    told = str(details.get("message") or "")
    if event["event_type"] == EventType.QUESTION:
        return f"{event['actor']} asks: {told}"
    if event["event_type"] != EventType.IN_PROGRESS:
        return ""
    percent = f"{details['percent']:g} %" if details.get("percent") is not None else ""
    return ": ".join(filter(None, (percent, told)))


def sentence(shown: dict[str, Any]) -> str:
    """How it stands with an intent."""
    if waits_for_people(shown):
        return f"Waiting for {waiting_for(shown)} to decide."
    if not is_over(shown):
        return f"{shown['status']}: waiting for {waiting_for(shown)}."
    outcome = (shown["result"] or {}).get("outcome")
    return f"{shown['status']}: {outcome}." if isinstance(outcome, str) else f"{shown['status']}."
