"""How it ends when nobody decides, what ends it before, and plans that make no sense."""

from datetime import timedelta
from typing import Any

import pytest

from inbox.tasks.models import Task
from inbox.tasks.services import hold
from intents.dispatch import scheduler
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask, ask_midway, person
from tests.inbox.reminding import HOUR, LADDER, armed, escalated, escalation, pass_time, sees, told


def test_when_the_end_has_passed_too_nobody_is_reminded_any_more(now: SettableClock, shop: KeyCaller) -> None:
    asked = ask(shop, escalation=escalation(reminders={"after_seconds": HOUR, "at_most": 10}))
    pass_time(now, hours=25)
    assert told(shop, asked.intent_id) == []
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_a_decision_disarms_everything(now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    asked = ask(shop, escalation=LADDER)
    assert armed() == [("remind", now.now + timedelta(hours=1)), ("escalate", now.now + timedelta(hours=2))]
    asked.decide(bob, "approved").ok()
    assert armed() == []
    pass_time(now, days=2)
    assert told(shop, asked.intent_id) == []


def test_a_decision_midway_disarms_everything_and_the_next_task_starts_anew(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, escalation=LADDER)
    pass_time(now, hours=1)
    asked.decide(bob, "approved").ok()
    assert armed() == []
    again = {"for": "human", "human_task": {"escalation": LADDER}}
    worker.post(f"/intents/{asked.intent_id}/wait", again).ok()
    assert armed() == [("remind", now.now + timedelta(hours=1)), ("escalate", now.now + timedelta(hours=2))]


def test_a_cancel_disarms_everything(now: SettableClock, shop: KeyCaller, alice: PersonCaller) -> None:
    asked = ask(shop, escalation=LADDER)
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "no need"}).ok()
    assert armed() == []


def test_a_held_decision_counts_as_an_answer_until_it_is_taken_back(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask(shop, escalation=LADDER)
    now.advance(seconds=HOUR - 1)
    asked.decide_on_page(bob)
    assert armed() == []
    now.advance(seconds=2)
    while scheduler.sweep():
        pass
    assert told(shop, asked.intent_id) == []
    hold.undo(actor=person(bob), task_id=Task.objects.get().id)
    assert [kind for kind, _ in armed()] == ["remind", "escalate"]
    while scheduler.sweep():
        pass
    assert told(shop, asked.intent_id) == [("reminder", {"number": 1, "of": 3})]


ENDS = [
    ("fail", "FAILED", {"code": "wait_timeout", "outcome": "expired"}),
    ("expire", "COMPLETED", {"outcome": "expired", "expired": True}),
    ("complete", "COMPLETED", {"outcome": "approved", "expired": True}),
]


@pytest.mark.parametrize(("then", "status", "result"), ENDS)
def test_a_task_that_came_with_its_intent_ends_as_its_policy_says(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, then: str, status: str, result: dict[str, Any]
) -> None:
    end = {"after_seconds": HOUR, "then": then} | ({"outcome": "approved"} if then == "complete" else {})
    asked = ask(shop, risk="low", escalation={"end": end})
    assert asked.task(shop)["due_at"] == rfc3339(now.now + timedelta(hours=1))
    pass_time(now, seconds=HOUR - 1)
    assert shop.intent(asked.intent_id)["status"] == "WAITING"
    pass_time(now, seconds=1)
    intent = shop.intent(asked.intent_id)
    assert intent["status"] == status
    ended = intent["error"] if status == "FAILED" else intent["result"]
    assert {name: ended[name] for name in result} == result
    assert asked.task(shop)["state"] == "expired"


def test_a_task_that_an_agent_asked_goes_back_to_it_as_expired(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    asked = ask_midway(shop, worker, escalation={"end": {"after_seconds": HOUR, "then": "expire"}})
    pass_time(now, hours=1)
    assert shop.intent(asked.intent_id)["status"] == "IN_PROGRESS"
    (resumed,) = [one for one in shop.events(asked.intent_id) if one["event_type"] == "intent.resumed"]
    assert resumed["details"]["resume"] == {"expired": True}


def test_the_owners_are_asked_for_as_long_again_before_it_fails(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    end = {"after_seconds": HOUR, "then": "owner"}
    asked = ask(shop, assignees=["bob@myorg.example"], escalation={"end": end})
    pass_time(now, hours=1)
    assert sees(alice)
    assert told(shop, asked.intent_id) == [("escalated", escalated("owner", level=1, of=1))]
    pass_time(now, hours=1)
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_a_limit_that_the_agent_sets_itself_stays(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    asked = ask_midway(
        shop, worker, deadline_seconds=60, escalation=LADDER | {"end": {"after_seconds": 5 * HOUR, "then": "expire"}}
    )
    assert asked.task(shop)["due_at"] == rfc3339(now.now + timedelta(seconds=60))
    pass_time(now, seconds=60)
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_asking_for_as_long_again_at_the_limit_leaves_the_plan_to_go_on(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, olga: PersonCaller
) -> None:
    intent_id = shop.submit(escalate_to="olga@myorg.example")
    task = {"assignees": ["bob@myorg.example"], "escalation": LADDER}
    body = {"for": "human", "human_task": task, "deadline_seconds": HOUR + 60, "on_timeout": "escalate"}
    worker.post(f"/intents/{intent_id}/wait", body).ok()
    pass_time(now, seconds=HOUR + 60)
    assert sees(olga)
    pass_time(now, hours=1)
    assert [kind for kind, _ in told(shop, intent_id)] == ["escalated", "reminder", "escalated", "reminder"]


WRONG = [
    ({"escalation": {}}, "human_task.escalation.end"),
    ({"escalation": {"end": {"after_seconds": 0, "then": "fail"}}}, "human_task.escalation.end.after_seconds"),
    (
        {"escalation": escalation(levels=[{"after_seconds": 60, "to": "a stranger"}])},
        "human_task.escalation.levels.0.to",
    ),
    ({"escalation": escalation(levels=[{"after_seconds": 24 * HOUR, "to": "owner"}])}, "human_task.escalation"),
    ({"escalation": escalation(levels=[{"after_seconds": 0, "to": "owner"}], repeat=1)}, "human_task.escalation"),
    ({"escalation": escalation(reminders={"after_seconds": 24 * HOUR})}, "human_task.escalation"),
    ({"escalation": {"end": {"after_seconds": 60, "then": "fail", "outcome": "approved"}}}, "human_task.escalation.end"),
    ({"escalation": {"end": {"after_seconds": 60, "then": "complete"}}, "risk": "low"}, "human_task.escalation.end"),
    (
        {"escalation": {"end": {"after_seconds": 60, "then": "complete", "outcome": "approved"}}},
        "human_task.escalation.end.then",
    ),
    ({"calendar": "Nowhere"}, "human_task.calendar"),
]


@pytest.mark.parametrize(("task", "field"), WRONG)
def test_what_makes_no_sense_is_refused_by_its_field(shop: KeyCaller, task: dict[str, Any], field: str) -> None:
    refused = shop.post(
        "/intents", {"intent_type": "order.fulfill.v1", "to_agent": "shop", "payload": {}, "human_task": task}
    )
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
