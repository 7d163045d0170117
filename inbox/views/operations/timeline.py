"""An intent's history as it is drawn: events in words, and waits and attempts as bars along one line of time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inbox.operations.about import WaitOf, problem
from inbox.views.operations import words
from intents.engine.models import IntentEvent
from intents.kernel import canonical

BEGINS = {"intent.delivered", "intent.redelivered"}
ENDS = {
    *("intent.delivery_failed", "intent.waiting", "intent.human_task_assigned", "intent.completed", "intent.failed"),
    *("intent.canceled", "intent.timed_out", "intent.transfer", *BEGINS),
}
Words = str | Promise


@dataclass(frozen=True, slots=True)
class TimeBar:
    """A wait or an attempt. `left` and `width` are where it lies, in percent; without an `end` it goes on until now."""

    kind: str
    words: Words
    start: datetime
    end: datetime | None
    left: str
    width: str
    seconds: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A step of the history in words. `says` is what its details tell of it, `details` all of them, as JSON. It happened
    `after` so many seconds of the intent's life."""

    row: IntentEvent
    words: Words
    says: str
    problem: bool
    details: Any
    after: float


def bars(events: Sequence[IntentEvent], waits: Sequence[WaitOf], *, now: datetime) -> list[TimeBar]:
    """The waits, and the attempts of agents, in the order in which they began."""
    if not events:
        return []
    found = [
        (words.WAITS[one.reason], "wait", one.opened_at, one.ended_at, one.state == "expired", one.tool) for one in waits
    ]
    found += _attempts(events)
    begin = min([events[0].at, *(one[2] for one in found)])
    until = max([events[-1].at, *(one[3] or now for one in found)])
    whole = max((until - begin).total_seconds(), 0.001)
    made = []
    for said, kind, start, end, failed, more in sorted(found, key=lambda one: one[2]):
        seconds = ((end or now) - start).total_seconds()
        left, width = 100 * (start - begin).total_seconds() / whole, 100 * seconds / whole
        text = f"{said}: {more}" if more else said
        made.append(TimeBar(kind, text, start, end, f"{left:.2f}%", f"{max(width, 0.4):.2f}%", max(seconds, 0), failed))
    return made


def _attempts(events: Sequence[IntentEvent]) -> list[Any]:
    found: list[Any] = []
    for place, one in enumerate(events):
        if one.event_type not in BEGINS:
            continue
        ending = next((after for after in events[place + 1 :] if after.event_type in ENDS), None)
        failed = ending is not None and ending.event_type in (
            "intent.delivery_failed",
            "intent.failed",
            "intent.redelivered",
        )
        attempt = _details(one).get("delivery_attempt")
        said = _("Attempt %(number)s") % {"number": attempt} if attempt else _("Attempt")
        found.append((said, "attempt", one.at, ending.at if ending else None, failed, _name(one.handler)))
    return found


def _name(handler: str | None) -> str:
    return handler.rpartition("/")[2] if handler else ""


def shown(events: Sequence[IntentEvent], *, only: str, since: datetime) -> list[ShownEvent]:
    """The events of a kind of `words.KINDS`, or all, the newest first, of an intent that was created at `since`."""
    kind = words.KINDS.get(only)
    wanted = [one for one in reversed(events) if kind is None or one.event_type in kind[1]]
    return [_shown(one, since) for one in wanted]


def _shown(one: IntentEvent, since: datetime) -> ShownEvent:
    details = _details(one)
    said = words.EVENTS.get(one.event_type, one.event_type)
    if one.event_type == "intent.waiting" and one.waiting_reason:
        said = words.WAITS[one.waiting_reason]
    warns = "warning" in details
    return ShownEvent(
        one,
        _("Warning") if warns else said,
        _says(details),
        warns or one.event_type in words.PROBLEMS,
        details or None,
        max(0.0, (one.at - since).total_seconds()),
    )


def _says(details: dict[str, Any]) -> str:
    if told := problem(details):
        return told
    parts = []
    if isinstance(details.get("percent"), int | float):
        parts.append(f"{details['percent']:g} %")
    if "step" in details:
        parts.append(f"{details['step']} / {details['total']}" if "total" in details else str(details["step"]))
    for name in ("message", "outcome", "to_agent", "assigned_to", "text", "question"):
        if isinstance(details.get(name), str):
            parts.append(details[name])
    return " · ".join(parts)


def _details(event: IntentEvent) -> dict[str, Any]:
    found = canonical.loads(event.details) if event.details else {}
    return found if isinstance(found, dict) else {"details": json.dumps(found)}
