"""Claims that come together are one claim to the database, and each gets its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast
from uuid import UUID

import pytest

from intents.kernel.errors import Unavailable
from intents.streams import polls, shared
from intents.streams.hub import Hub
from intents.streams.polls import Polls
from tests.callers import KeyCaller

SECONDS = 60


class Threads:
    """As much of a hub as claims need, with threads of its own."""

    def __init__(self) -> None:
        self.loop, self.kinds, self.closing = asyncio.get_running_loop(), list[Any](), False

    async def in_thread(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(work, *args, **kwargs)


class Work:
    """What waits in mailboxes, by number. `asked` are the limits of the claims that reached the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: list[int] = []
        self.asked: list[tuple[str, int]] = []
        self.error_at = -1
        monkeypatch.setattr(polls, "deliver", self._deliver)

    def _deliver(
        self, *, actor: Any, target: str, holder: Any, limit: int, lease_seconds: Any, intent_id: Any = None
    ) -> Any:
        assert holder.key_id == actor.credential_id
        self.asked.append((target, limit))
        if len(self.asked) == self.error_at:
            raise Unavailable("busy")
        taken, self.left = self.left[:limit], self.left[limit:]
        return taken


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


WORKSPACE = UUID(int=1)


class Key(NamedTuple):
    """As much of an actor as claims need."""

    credential_id: int = 0
    workspace_id: UUID = WORKSPACE


Claims = Callable[..., Awaitable[Any]]


def play(act: Callable[[Polls, Claims], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        made = Polls(cast("Hub", Threads()))
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def claim(who: Any, limit: int = 1, target: str = "a", wait: float = 0.0, **more: Any) -> Awaitable[Any]:
            options = {"lease_seconds": None, "intent_id": None} | more
            return made.claim(actor=who, target=target, limit=limit, wait_seconds=wait, gone=gone, **options)

        async with asyncio.timeout(SECONDS):
            done = await act(made, claim)
        assert not made._claims
        return done

    return asyncio.run(run())


def test_each_takes_its_own_by_one_claim(work: Work) -> None:
    work.left = list(range(20))
    who = Key()
    got = play(lambda _, claim: asyncio.gather(*(claim(who, limit) for limit in (1, 3, 1, 100, 1))))
    assert got == [[0], [1, 2, 3], [4], list(range(5, 20)), []]
    assert work.asked == [("a", 106)]


def test_others_mailboxes_credentials_and_leases_are_claimed_by_themselves(work: Work) -> None:
    work.left = list(range(20))
    me, other = Key(), Key(1)
    cases: list[Any] = [(me, {}), (other, {}), (me, {"target": "b"}), (me, {"lease_seconds": 5}), (me, {"intent_id": 7})]
    got = play(lambda _, claim: asyncio.gather(*(claim(who, **more) for who, more in cases)))
    assert [len(one) for one in got] == [1] * 5
    assert sorted(work.asked) == [("a", 1)] * 4 + [("b", 1)]


def test_many_large_claims_are_taken_in_parts_and_what_was_taken_is_kept(work: Work) -> None:
    work.left, work.error_at = list(range(1000)), 3
    who = Key()
    got = play(lambda _, claim: asyncio.gather(*(claim(who, 100) for _ in range(7)), return_exceptions=True))
    assert work.asked == [("a", 200), ("a", 200), ("a", 200), ("a", 100)]
    assert [one if isinstance(one, Exception) else len(one) for one in got[:4]] == [100] * 4
    assert all(isinstance(one, Unavailable) for one in got[4:6])
    assert got[6] == list(range(400, 500))


def test_work_that_comes_for_many_who_wait_is_looked_for_once(work: Work) -> None:
    who = Key()

    async def wait(made: Polls, claim: Claims) -> Any:
        waiting = [asyncio.ensure_future(claim(who, wait=50.0)) for _ in range(30)]
        while made._claims or not work.asked:  # until they have found nothing
            assert not any(one.done() for one in waiting)
            await asyncio.sleep(0.005)
        work.left = list(range(30))
        made.woken(["mailbox", str(WORKSPACE), "a"])
        return await asyncio.gather(*waiting)

    assert sorted(one[0] for one in play(wait)) == list(range(30))
    assert work.asked == [("a", 30), ("a", 30)]


def test_a_claim_that_hangs_holds_up_none_that_comes_later(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "LATE_SECONDS", 60.0)
    work.left, who, freed = list(range(4)), Key(), threading.Event()
    deliver = work._deliver

    def hang(**given: Any) -> Any:
        taken = deliver(**given)
        assert taken != [0] or freed.wait(SECONDS)
        return taken

    monkeypatch.setattr(polls, "deliver", hang)

    async def act(_: Polls, claim: Claims) -> Any:
        try:
            first = asyncio.ensure_future(claim(who))
            while not work.asked:
                assert not first.done()
                await asyncio.sleep(0.005)
            behind = asyncio.ensure_future(claim(who))
            await asyncio.sleep(0)
            monkeypatch.setattr(shared, "LATE_SECONDS", 0.0)
            others = [await claim(who) for _ in range(2)]
            assert not first.done()
            return [await behind, *others]
        finally:
            freed.set()
            await first

    assert play(act) == [[1], [2], [3]]
    assert work.asked == [("a", 1), ("a", 2), ("a", 1)]


def test_claims_of_a_server_each_get_an_intent_of_their_own(machine: KeyCaller, worker: KeyCaller) -> None:
    """With the database."""
    ids = [machine.submit() for _ in range(3)]
    claims = [polls.Claim(polls.Claimer(worker.actor, "order-service", None), limit) for limit in (1, 5, 1)]
    taken = [[str(one.intent.id) for one in each] for each in polls._claimed(claims) if not isinstance(each, Exception)]
    assert taken == [ids[:1], ids[1:], []]
