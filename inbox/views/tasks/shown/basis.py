"""What the page of a task is made of besides the task, asked by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.notifications.services import preferences
from inbox.tasks import audience, permissions, selectors
from inbox.tasks.models import Task
from inbox.tasks.services import receipts
from inbox.tasks.services.receipts import LookKind, Seen
from inbox.vocabulary.lifecycle import DECIDABLE, LIVE, State
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, together


@dataclass(frozen=True, slots=True)
class Basis:
    """`payload` is as it was sent, `called` the display name of its type; `seen` is what the person saw of it before.
    `alike`, `others` and `own` only of what can still be decided."""

    payload: Any
    called: str
    assigned: Sequence[audience.Assigned]
    authorities: permissions.Authorities
    deciders: Sequence[selectors.Decider]
    watchers: Sequence[selectors.Watcher]
    events: Sequence[selectors.Happening]
    decisions: Sequence[selectors.Happening]
    alike: Sequence[selectors.Earlier] = ()
    others: Sequence[audience.Other] = ()
    own: Mapping[UUID, selectors.Own] | None = None
    seen: Seen | None = None

    @property
    def happenings(self) -> list[selectors.Happening]:
        """The history of the task."""
        return selectors.in_order(self.events, self.decisions)


def basis(task: Task, *, person: Person, now: datetime, look: LookKind, is_news: bool = True) -> Basis:
    """Looking at the page is kept, see `receipts.look`; what the person was told of the task is read then, unless it
    `is_news`."""
    asks: dict[str, Ask[Any] | None] = {
        "payload": selectors.ask_as_sent(task.intent_id),
        "called": selectors.ask_display_name(task.workspace_id, task.intent.intent_type),
        "assigned": audience.ask_assigned(task),
        "authorities": selectors.ask_authorities(task, person, now=now),
        "deciders": selectors.ask_deciders(task),
        "watchers": selectors.ask_watchers(task),
        "events": selectors.ask_events(task),
        "decisions": selectors.ask_decisions(task),
    }
    if task.state in DECIDABLE:
        asks["alike"] = selectors.ask_alike(person, task)
        asks["others"] = audience.ask_others(person)
        asks["own"] = selectors.ask_own(person, [task.id])
    if task.state in LIVE and task.state != State.HELD:
        asks["seen"] = receipts.look(actor=person, task=task, kind=look)
    if not is_news:
        asks["read"] = preferences.reading(actor=person, task_id=task.id)
    asked = {name: ask for name, ask in asks.items() if ask is not None}
    found = dict(zip(asked, together(*asked.values()), strict=True))
    found.pop("read", None)
    return Basis(**found)
