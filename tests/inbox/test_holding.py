"""Decisions made on a page are held for some seconds: final for everybody else, and taken back by who made them."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from inbox.tasks.models import Decision, Task
from intents.dispatch import scheduler
from intents.engine.models import Timer
from intents.kernel import failpoints
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway

HOLD = 8


@pytest.fixture
def midway(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> Asked:
    """A task in the middle of an agent's work, due in ten minutes."""
    return ask_midway(shop, worker, deadline_seconds=600)


def test_a_decision_on_a_page_takes_effect_when_its_time_is_over(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, midway: Asked
) -> None:
    made = midway.decide_on_page(bob, "approved", comment="fine", data={"n": 1})
    assert (made.event, made.task.held_until) == (None, now.now + timedelta(seconds=HOLD))
    shown = midway.task(bob)
    assert (shown["state"], shown["outcome"], shown["held_until"]) == (
        "held",
        "approved",
        rfc3339(now.now + timedelta(seconds=HOLD)),
    )
    assert shop.intent(midway.intent_id)["status"] == "WAITING"
    now.advance(seconds=HOLD - 0.001)
    scheduler.sweep()
    assert shop.intent(midway.intent_id)["status"] == "WAITING"
    now.advance(seconds=0.001)
    scheduler.sweep()
    assert shop.intent(midway.intent_id)["status"] == "IN_PROGRESS"
    event = shop.events(midway.intent_id)[-1]
    assert event["actor"] == "bob@myorg.example"
    assert event["details"]["resume"] == {"task_result": {"outcome": "approved", "comment": "fine", "data": {"n": 1}}}
    assert event["details"]["decision"]["channel"] == "web"
    after = midway.task(bob)
    assert (after["state"], "held_until" in after) == ("decided", False)
    assert after["decided_at"] == shown["decided_at"]


def test_a_held_decision_is_final_for_everybody_else(alice: PersonCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide_on_page(bob)
    for refused in (asked.decide(alice, "rejected"), asked.decide(bob, "rejected"), asked.post(alice, "claim")):
        assert refused.code == "already_decided"
        assert refused.json["error"]["details"]["decided_by"] == "bob@myorg.example"
    assert asked.post(alice, "undo").code == "policy_denied"
    assert bob.get("/me/tasks").ok()["tasks"] == []


def test_a_decision_that_was_taken_back_stays_on_record_and_another_follows(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, midway: Asked
) -> None:
    midway.decide_on_page(bob, "approved")
    now.advance(seconds=HOLD / 2)
    task = midway.post(bob, "undo").ok()["task"]
    assert (task["state"], "outcome" in task) == ("open", False)
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [midway.task_id]
    now.advance(seconds=HOLD)
    scheduler.sweep()
    assert shop.intent(midway.intent_id)["status"] == "WAITING"
    midway.decide(alice, "rejected").ok()
    kept = list(Decision.objects.order_by("id").values_list("outcome", "person__email", "void_reason"))
    assert kept == [("approved", "bob@myorg.example", "taken_back"), ("rejected", "alice@myorg.example", None)]
    told = [one for one in shop.events(midway.intent_id) if one["event_type"] == "intent.comment"]
    assert [(one["actor"], one["details"]) for one in told] == [
        ("bob@myorg.example", {"task_id": midway.task_id, "action": "taken_back", "outcome": "approved"})
    ]


def test_after_its_time_a_decision_is_taken_back_no_more(now: SettableClock, bob: PersonCaller, midway: Asked) -> None:
    midway.decide_on_page(bob)
    now.advance(seconds=HOLD)
    assert midway.post(bob, "undo").code == "already_decided"  # also before the scheduler loop saw it
    scheduler.sweep()
    assert midway.post(bob, "undo").code == "already_decided"


def test_what_nobody_decided_is_not_taken_back(bob: PersonCaller, shop: KeyCaller, asked: Asked) -> None:
    assert asked.post(bob, "undo").code == "invalid_transition"
    assert asked.post(shop, "undo").code == "policy_denied"


def test_decisions_by_api_are_not_held(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.decide(bob, "approved").ok()
    assert shop.intent(asked.intent_id)["status"] == "COMPLETED"


@pytest.mark.parametrize("risk", ["high", "critical"])
def test_a_risky_decision_is_not_held(shop: KeyCaller, bob: PersonCaller, risk: str) -> None:
    asked = ask(shop, risk=risk)
    assert asked.decide_on_page(bob).event is not None
    assert shop.intent(asked.intent_id)["status"] == "COMPLETED"


@pytest.mark.parametrize(("due_in", "held"), [(60, False), (61, True)])
def test_a_decision_of_a_task_that_is_due_soon_is_not_held(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, due_in: int, held: bool
) -> None:
    intent_id = shop.submit(human_task={}, deadline_at=rfc3339(now.now + timedelta(seconds=due_in)))
    asked = Asked(intent_id, str(Task.objects.get().id))
    assert (asked.decide_on_page(bob).event is None) is held


def test_without_a_time_for_undo_nothing_is_held(
    settings: LazySettings, shop: KeyCaller, bob: PersonCaller, asked: Asked
) -> None:
    settings.UNDO_SECONDS = 0
    asked.decide_on_page(bob)
    assert shop.intent(asked.intent_id)["status"] == "COMPLETED"


def test_a_cancel_wins_over_a_held_decision(now: SettableClock, shop: KeyCaller, bob: PersonCaller, midway: Asked) -> None:
    midway.decide_on_page(bob)
    shop.post(f"/intents/{midway.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    assert midway.task(bob)["state"] == "withdrawn"
    assert midway.task(bob)["decision"] is None
    assert Decision.objects.get().void_reason == "overtaken"
    assert midway.post(bob, "undo").code == "invalid_transition"
    now.advance(seconds=HOLD)
    scheduler.sweep()
    assert shop.intent(midway.intent_id)["status"] == "CANCELED"


def test_a_wait_that_is_over_releases_the_held_decision(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, midway: Asked
) -> None:
    now.advance(seconds=600 - 61)
    midway.decide_on_page(bob)
    # Everything falls due at once, after an outage.
    now.advance(seconds=3600)
    scheduler.sweep()
    assert midway.task(bob)["state"] == "decided"
    assert shop.intent(midway.intent_id)["status"] == "IN_PROGRESS"


@pytest.mark.parametrize("also", ["release", "deadline"])
def test_a_deadline_of_the_intent_releases_the_held_decision_first(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, also: str
) -> None:
    intent_id = shop.submit(human_task={}, deadline_at=rfc3339(now.now + timedelta(seconds=90)))
    asked = Asked(intent_id, str(Task.objects.get().id))
    asked.decide_on_page(bob, "rejected")
    now.advance(seconds=90)
    if also == "deadline":
        # The deadline is seen first, by a sweeper of its own.
        Timer.objects.filter(kind="release").update(next_at=now.now + timedelta(hours=1))
    scheduler.sweep()
    assert shop.intent(intent_id)["status"] == "COMPLETED"
    assert shop.intent(intent_id)["result"] == {"outcome": "rejected"}


def test_a_crash_while_releasing_releases_later(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, midway: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    midway.decide_on_page(bob)
    now.advance(seconds=HOLD)

    def crash(name: str) -> None:
        raise RuntimeError(name)

    with monkeypatch.context() as broken:
        broken.setattr(failpoints, "hit", crash)
        scheduler.sweep()
    assert midway.task(bob)["state"] == "held"
    now.advance(seconds=60)
    scheduler.sweep()
    assert shop.intent(midway.intent_id)["status"] == "IN_PROGRESS"


def test_a_nearer_deadline_is_when_the_task_is_due(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop)
    assert "due_at" not in asked.task(bob)
    shop.post(f"/intents/{asked.intent_id}/controls", {"controls_patch": {"timeout_seconds": 30}}).ok()
    assert asked.task(bob)["due_at"] == rfc3339(now.now + timedelta(seconds=30))
    assert asked.decide_on_page(bob).event is not None
