"""Which requests share a transaction, whoever submits them."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from axme_site import groups, turns
from axme_site.bridge import Reply
from axme_site.groups import Grouping
from axme_site.lines import Busy
from axme_site.threads import Threads
from intents.api.common import CountedRequest
from intents.api.grouped import taking
from intents.api.grouped.submits import SUBMIT
from intents.api.grouped.taking import Done

SCOPE = {"path": SUBMIT.route, "method": "POST", "query_string": b"", "headers": []}
HEARTBEAT = f"/v1/intents/{UUID(int=1)}/heartbeat"
Ask = Callable[..., Awaitable[Reply | None]]


class Submits:
    """In the place of what submits: the body of a request is one letter, its workspace's. `groups` are those that began.
    Those with one of the `hanging` end when these are `freed`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[str] = []
        self.governed = ""
        self.undone = False
        self.may_end = threading.Event()
        self.may_end.set()
        self.hanging = ""
        self.freed = threading.Event()
        monkeypatch.setattr(taking, "take", self._take)
        monkeypatch.setattr(taking, "run", self._submit_all)

    def _take(self, place: Any, headers: Any, body: bytes, may_wait: Callable[[UUID], bool]) -> Any:
        workspace_id = UUID(bytes=body * 16)
        return SimpleNamespace(actor=SimpleNamespace(workspace_id=workspace_id)) if may_wait(workspace_id) else None

    def _submit_all(self, lane: Any, taken: Sequence[Any]) -> list[Done]:
        letters = "".join(chr(one.actor.workspace_id.bytes[0]) for one in taken)
        self.groups.append(letters)
        assert self.may_end.wait(60)
        assert not set(letters) & set(self.hanging) or self.freed.wait(60)
        counted = CountedRequest(None)
        return [Done(None if self.undone or one in self.governed else "{}", counted, self.undone) for one in letters]

    def run(self, act: Callable[[Ask], Awaitable[None]], threads: Threads) -> None:
        async def main() -> None:
            made = Grouping(threads)
            await act(lambda letter, path=SUBMIT.route: made.answer(SCOPE | {"path": path}, letter.encode()))

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
    ahead = 0.0
    monkeypatch.setattr(groups, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead))
    monkeypatch.setattr(groups, "STRAIGHT_SECONDS", 3600)
    submits.governed = "g"

    async def act(ask: Ask) -> None:
        nonlocal ahead
        for _ in range(2 * groups.IN_VAIN):
            assert await ask("g") is None
            assert await ask("a") is not None
        assert "".join(submits.groups).count("g") == groups.IN_VAIN
        ahead += 3600
        for _ in range(3):
            assert await ask("g") is None
        assert "".join(submits.groups).count("g") == groups.IN_VAIN + 1
        submits.governed = ""
        ahead += 3600
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


@pytest.mark.usefixtures("never_late")
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


@pytest.mark.usefixtures("never_late")
def test_of_those_that_wait_each_workspace_has_its_turn(submits: Submits, threads: Threads) -> None:
    submits.may_end.clear()

    async def act(ask: Ask) -> None:
        asked = [asyncio.ensure_future(ask(letter)) for letter in "ab"]
        await until(lambda: submits.groups)
        asked += [asyncio.ensure_future(ask(letter)) for letter in "a" * 10 + "b"]
        await asyncio.sleep(0)
        submits.may_end.set()
        assert None not in await asyncio.gather(*asked)
        assert submits.groups == ["ab", "ab" + "a" * 9]

    submits.run(act, threads)


@pytest.mark.usefixtures("never_late")
def test_one_that_sends_thousands_holds_up_no_other(submits: Submits, threads: Threads) -> None:
    """While its group runs, others' begins beside it, and both go on."""
    submits.hanging = "a"

    async def act(ask: Ask) -> None:
        asked = [asyncio.ensure_future(ask("a")) for _ in range(200)]
        await until(lambda: submits.groups)
        for number in range(3):
            assert await ask("b") is not None
            assert submits.groups == ["a" * turns.MOST, *"b" * (number + 1)]
        submits.freed.set()
        assert None not in await asyncio.gather(*asked)
        assert {*submits.groups[4:-1]} == {"a" * turns.SHARE}

    submits.run(act, threads)


@pytest.mark.usefixtures("never_late")
def test_who_sends_as_much_as_others_shares_their_groups(submits: Submits, threads: Threads) -> None:
    submits.may_end.clear()

    async def act(ask: Ask) -> None:
        asked = [asyncio.ensure_future(ask("a"))]
        await until(lambda: submits.groups)
        asked += [asyncio.ensure_future(ask(letter)) for letter in "abc"]
        await asyncio.sleep(0.05)
        assert submits.groups == ["a"]
        submits.may_end.set()
        assert None not in await asyncio.gather(*asked)
        assert submits.groups == ["a", "abc"]

    submits.run(act, threads)


@pytest.fixture
def never_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "LATE_SECONDS", 600.0)
    monkeypatch.setattr(turns, "SHARED_SECONDS", 600.0)


@pytest.fixture
def soon_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "LATE_SECONDS", 0.05)


@pytest.mark.usefixtures("soon_late")
def test_a_workspace_that_hangs_holds_two_threads_and_up_no_other(submits: Submits, threads: Threads) -> None:
    submits.hanging = "g"

    async def act(ask: Ask) -> None:
        held = [asyncio.ensure_future(ask(letter)) for letter in "gag"]
        await until(lambda: submits.groups)
        held += [asyncio.ensure_future(ask(letter)) for letter in "gagg"]
        await until(lambda: "ggg" in submits.groups)
        await asyncio.sleep(0.1)
        held += [asyncio.ensure_future(ask("g", path)) for path in (SUBMIT.route, HEARTBEAT) * 4]
        for path in (SUBMIT.route, HEARTBEAT) * 4:
            assert await ask("a", path) is not None
        assert submits.groups == ["gag", "ggg", *"a" * 9]
        assert await threads.run(lambda: "answered") == "answered"
        assert not any(one.done() for one in held if one is not held[4])
        submits.freed.set()
        assert None not in await asyncio.gather(*held)
        assert sorted(submits.groups[11:]) == ["gggg", "gggg"]

    submits.run(act, threads)


@pytest.mark.usefixtures("soon_late")
def test_groups_leave_a_thread_to_others_and_wait_for_the_rest(
    submits: Submits, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    submits.hanging = "ghi"

    async def act(ask: Ask) -> None:
        held = []
        for number, letter in enumerate("ghi"):
            held.append(asyncio.ensure_future(ask(letter, (SUBMIT.route, HEARTBEAT)[number % 2])))
            await until(lambda letter=letter: letter in submits.groups)
        held += [asyncio.ensure_future(ask("a", path)) for path in (SUBMIT.route, HEARTBEAT)]
        await asyncio.sleep(0.2)
        assert submits.groups == ["g", "h", "i"]
        assert await threads.run(lambda: "answered") == "answered"
        submits.freed.set()
        assert None not in await asyncio.gather(*held)

    submits.run(act, threads)


@pytest.mark.usefixtures("soon_late")
def test_a_group_that_hangs_for_long_is_given_up(
    submits: Submits, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "GIVEN_UP_SECONDS", 0.3)
    submits.hanging = "ghi"

    async def act(ask: Ask) -> None:
        held = []
        for letter in "ghi":
            held.append(asyncio.ensure_future(ask(letter)))
            await until(lambda letter=letter: letter in submits.groups)
        assert await asyncio.wait_for(ask("a"), 30) is not None
        submits.hanging = ""
        assert await asyncio.wait_for(ask("g"), 30) is not None
        assert not any(one.done() for one in held)
        submits.freed.set()
        assert None not in await asyncio.gather(*held)

    submits.run(act, threads)
