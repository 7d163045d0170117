"""Tasks that nobody decides in time."""

from datetime import timedelta

import pytest

from inbox.tasks.models import Task
from intents.dispatch import scheduler
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway


def late(bob: PersonCaller, asked: Asked) -> list[tuple[int, str | None, str]]:
    answers = [
        asked.decide(bob, "approved"),
        bob.post(f"/approvals/{asked.intent_id}/decision", {"decision": "approve"}),
        bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved"}}),
    ]
    return [(one.status, one.code, one.json["error"]["details"]["state"]) for one in answers]


TOO_LATE = [(409, "invalid_transition", "expired")] * 3


@pytest.mark.parametrize("swept", [False, True])
def test_a_wait_that_is_over_is_decided_no_more_even_before_the_clockwork_sees_it(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, swept: bool
) -> None:
    asked = ask_midway(shop, worker, deadline_seconds=60)
    assert asked.task(bob)["due_at"] == rfc3339(now.now + timedelta(seconds=60))
    now.advance(seconds=60)
    if swept:
        scheduler.sweep()
        assert shop.intent(asked.intent_id)["status"] == "FAILED"
        assert asked.task(bob)["state"] == "expired"
        assert bob.get("/me/tasks").ok()["tasks"] == []
    assert late(bob, asked) == TOO_LATE


@pytest.mark.parametrize("swept", [False, True])
def test_an_intent_that_is_over_is_decided_no_more(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, swept: bool
) -> None:
    intent_id = shop.submit(human_task={}, deadline_at=rfc3339(now.now + timedelta(seconds=60)))
    asked = Asked(intent_id, str(Task.objects.get().id))
    assert asked.task(bob)["due_at"] == rfc3339(now.now + timedelta(seconds=60))
    now.advance(seconds=60)
    if swept:
        scheduler.sweep()
        assert shop.intent(intent_id)["status"] == "TIMED_OUT"
    assert late(bob, asked) == TOO_LATE


def test_in_the_last_moment_it_is_decided(now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    asked = ask_midway(shop, worker, deadline_seconds=60)
    now.advance(seconds=59.999)
    asked.decide(bob, "approved").ok()
    now.advance(seconds=1)
    scheduler.sweep()
    assert asked.task(bob)["state"] == "decided"
    assert shop.intent(asked.intent_id)["status"] == "IN_PROGRESS"


def test_an_agent_asks_again_after_nobody_answered(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit()
    ask_for = {"for": "human", "human_task": {"title": "First"}, "deadline_seconds": 60, "on_timeout": "resume"}
    worker.post(f"/intents/{intent_id}/wait", ask_for).ok()
    now.advance(seconds=61)
    scheduler.sweep()
    worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"title": "Second"}}).ok()
    first, second = Task.objects.order_by("id")
    assert (first.state, second.state) == ("expired", "open")
    assert bob.post(f"/tasks/{first.id}/decide", {"outcome": "approved"}).status == 409
    # By the intent's id, the newest task is meant.
    approval = bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()["approval"]
    assert approval["approval_id"] == str(second.id)


def test_a_task_without_a_deadline_stays_open(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop)
    now.advance(days=400)
    scheduler.sweep()
    assert "due_at" not in asked.task(bob)
    asked.decide(bob, "approved").ok()
