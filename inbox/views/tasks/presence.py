"""Who else is looking: the people who have a task open, and whether they write, as their sockets say it.

Nothing of it is stored. Each process says now and then who is at its own pages, and forgets of whom it has not heard for a
while. A workspace can switch it off.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db import Error

from inbox import presentation
from inbox.tasks import audience
from intents.kernel import live
from intents.kernel.actors import Person
from intents.streams.hub import Hub

DOINGS = ("looking", "comment", "reason")
"""What somebody does with a task: looks at it, writes a comment, or a reason for their answer. A later one says more."""
SAID_SECONDS = 10.0
"""How often a process says who is at its pages."""
KEPT_SECONDS = 25.0
"""Of whom nothing was heard for so long is gone."""
MOST_NAME = 60


class Looker(Protocol):
    """An open page: the task that it shows, and its intent, once it is known that the person may see it."""

    person: Person
    key: str
    task: UUID | None
    intent: UUID | None

    async def send_text(self, text: str) -> None: ...


@dataclass(slots=True)
class _Page:
    """A page as it is known here. `told` is what it was sent last."""

    task: UUID
    name: str
    doing: str
    told: str = "[]"


@dataclass(frozen=True, slots=True)
class _Presence:
    user: str
    name: str
    doing: str
    until: float


class Presences:
    """Who looks at the tasks that open pages of this process show."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._pages: dict[Looker, _Page] = {}
        self._there: dict[UUID, dict[str, _Presence]] = defaultdict(dict)
        self._changed: set[UUID] = set()
        self._due = 0.0

    async def show(self, page: Looker, doing: str) -> None:
        """The page shows its task, and its person does this; nothing when nobody looks at it."""
        known = self._pages.get(page)
        if known is not None and known.task == page.task and doing:
            if known.doing != doing:
                known.doing = doing
                self._say(page)
            return
        self.leave(page)
        task = page.task
        if not doing or task is None or page.intent is None:
            return
        try:
            name = await self._hub.in_thread(audience.shown_name, page.person)
        except Error:
            return  # the database is away; the page says it again
        if name and page.task == task and page.intent is not None:
            self._pages[page] = _Page(task, presentation.one_line(name, most=MOST_NAME), doing)
            self._say(page)
            self._changed.add(task)

    def leave(self, page: Looker) -> None:
        """Nobody looks at the page's task by it any more."""
        known = self._pages.pop(page, None)
        if known is None:
            return
        live.present(page.person.workspace_id, known.task, key=page.key, user_id=page.person.user_id, name="", doing="")
        if not any(True for _ in self._at(known.task)):
            self._there.pop(known.task, None)

    def woken(self, signal: list[str]) -> None:
        """A process says what somebody does."""
        _, _workspace, task_id, key, user, name, doing = signal
        task = UUID(task_id)
        here = list(self._at(task))
        if not here:
            return
        there = self._there[task]
        if doing not in DOINGS:
            there.pop(key, None)
        else:
            if key not in there:
                # Whoever is new here has not heard of those who are there.
                for page in here:
                    if page.key != key:
                        self._say(page)
            there[key] = _Presence(user, name, doing, self._hub.loop.time() + KEPT_SECONDS)
        self._changed.add(task)

    async def tick(self) -> None:
        """Time has passed."""
        now = self._hub.loop.time()
        if now >= self._due and self._pages:
            self._due = now + SAID_SECONDS
            await self._say_again()
        for task, there in self._there.items():
            for key in [key for key, one in there.items() if one.until <= now]:
                del there[key]
                self._changed.add(task)
        changed, self._changed = self._changed, set()
        if changed:
            pages = [page for page, known in self._pages.items() if known.task in changed]
            await asyncio.gather(*map(self._tell, pages))

    async def _say_again(self) -> None:
        try:
            shown = await self._hub.in_thread(audience.showing_presence, {page.person.workspace_id for page in self._pages})
        except Error:
            return
        for page in list(self._pages):
            known = self._pages.get(page)
            if known is None:
                continue  # it left while another was told
            if page.person.workspace_id in shown:
                self._say(page)
            else:
                await page.send_text(_message(known.task, []))
                self.leave(page)

    def _at(self, task: UUID) -> Iterable[Looker]:
        return (page for page, known in self._pages.items() if known.task == task)

    def _say(self, page: Looker) -> None:
        known, person = self._pages[page], page.person
        live.present(
            person.workspace_id, known.task, key=page.key, user_id=person.user_id, name=known.name, doing=known.doing
        )

    async def _tell(self, page: Looker) -> None:
        """Tell a page who else is there, each once, where that is another than before."""
        known = self._pages.get(page)
        if known is None:
            return
        people: dict[str, _Presence] = {}
        for one in self._there.get(known.task, {}).values():
            other = people.get(one.user)
            if one.user != str(page.person.user_id) and (
                other is None or DOINGS.index(one.doing) > DOINGS.index(other.doing)
            ):
                people[one.user] = one
        found = [{"name": one.name, "doing": one.doing} for one in sorted(people.values(), key=lambda one: one.name)]
        if (told := json.dumps(found)) != known.told:
            known.told = told
            await page.send_text(_message(known.task, found))


def _message(task: UUID, people: list[dict[str, str]]) -> str:
    return json.dumps({"type": "presence", "task": str(task), "people": people})
