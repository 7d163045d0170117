"""What was asked, said and done about a task, as its page tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import audience, selectors
from inbox.tasks.models import Task
from inbox.views.kit import words
from intents.engine import selectors as domain
from intents.engine.lifecycle import TERMINAL
from intents.kernel.actors import ActorKind, Person, kind_of

SHOWN = 100
"""Events of a history that are shown, the latest."""


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the history. `quote` is what somebody wrote; `agent` tells that who did it is a program."""

    who: str
    agent: bool
    words: str
    quote: str
    at: datetime


def history(task: Task, person: Person) -> list[Event]:
    """Who asked, what people and agents said and did, and how it ended."""
    intent = task.intent
    happenings = selectors.history(task)[-SHOWN:]
    named = {"who", "to", "delegated_by"}
    names = audience.names(
        {*(one.actor for one in happenings), *(one.details.get(by, "") for one in happenings for by in named)}
    )
    asked_for = _("Agent %(name)s requested this") % {"name": intent.sender}
    events = [Event(intent.sender, True, asked_for, "", intent.created_at)]
    for one in happenings:
        who = _who(one.actor, person, names)
        said = one.details.get("message") or one.details.get("comment") or ""
        text = presentation.plain(words.task_event(who, one.action, one.details, names))
        events.append(Event(_called(one.actor, names), _is_program(one.actor), text, presentation.plain(str(said)), one.at))
    if intent.status in TERMINAL:
        details = domain.endings([intent.id])[intent.id][1]
        result = details.get("result")
        said = result.get("message", "") if isinstance(result, dict) else ""
        events.append(
            Event("", True, str(words.ENDED[intent.status]), presentation.plain(str(said))[:4000], intent.updated_at)
        )
    return events


def _who(actor: str, person: Person, names: Mapping[str, str]) -> str:
    """As the beginning of a sentence. That a program is one is always said, whatever it is called."""
    match kind_of(actor):
        case ActorKind.SERVER:
            return _("The server")
        case ActorKind.AGENT:
            return _("Agent %(name)s") % {"name": _called(actor, names)}
    return _("You") if actor == person.email else _called(actor, names)


def _called(actor: str, names: Mapping[str, str]) -> str:
    match kind_of(actor):
        case ActorKind.SERVER:
            return _("The server")
        case ActorKind.AGENT:
            parts = actor.removeprefix("agent://").split("/")
            return "/".join(parts[2:] or parts)
    return names.get(actor, actor)


def _is_program(actor: str) -> bool:
    return kind_of(actor) is not ActorKind.PERSON
