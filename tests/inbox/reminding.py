"""What passes while nobody decides, for tests: time, reminders, and who is asked."""

from datetime import datetime
from typing import Any

from intents.dispatch import scheduler
from intents.engine.models import Timer
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock

HOUR = 3600


def told(who: KeyCaller, intent_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The reminders and escalations of an intent, without what they all say."""
    return [
        (event["event_type"].removeprefix("intent."), {k: v for k, v in event["details"].items() if k != "task_id"})
        for event in who.events(intent_id)
        if event["event_type"] in ("intent.reminder", "intent.escalated")
    ]


def escalated(to: str, **more: Any) -> dict[str, Any]:
    """What an escalation tells: whom it went to, by both words that programs read."""
    return {"to": to, "escalated_to": to} | more


def pass_time(now: SettableClock, **parts: float) -> None:
    now.advance(**parts)
    while scheduler.sweep():
        pass


def armed() -> list[tuple[str, datetime]]:
    found = Timer.objects.filter(kind__in=["remind", "escalate"]).order_by("due_at", "kind")
    return [(timer.kind, timer.due_at) for timer in found]


def sees(who: PersonCaller) -> bool:
    return bool(who.get("/me/tasks").ok()["tasks"])


def escalation(**parts: Any) -> dict[str, Any]:
    return {"end": {"after_seconds": 24 * HOUR, "then": "fail"}} | parts


LADDER = escalation(reminders={"after_seconds": HOUR, "at_most": 3}, levels=[{"after_seconds": 2 * HOUR, "to": "owner"}])
