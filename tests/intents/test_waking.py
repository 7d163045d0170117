"""What workers carry out does not wait for their next look: who commits it wakes them."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from intents.dispatch import scheduler
from intents.kernel import live
from intents.sending.sender import Sender
from tests.callers import KeyCaller

WAITED = 60.0
NEVER = 3600.0
"""Until the next look that nobody asked for: longer than any test waits."""


class Enough(Exception):
    """Ends a loop that a test has seen enough of."""


class Loop:
    """`run` in a thread of its own. It calls `look`, which ends it at the second call."""

    def __init__(self, run: Callable[[], object]) -> None:
        self.looks = 0
        self.first, self.second = threading.Event(), threading.Event()
        self._run = run
        self.thread = threading.Thread(target=self._work, daemon=True)

    def look(self, *args: object) -> None:
        self.looks += 1
        (self.first if self.looks == 1 else self.second).set()
        if self.looks == 2:
            raise Enough

    def _work(self) -> None:
        try:
            self._run()
        except Enough:
            pass
        finally:
            connection.close()


@pytest.fixture
def worker_loop(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Loop]:
    """A worker that looks at once, and then, unless it is woken, not for an hour."""
    settings.SWEEP_SECONDS = NEVER
    loop = Loop(lambda: scheduler.sweep_for(2 * NEVER))
    monkeypatch.setattr(scheduler, "sweep_all", loop.look)
    live.work.clear()
    loop.thread.start()
    assert loop.first.wait(WAITED)
    yield loop
    live.work.set()
    loop.thread.join(WAITED)


@pytest.fixture
def called(machine: KeyCaller, worker: KeyCaller, settings: Any) -> None:
    """`worker` is an agent that is called."""
    there = {"delivery_mode": "http", "callback_url": "https://agent.example/"}
    assert worker.agent is not None
    machine.patch(f"/agents/{worker.agent.name}", there).ok()


@pytest.mark.usefixtures("called")
def test_a_worker_looks_at_once_when_an_intent_is_submitted_to_an_agent_that_is_called(
    worker_loop: Loop, shop: KeyCaller, worker: KeyCaller
) -> None:
    assert worker.agent is not None
    shop.submit(worker.agent.name)
    assert worker_loop.second.wait(WAITED)


@pytest.mark.usefixtures("called")
def test_a_worker_looks_at_once_when_many_are_submitted(worker_loop: Loop, shop: KeyCaller, worker: KeyCaller) -> None:
    assert worker.agent is not None
    one = {"intent_type": "a.b.v1", "to_agent": worker.agent.name, "payload": {}}
    shop.post("/intents/batch", {"intents": [one, one]}).ok()
    assert worker_loop.second.wait(WAITED)


def test_no_worker_is_woken_for_an_agent_that_comes_for_its_work(worker_loop: Loop, shop: KeyCaller) -> None:
    shop.submit("somebody")
    assert not live.work.is_set()
    assert worker_loop.looks == 1


def test_who_sends_goes_on_at_once_when_there_is_more_to_send() -> None:
    sender = Sender([])
    loop = Loop(lambda: sender.keep_working(NEVER))
    sender.work = loop.look  # type: ignore[method-assign]
    loop.thread.start()
    assert loop.first.wait(WAITED)
    sender.nudge()
    assert loop.second.wait(WAITED)


def test_one_thread_alone_goes_on_sending() -> None:
    sender = Sender([])
    loop = Loop(lambda: sender.keep_working(NEVER))
    sender.work = loop.look  # type: ignore[method-assign]
    loop.thread.start()
    assert loop.first.wait(WAITED)
    sender.keep_working(NEVER)  # returns: else this test would never end
    assert loop.second.wait(WAITED)
    assert loop.thread.ident != threading.get_ident()


def test_who_gives_events_their_places_looks_at_once_when_one_is_recorded(
    shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender([])
    loop = Loop(lambda: sender.keep_working(NEVER))
    sender.work = loop.look  # type: ignore[method-assign]
    monkeypatch.setattr(live, "_on_events", sender.recorded)
    loop.thread.start()
    assert loop.first.wait(WAITED)
    shop.submit("somebody")
    assert loop.second.wait(WAITED)


def test_signals_of_other_processes_say_whether_events_were_recorded() -> None:
    assert live.told_of_events(["intent", "01a1faa0-d7a6-7491-bfae-27ab1f66cf80"])
    assert live.told_of_events(list(live.RECORDED))
    assert not live.told_of_events(list(live.WORK))
    assert not live.told_of_events([])


def test_a_worker_listens_until_the_next_call_is_due(
    shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SWEEP_SECONDS = NEVER
    loop = Loop(lambda: scheduler.sweep_for(NEVER))  # one look, and an hour until the next call
    monkeypatch.setattr(scheduler, "sweep_all", loop.look)
    live.work.clear()
    loop.thread.start()
    assert loop.first.wait(WAITED)
    live.work.set()
    assert loop.second.wait(WAITED)


def test_a_worker_with_one_thread_has_it_for_other_things_meanwhile(
    shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SWEEP_SECONDS, settings.WORKER_CONCURRENCY = NEVER, 1
    looks: list[int] = []
    monkeypatch.setattr(scheduler, "sweep_all", lambda: looks.append(1))
    live.work.clear()
    scheduler.sweep_for(NEVER)  # returns: else this test would never end
    assert looks == [1]


@pytest.mark.usefixtures("called")
def test_a_look_that_did_something_is_followed_by_another(shop: KeyCaller, worker: KeyCaller) -> None:
    assert worker.agent is not None
    shop.submit(worker.agent.name)
    live.work.clear()
    scheduler.sweep_all()
    assert live.work.is_set()
    live.work.clear()
    scheduler.sweep_all()
    assert not live.work.is_set()
