"""Steps that tell people something, and let the run go on at once."""

from collections.abc import Sequence
from typing import Any

from intents.engine.events import Entry
from intents.engine.lifecycle import EventType
from intents.kernel.actors import companion
from intents.kernel.errors import InvalidField
from intents.scenarios import compiling, selectors
from intents.scenarios.kinds import (
    Compiling,
    ConfigField,
    Entered,
    Outcome,
    Rehearsed,
    Rehearsing,
    Resumed,
    Step,
    StepPosition,
    Succeeded,
)
from intents.scenarios.steps.people import APPROVERS
from intents.sending import email

CHANNELS = ("inbox", "email")
MOST_A_DAY = 50
"""Emails to one address in 24 hours, after which a run writes it none."""


class TellingStep:
    """Tells members of the workspace something: in the run's history, and by email. `{"to": [...], "subject", "body",
    "channels": ["inbox", "email"]}`; without `to`, whoever applied the scenario, or else the approvers."""

    instant = True
    writes = False
    fields = (ConfigField("to", "list"), ConfigField("subject"), ConfigField("body", "message"))

    def __init__(self, name: str, event_type: EventType, *, channels: Sequence[str] = CHANNELS) -> None:
        self.name, self._event_type, self._channels = name, event_type, channels

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        place, config = at.config(raw)
        channels = config.get("channels", list(self._channels))
        if not isinstance(channels, list) or not all(isinstance(one, str) for one in channels):
            raise InvalidField(f"{place}.channels", "must be a list of texts")
        for number, one in enumerate(channels):
            if one not in CHANNELS:
                at.warn(f"{place}.channels.{number}", f"no one is notified by {one[:40]}; there are {', '.join(CHANNELS)}")
        to = config.get("to") or config.get("recipients") or raw.get("escalate_to") or raw.get("assigned_to") or []
        given = [to] if isinstance(to, str) else to
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise InvalidField(f"{place}.to", "must be a text or a list of texts")
        return {
            "channels": [one for one in channels if one in CHANNELS],
            "to": [name.removeprefix("user://") for one in given for name in at.contacts(one)],
            "subject": _text(config, "subject", place) or _text(config, "title", place),
            "body": _text(config, "body", place) or _text(config, "message", place) or _text(config, "reason", place),
        }

    def enter(self, position: StepPosition) -> Entered:
        step = position.step
        subject = position.said(step["subject"] or step["title"])[:255]
        body = position.said(step["body"])[:4000]
        to = step["to"] or ([position.run.applied_by] if position.run.applied_by else [*APPROVERS])
        told = {"subject": subject, "message": body or subject, "to": ", ".join(to), "step_id": step["step_id"]}
        if self._event_type is EventType.ESCALATED:
            told["escalated_to"] = told["to"]
        emails = _write(position, to, subject, body) if "email" in step["channels"] else 0
        entry = Entry(
            intent=position.intent,
            event_type=self._event_type,
            actor=position.by.label,
            at=position.now,
            details=told | companion(position.by),
        )
        return Succeeded({"subject": subject, "to": to, "emails": emails}, [entry])

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return Succeeded()

    def answers(self, step: Step) -> Sequence[str]:
        return ()

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        to = at.step["to"] or [*APPROVERS]
        return Rehearsed(
            Succeeded({"subject": at.said(at.step["subject"] or at.step["title"])[:255], "to": to, "emails": 0})
        )


class PassStep:
    """A step that nobody does."""

    name = compiling.NOTHING
    instant = True
    writes = False

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        return {}

    def enter(self, position: StepPosition) -> Entered:
        return Succeeded()

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return Succeeded()


def _text(config: Any, name: str, place: str) -> str:
    found = config.get(name)
    if found is not None and not isinstance(found, str):
        raise InvalidField(f"{place}.{name}", "must be text")
    return found or ""


def _write(position: StepPosition, to: Sequence[str], subject: str, body: str) -> int:
    """Write to those of the workspace's members who are meant. Nobody else gets an agent's words by email."""
    addresses = selectors.addresses(position.intent.workspace_id, to)
    written = [one for one in addresses if email.enqueued_lately(one) < MOST_A_DAY]
    for address in written:
        context = {
            "subject": subject,
            "body": body,
            "title": position.program["title"],
            "path": f"/operations/runs/{position.intent.id}",
        }
        email.enqueue(address, "scenarios/email/told", context)
    return len(written)
