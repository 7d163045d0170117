"""What happens to tasks stands in the feed of their workspace, once each, and goes to the endpoints that ask for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from intents.dispatch import scheduler
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.intents.feeds import Reader, sequenced
from tests.security.edge import Loop

Told = list[tuple[str, str, dict[str, Any]]]
OPENED = ("task.opened", "shop", {})


@pytest.fixture
def told(loop: Loop) -> Callable[[KeyCaller, Asked], Told]:
    return lambda by, asked: _told(Reader(loop, by), asked)


def _told(reader: Reader, asked: Asked) -> Told:
    """Of a task, in order: what happened, who did it, and the details beside its kind and risk."""
    sequenced()
    found = [one for one in reader.read(types="task.*") if one["subject"] == asked.task_id]
    assert all(one["intent_id"] == asked.intent_id and one["intent_type"] for one in found)
    assert all((one["details"].pop("task_type"), one["details"].pop("risk")) == ("approval", "low") for one in found)
    return [(one["event_type"], one["actor"].rpartition("/")[2], one["details"]) for one in found]


@pytest.fixture
def asked(shop: KeyCaller) -> Asked:
    return ask(shop, task_type="approval", risk="low", title="Refund Jane Doe")


def test_a_task_is_opened_claimed_released_and_decided(
    told: Callable[[KeyCaller, Asked], Told], asked: Asked, machine: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked.post(bob, "claim").ok()
    asked.post(bob, "release").ok()
    asked.decide(alice, "approved", comment="fine").ok()
    assert told(machine, asked) == [
        OPENED,
        ("task.claimed", "bob@myorg.example", {}),
        ("task.released", "system:inbox", {}),
        ("task.decided", "alice@myorg.example", {"outcome": "approved"}),
    ]


def test_a_decision_is_told_once_it_has_taken_effect(
    told: Callable[[KeyCaller, Asked], Told], now: SettableClock, shop: KeyCaller, machine: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask(shop, task_type="approval", risk="low")
    asked.decide_on_page(bob)
    assert told(machine, asked) == [OPENED]
    asked.post(bob, "undo").ok()
    asked.decide_on_page(bob, "rejected")
    now.advance(seconds=8)
    scheduler.sweep()
    assert told(machine, asked) == [OPENED, ("task.decided", "bob@myorg.example", {"outcome": "rejected"})]


def test_a_task_that_nobody_decided_expired(
    told: Callable[[KeyCaller, Asked], Told], now: SettableClock, shop: KeyCaller, machine: KeyCaller
) -> None:
    due = (now.now + timedelta(hours=1)).isoformat()
    asked = Asked(shop.submit(human_task={"task_type": "approval", "risk": "low"}, deadline_at=due), "")
    (task,) = shop.get("/tasks", intent_id=asked.intent_id).ok()["tasks"]
    asked.task_id = task["task_id"]
    now.advance(hours=1)
    scheduler.sweep()
    assert told(machine, asked) == [OPENED, ("task.expired", "system:inbox", {})]


def test_a_task_of_an_intent_that_was_canceled_is_withdrawn(
    told: Callable[[KeyCaller, Asked], Told], asked: Asked, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "late"}).ok()
    assert told(machine, asked) == [OPENED, ("task.withdrawn", "system:inbox", {})]


def test_a_key_of_an_agent_is_told_of_the_tasks_of_its_intents_alone(
    told: Callable[[KeyCaller, Asked], Told], asked: Asked, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller
) -> None:
    assert told(shop, asked) == told(worker, asked) == [OPENED]
    assert told(stranger, asked) == []
