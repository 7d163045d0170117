"""Who else is looking: told between processes, forgotten by itself, and off where a workspace does not want it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from inbox.tasks import audience
from inbox.views.tasks.presence import KEPT_SECONDS, Presences
from intents.accounts.models import AuditEntry
from intents.kernel import live
from intents.kernel.actors import Person
from intents.kernel.models import new_id
from tests.callers import PersonCaller
from tests.inbox.conftest import person
from tests.pages.browser import Browser


class Clock:
    """What presences need of a hub: its time, and its threads."""

    def __init__(self) -> None:
        self.now = 0.0
        self.loop = self

    def time(self) -> float:
        return self.now

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        return "Bob" if work is audience.shown_name else set(args[0])


class Looker:
    def __init__(self, who: Person, task: UUID) -> None:
        self.person, self.task, self.intent, self.key = who, task, new_id(), str(new_id())
        self.sent: list[Any] = []

    async def send_text(self, text: str) -> None:
        self.sent.append([(one["name"], one["doing"]) for one in json.loads(text)["people"]])


def says(task: UUID, name: str, doing: str, key: str = "k", user: str = "u") -> list[str]:
    return ["presence", "w", str(task), key, user, name, doing]


def test_who_is_heard_of_is_shown_until_nothing_is_heard_for_a_while(
    bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(live, "present", lambda *_, key, doing, **__: said.append((key, doing)))
    clock, task = Clock(), new_id()
    page = Looker(person(bob), task)
    shown = Presences(clock)  # type: ignore[arg-type]

    async def run() -> None:
        await shown.show(page, "looking")
        await shown.tick()
        assert said == [(page.key, "looking")] * 2
        shown.woken(says(task, "Dana", "looking"))
        assert said[2:] == [(page.key, "looking")]  # Dana's process hears who was there before.
        shown.woken(says(task, "Bob", "comment", key="own tab", user=str(page.person.user_id)))
        shown.woken(says(new_id(), "Elsewhere", "looking", key="other"))
        await shown.tick()
        shown.woken(says(task, "Dana", "reason"))
        shown.woken(says(task, "Dana", "looking", key="second tab"))
        await shown.tick()
        assert page.sent == [[("Dana", "looking")], [("Dana", "reason")]]
        clock.now += KEPT_SECONDS
        await shown.tick()
        assert page.sent[2:] == [[]]
        shown.woken(says(task, "Dana", "looking"))
        shown.woken(says(task, "", ""))
        shown.leave(page)
        assert said[-1] == (page.key, "")
        await shown.tick()
        assert page.sent[3:] == []

    asyncio.run(run())


def test_a_page_that_leaves_while_another_is_told_stops_nothing(bob: PersonCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "present", lambda *_, **__: None)
    task = new_id()

    class SwitchedOff(Clock):
        async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
            return "Bob" if work is audience.shown_name else set()

    shown = Presences(SwitchedOff())  # type: ignore[arg-type]
    pages = [Looker(person(bob), task) for _ in range(3)]

    class Leaves(Looker):
        async def send_text(self, text: str) -> None:
            await super().send_text(text)
            shown.leave(pages[1])

    pages[0] = Leaves(person(bob), task)

    async def run() -> None:
        for page in pages:
            await shown.show(page, "looking")
        await shown.tick()

    asyncio.run(run())
    assert [page.sent for page in pages] == [[[]], [], [[]]]


def test_a_workspace_shows_nobody_once_it_is_switched_off(
    bob: PersonCaller, alice: PersonCaller, alices: Browser, bobs: Browser
) -> None:
    who = person(bob)
    assert audience.shown_name(who)
    assert audience.showing_presence([who.workspace_id]) == {who.workspace_id}
    assert bobs.post("/settings/presence", {"shown": "no"}).status == 403
    assert "Nobody sees" not in bobs.get("/settings/people").text
    assert (
        "Nobody sees who else has a task open"
        in alices.get(alices.post("/settings/presence", {"shown": "no"}).location).text
    )
    assert audience.shown_name(who) == ""
    assert audience.showing_presence([who.workspace_id]) == set()
    alices.post("/settings/presence", {"shown": "yes"})
    assert audience.shown_name(who)
    changed = AuditEntry.objects.filter(action="workspace.update").order_by("id")
    assert [one.details["fields"] for one in changed] == [["shows_presence"]] * 2
