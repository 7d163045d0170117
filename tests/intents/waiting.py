"""Letting intents wait, and what the tests of waits look at."""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from intents.dispatch import scheduler
from intents.engine.models import Delivery, Pulse, Timer, Wait
from intents.kernel import clock
from tests.callers import Answer, Caller, KeyCaller
from tests.intents.factory import take
from tests.turns import share

RACES = share(24, whole=200)
CHILD = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
BODIES: dict[str, dict[str, Any]] = {
    "human": {"human_task": {"title": "Go?", "risk": "low"}},
    "tool": {"tool": "printer"},
    "agent": {"intents": [CHILD]},
    "time": {"delay_seconds": 60},
}
"""A wait of each kind, as short as it can be said."""
LIMIT = {"human": "deadline_seconds", "tool": "timeout_seconds", "agent": "timeout_seconds"}
"""How each calls its time limit."""
TITLED = {"human": "HUMAN", "tool": "TOOL", "agent": "AGENT", "time": "TIME"}


def wait(worker: Caller, intent_id: str, kind: str, **body: Any) -> Any:
    """Put the intent aside: the answer."""
    return worker.post(f"/intents/{intent_id}/wait", {"for": kind} | body).ok()


def token_of(answer: Any) -> str:
    """The callback token in the answer to a tool wait."""
    token: str = answer["callback_url"].rpartition("/")[2]
    return token


def complete_job(caller: KeyCaller, tool: str, external_id: str, **result: Any) -> Answer:
    return caller.post(f"/tools/{tool}/completions", {"external_id": external_id, "result": result})


def handed(worker: KeyCaller) -> dict[str, Any]:
    """The one delivery that waits for the agent."""
    (one,) = take(worker, limit=10)
    return one.json()


def resume_of(worker: KeyCaller) -> Any:
    return handed(worker)["resume"]


def look() -> None:
    """Do all that is due. The server has been looking all the while, however far the clock was set on."""
    Pulse.objects.update(looked_at=clock.now())
    scheduler.sweep_all()


def states(intent_id: str) -> list[str]:
    """The states of the intent's waits in their order."""
    return [row.state for row in Wait.objects.filter(intent_id=intent_id).order_by("id")]


def nothing_is_left(intent_id: str) -> bool:
    """Whether no timer is armed and nothing is owed to an agent."""
    owed = Delivery.objects.filter(intent_id=intent_id, state__in=("ready", "leased")).exclude(binding="parent")
    return not Timer.objects.filter(intent_id=intent_id).exists() and not owed.exists()


def kinds(caller: Caller, intent_id: str) -> list[str]:
    return [event["event_type"].removeprefix("intent.") for event in caller.events(intent_id)]


@pytest.fixture
def rng() -> random.Random:
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def at_once(pool: ThreadPoolExecutor, *calls: Callable[[], Any]) -> list[Any]:
    """What the calls returned, each made in a thread with a connection of its own, all begun together."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(30)
        try:
            return call()
        finally:
            connection.close()

    return list(pool.map(run, calls))
