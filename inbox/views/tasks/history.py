"""What was asked, said and done about a task, as its page tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from inbox import presentation
from inbox.tasks import audience, selectors
from inbox.tasks.models import Task
from inbox.tasks.selectors import mentions
from inbox.views.kit import words
from inbox.views.tasks import aftermath, changing
from intents.kernel.actors import ActorKind, Person, kind_of

SHOWN = 100
"""Events of a history that are shown, the latest."""


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the history. `quote` is what somebody wrote; `agent` tells that who did it is a program, `changes` what a
    decision approved in the place of what was proposed, `facts` what an agent brought."""

    who: str
    agent: bool
    words: str
    quote: str
    at: datetime
    changes: Sequence[presentation.Fact] = ()
    facts: Sequence[presentation.Fact] = ()


def history(
    task: Task,
    spec: Mapping[str, Any],
    payload: Any,
    person: Person,
    *,
    happenings: Sequence[selectors.Happening],
    reports: Sequence[selectors.Report],
) -> list[Event]:
    """Who asked, what people and agents said and did, and what came of it. `reports` are those since it was over."""
    intent = task.intent
    latest = happenings[-SHOWN:]
    names = names_in(latest)
    named = mentions.called(task.workspace_id, (_said(one) for one in latest if one.action == "commented"))
    asked_for = _("Agent %(name)s requested this") % {"name": intent.sender}
    events = [Event(intent.sender, True, asked_for, "", intent.created_at)]
    for one in latest:
        if one.action == "taken_back":  # The decision itself says that it was undone.
            continue
        text = sentence(one, person, names)
        quote = presentation.plain(mentions.in_names(_said(one), named))
        changes = one.details.get("changes") or ()
        shown = changing.of_decision(spec, payload, changes) if changes else ()
        events.append(Event(_called(one.actor, names), _is_program(one.actor), text, quote, one.at, shown))
    for deed in aftermath.deeds(task, reports):
        events.append(Event(intent.mailbox, True, deed.words, deed.quote, deed.at, facts=deed.facts))
    return events


def _said(one: selectors.Happening) -> str:
    return str(one.details.get("message") or one.details.get("comment") or "")


_NAMING = ("who", "to", "delegated_by", "delegated_to", "reassigned_from", "assigned_to", "missing")
"""The details of what happened that tell of people, one or a list."""


def names_in(happenings: Iterable[selectors.Happening]) -> dict[str, str]:
    """How those are called who did something, and to whom they did it, by their email addresses."""
    emails = set[str]()
    for one in happenings:
        emails.add(one.actor)
        for told in map(one.details.get, _NAMING):
            emails.update(map(str, told if isinstance(told, list) else [told]))
    return audience.names(emails)


def sentence(one: selectors.Happening, person: Person, names: Mapping[str, str]) -> str:
    """What somebody did, as a line of the history has it."""
    return presentation.plain(words.task_event(_who(one.actor, person, names), one.action, one.details, names))


def _who(actor: str, person: Person, names: Mapping[str, str]) -> str:
    """As the beginning of a sentence, with the verb that languages have there for what is over ("Ann hat", "Sie haben").
    That a program is one is always said, whatever it is called."""
    if actor == person.email:
        return pgettext("who, before what they did", "You")
    who = _called(actor, names)
    if kind_of(actor) is ActorKind.AGENT:
        who = _("Agent %(name)s") % {"name": who}
    return pgettext("who, before what they did", "%(who)s") % {"who": who}


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
