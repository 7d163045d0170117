"""Credentials in use are looked up again before they are believed no more."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from axme_site import known
from axme_site.known import AHEAD_SECONDS, Known
from axme_site.threads import Threads
from intents import auth

KEY = [(b"x-api-key", b"a key"), (b"content-type", b"application/json")]
BEARER = [(b"authorization", b"Bearer a token")]


class Looks:
    """In the place of looking up: `left` is for how many seconds each is believed, and a look-up ends when it `may_end`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: dict[str, float] = {}
        self.made: list[str] = []
        self.may_end = threading.Event()
        self.may_end.set()
        monkeypatch.setattr(auth, "trusted_for", self.left.get)
        monkeypatch.setattr(auth, "look_again", self._look)

    def _look(self, credential: str) -> None:
        self.made.append(credential)
        assert self.may_end.wait(60)
        self.left[credential] = 2.0


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    monkeypatch.setattr(known, "LONGEST_SECONDS", 600.0)
    return Looks(monkeypatch)


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(2, "t", longest_queue=100)
    yield made
    made.stop(1)


def test_what_is_unknown_or_was_just_looked_up_is_not_looked_up(looks: Looks, threads: Threads) -> None:
    looks.left["a key"] = AHEAD_SECONDS + 0.1

    async def act() -> None:
        made = Known(threads)
        for headers in (KEY, BEARER, []):
            await made.ready(headers)
        await threads.run(int)

    asyncio.run(act())
    assert looks.made == []


def test_before_it_lapses_it_is_looked_up_once_and_nobody_waits(looks: Looks, threads: Threads) -> None:
    looks.left |= {"a key": AHEAD_SECONDS - 0.1, "a token": AHEAD_SECONDS - 0.1}
    looks.may_end.clear()

    async def act() -> None:
        made = Known(threads)
        for _ in range(5):
            await made.ready([*KEY, *BEARER])
        looks.may_end.set()
        deadline = time.monotonic() + 60
        while not all(left == 2.0 for left in looks.left.values()):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        await made.ready([*KEY, *BEARER])

    asyncio.run(act())
    assert sorted(looks.made) == ["a key", "a token"]


def test_who_comes_when_it_has_lapsed_waits_for_one_look_up(looks: Looks, threads: Threads) -> None:
    looks.left["a key"] = -3.0
    looks.may_end.clear()

    async def act() -> None:
        made = Known(threads)
        waiting = [asyncio.ensure_future(made.ready(KEY)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in waiting)
        waiting[0].cancel()
        looks.may_end.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert [one.cancelled() for one in waiting] == [True, False, False, False, False]

    asyncio.run(act())
    assert looks.made == ["a key"]


def test_nobody_waits_for_long(looks: Looks, threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "LONGEST_SECONDS", 0.01)
    looks.left["a key"] = -3.0
    looks.may_end.clear()

    async def act() -> None:
        await asyncio.wait_for(Known(threads).ready(KEY), 60)
        assert looks.left["a key"] == -3.0
        looks.may_end.set()
        deadline = time.monotonic() + 60
        while looks.left["a key"] != 2.0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)

    asyncio.run(act())
    assert looks.made == ["a key"]


def test_a_look_up_that_fails_leaves_it_to_the_ordinary_path(
    looks: Looks, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks.left["a key"] = -3.0

    def fail(credential: str) -> None:
        looks.made.append(credential)
        raise OperationalError

    monkeypatch.setattr(auth, "look_again", fail)

    async def act() -> None:
        made = Known(threads)
        await made.ready(KEY)
        await made.ready(KEY)

    asyncio.run(act())
    assert looks.made == ["a key", "a key"]
