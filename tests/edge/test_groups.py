"""Which requests share a transaction, whoever submits them."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from axme_site import groups
from axme_site.bridge import Reply
from axme_site.groups import Grouping
from axme_site.threads import Busy, Threads
from intents.api.common import CountedRequest
from intents.api.grouped import taking
from intents.api.grouped.submits import SUBMIT
from intents.api.grouped.taking import Done

SCOPE = {"path": SUBMIT.route, "method": "POST", "query_string": b"", "headers": []}
Ask = Callable[[str], Awaitable[Reply | None]]


class Submits:
    """In the place of what submits: the body of a request is one letter, its workspace's. `groups` are those that began."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[str] = []
        self.governed = ""
        self.undone = False
        self.may_end = threading.Event()
        self.may_end.set()
        monkeypatch.setattr(taking, "take", self._take)
        monkeypatch.setattr(taking, "run", self._submit_all)

    def _take(self, place: Any, headers: Any, body: bytes, may_wait: Callable[[UUID], bool]) -> Any:
        workspace_id = UUID(bytes=body * 16)
        return SimpleNamespace(actor=SimpleNamespace(workspace_id=workspace_id)) if may_wait(workspace_id) else None

    def _submit_all(self, lane: Any, taken: Sequence[Any]) -> list[Done]:
        letters = "".join(chr(one.actor.workspace_id.bytes[0]) for one in taken)
        self.groups.append(letters)
        assert self.may_end.wait(60)
        counted = CountedRequest(None)
        return [Done(None if self.undone or one in self.governed else "{}", counted, self.undone) for one in letters]

    def run(self, act: Callable[[Ask], Awaitable[None]], threads: Threads) -> None:
        async def main() -> None:
            made = Grouping(threads)
            await act(lambda letter: made.answer(dict(SCOPE), letter.encode()))

        asyncio.run(main())


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(4, "t", longest_queue=100)
    yield made
    made.stop(1)


@pytest.fixture
def submits(monkeypatch: pytest.MonkeyPatch) -> Submits:
    return Submits(monkeypatch)


async def until(found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def test_a_workspace_under_rules_goes_straight_to_the_ordinary_path_for_a_while(
    submits: Submits, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "STRAIGHT_SECONDS", 0.6)
    submits.governed = "g"

    async def act(ask: Ask) -> None:
        for _ in range(2 * groups.IN_VAIN):
            assert await ask("g") is None
            assert await ask("a") is not None
        assert "".join(submits.groups).count("g") == groups.IN_VAIN
        await asyncio.sleep(0.6)
        for _ in range(3):
            assert await ask("g") is None
        assert "".join(submits.groups).count("g") == groups.IN_VAIN + 1
        submits.governed = ""
        await asyncio.sleep(0.6)
        for _ in range(3):
            assert await ask("g") is not None

    submits.run(act, threads)


def test_what_is_refused_now_and_then_goes_on_in_groups(submits: Submits, threads: Threads) -> None:
    async def act(ask: Ask) -> None:
        for number in range(3 * groups.IN_VAIN):
            submits.governed = "a" if number % groups.IN_VAIN else ""
            await ask("a")
        assert len(submits.groups) == 3 * groups.IN_VAIN

    submits.run(act, threads)


def test_groups_that_failed_say_nothing_of_a_workspace(submits: Submits, threads: Threads) -> None:
    submits.undone = True

    async def act(ask: Ask) -> None:
        for _ in range(2 * groups.IN_VAIN):
            assert await ask("a") is None
        assert len(submits.groups) == 2 * groups.IN_VAIN

    submits.run(act, threads)


def test_one_workspace_that_takes_all_its_places_leaves_another_its_own(
    submits: Submits, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "LONGEST_QUEUE", 10)
    submits.may_end.clear()

    async def act(ask: Ask) -> None:
        asked = [asyncio.ensure_future(ask("a"))]
        await until(lambda: submits.groups)
        asked += [asyncio.ensure_future(ask("a")) for _ in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask("a")
        asked += [asyncio.ensure_future(ask("b")) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask("b")
        submits.may_end.set()
        assert None not in await asyncio.gather(*asked)
        assert submits.groups == ["a", "ab" * 5 + "a" * 5]

    submits.run(act, threads)


def test_of_those_that_wait_each_workspace_has_its_turn(submits: Submits, threads: Threads) -> None:
    submits.may_end.clear()

    async def act(ask: Ask) -> None:
        asked = [asyncio.ensure_future(ask(letter)) for letter in "a"]
        await until(lambda: submits.groups)
        asked += [asyncio.ensure_future(ask(letter)) for letter in "a" * 200 + "b"]
        await asyncio.sleep(0)
        submits.may_end.set()
        assert None not in await asyncio.gather(*asked)
        assert submits.groups[1] == "ab" + "a" * (groups.MOST - 2)

    submits.run(act, threads)
