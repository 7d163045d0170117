"""The clock of a task stands still while its agent is asked, as far as the policy lets it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inbox.tasks.models import Task
from intents.dispatch import scheduler
from intents.engine.models import Timer
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.inbox.reminding import HOUR, armed, pass_time, told

PAUSE = 4 * HOUR
ESCALATION: dict[str, Any] = {
    "reminders": {"after_seconds": HOUR},
    "levels": [{"after_seconds": 2 * HOUR, "to": "owner"}],
    "end": {"after_seconds": 8 * HOUR, "then": "expire"},
    "question_pause_seconds": PAUSE,
}
BOBS: dict[str, Any] = {"assignees": ["bob@myorg.example"]}


@pytest.fixture
def paused(now: SettableClock, shop: KeyCaller) -> Asked:
    """A task that follows ESCALATION."""
    return ask(shop, escalation=ESCALATION, **BOBS)


def question(who: PersonCaller, asked: Asked, text: str = "Which invoice?") -> int:
    seq: int = asked.post(who, "ask", {"question": text}).ok()["event"]["seq"]
    return seq


def answer(shop: KeyCaller, asked: Asked, seq: int | None = None) -> None:
    body = {"answer": "INV-7"} | ({"question_seq": seq} if seq is not None else {})
    shop.post(f"/intents/{asked.intent_id}/answer", body).ok()


def times(who: PersonCaller, asked: Asked) -> dict[str, Any]:
    """All times of a task."""
    task = asked.task(who)
    plan = task["plan"]
    row = Task.objects.select_related("wait").get(id=asked.task_id)
    (end,) = Timer.objects.filter(kind="wait", intent_id=asked.intent_id).values_list("due_at", flat=True)
    assert row.wait.deadline_at == end == row.due_at
    return {"due": task["due_at"], "remind": plan["reminders"], "levels": [one["at"] for one in plan["levels"]]}


def at(start: datetime, shift: float = 0) -> dict[str, Any]:
    """The times of ESCALATION, so many seconds later."""

    def late(hours: int) -> str:
        return rfc3339(start + timedelta(hours=hours, seconds=shift))

    return {"due": late(8), "remind": [late(1)], "levels": [late(2)]}


def test_all_times_rest_while_a_question_is_open_and_the_rest_is_given_back_exactly(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, paused: Asked
) -> None:
    start = now.now
    assert times(bob, paused) == at(start)
    now.advance(minutes=10)
    question(bob, paused)
    assert times(bob, paused) == at(start, PAUSE)
    assert paused.task(bob)["pause"] == {
        "since": rfc3339(now.now),
        "until": rfc3339(now.now + timedelta(seconds=PAUSE)),
    }
    pass_time(now, hours=3, microseconds=123_457)
    assert told(shop, paused.intent_id) == []
    answer(shop, paused)
    assert times(bob, paused) == at(start, 3 * HOUR + 0.123457)
    assert "pause" not in paused.task(bob)
    assert armed() == [
        ("remind", start + timedelta(hours=4, microseconds=123_457)),
        ("escalate", start + timedelta(hours=5, microseconds=123_457)),
    ]
    last = paused.task(bob)["history"][-1]
    assert (last["action"], last["details"]) == ("clock_resumed", {"due_at": times(bob, paused)["due"]})
    pass_time(now, minutes=50)
    assert [kind for kind, _ in told(shop, paused.intent_id)] == ["reminder"]


def test_it_rests_at_most_so_long_in_all_whatever_is_asked(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, paused: Asked
) -> None:
    start = now.now
    question(bob, paused)
    pass_time(now, hours=3)
    answer(shop, paused)
    question(bob, paused, "And the year?")
    assert times(bob, paused) == at(start, PAUSE)
    pass_time(now, hours=2)  # One of the two was left.
    assert [kind for kind, _ in told(shop, paused.intent_id)] == ["reminder"]
    answer(shop, paused)
    assert times(bob, paused) == at(start, PAUSE)
    question(bob, paused, "And why?")
    assert "pause" not in paused.task(bob)
    assert times(bob, paused) == at(start, PAUSE)
    pass_time(now, hours=7)
    assert paused.task(bob)["state"] == "expired"


def test_while_one_of_several_questions_is_open_it_rests(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, escalation=ESCALATION, assignees=["bob@myorg.example", "alice@myorg.example"])
    start = now.now
    first = question(bob, asked)
    now.advance(hours=1)
    second = question(alice, asked, "Why?")
    assert times(bob, asked) == at(start, PAUSE)
    answer(shop, asked, second)
    answer(shop, asked, second)
    now.advance(hours=1)
    assert times(bob, asked) == at(start, PAUSE)
    answer(shop, asked, first)
    assert times(bob, asked) == at(start, 2 * HOUR)


def test_nobody_answers_and_the_times_come_without_anything_else_happening(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, paused: Asked
) -> None:
    question(bob, paused)
    pass_time(now, hours=4, seconds=3599)
    assert told(shop, paused.intent_id) == []
    pass_time(now, seconds=1)
    assert [kind for kind, _ in told(shop, paused.intent_id)] == ["reminder"]
    pass_time(now, hours=7)
    assert paused.task(bob)["state"] == "expired"


def test_what_was_due_before_the_question_does_not_wait_for_the_answer(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, paused: Asked
) -> None:
    now.advance(hours=1)  # The scheduler is late: nobody was reminded yet.
    question(bob, paused)
    while scheduler.sweep():
        pass
    assert [kind for kind, _ in told(shop, paused.intent_id)] == ["reminder"]


def test_a_task_is_decided_while_its_clock_rests_and_a_late_answer_moves_nothing(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, escalation=ESCALATION, **BOBS)
    seq = question(bob, asked)
    now.advance(hours=1)
    asked.decide(bob, "approved").ok()
    assert Timer.objects.filter(intent_id=asked.intent_id, kind__in=["wait", "remind", "escalate"]).count() == 0
    due = Task.objects.get(id=asked.task_id).due_at
    worker.post(f"/intents/{asked.intent_id}/answer", {"answer": "late", "question_seq": seq}).ok()
    assert Task.objects.get(id=asked.task_id).due_at == due
    assert Timer.objects.filter(intent_id=asked.intent_id, kind__in=["wait", "remind", "escalate"]).count() == 0


def test_an_answer_during_the_undo_time_counts_and_an_undo_arms_what_is_ahead(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, paused: Asked, settings: Any
) -> None:
    settings.UNDO_SECONDS = 8
    start = now.now
    question(bob, paused)
    now.advance(hours=1)
    paused.decide_on_page(bob)
    answer(shop, paused)
    assert armed() == []
    paused.post(bob, "undo").ok()
    assert times(bob, paused) == at(start, HOUR)
    assert [kind for kind, _ in armed()] == ["remind", "escalate"]


@pytest.mark.parametrize(
    ("changes", "shift"),
    [({}, PAUSE), ({"question_pause_seconds": HOUR}, HOUR), ({"question_pause_seconds": None}, 0)],
    ids=["four hours", "one hour", "no word of it"],
)
def test_a_policy_says_for_how_long_its_tasks_rest(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, changes: dict[str, Any], shift: int
) -> None:
    escalation = {name: value for name, value in (ESCALATION | changes).items() if value is not None}
    alice.post("/policies", {"name": "Late", "escalation": escalation}).ok()
    asked = ask(shop, **BOBS)
    assert asked.task(bob)["plan"]["question_pause_seconds"] == (shift or None)
    start = now.now
    question(bob, asked)
    assert times(bob, asked) == at(start, shift)
    assert ("pause" in asked.task(bob)) is bool(shift)


def test_the_question_of_who_could_not_decide_stops_no_clock(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, paused: Asked
) -> None:
    start = now.now
    question(alice, paused)
    assert times(bob, paused) == at(start)
    assert "pause" not in paused.task(bob)


def test_an_agents_own_end_rests_too_and_the_deadline_of_the_intent_never(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, escalation=ESCALATION, deadline_seconds=6 * HOUR, **BOBS)
    start = now.now
    question(bob, asked)
    assert times(bob, asked)["due"] == rfc3339(start + timedelta(hours=10))
    deadline = rfc3339(start + timedelta(hours=7))
    shop.post(f"/intents/{asked.intent_id}/controls", {"controls_patch": {"deadline_at": deadline}}).ok()
    assert asked.task(bob)["due_at"] == deadline
    now.advance(hours=2)
    worker.post(f"/intents/{asked.intent_id}/answer", {"answer": "INV-7"}).ok()
    assert asked.task(bob)["due_at"] == deadline
    assert Task.objects.select_related("wait").get(id=asked.task_id).wait.deadline_at == start + timedelta(hours=8)


def test_the_next_stage_rests_for_what_is_left(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    stages = [{"name": name, "assignees": [f"{who}@myorg.example"]} for name, who in (("One", "bob"), ("Two", "alice"))]
    asked = ask(shop, escalation=ESCALATION, stages=stages)
    question(bob, asked)
    now.advance(hours=1)
    asked.decide(bob, "approved").ok()
    second = now.now
    assert asked.task(bob)["plan"]["reminders"] == [rfc3339(second + timedelta(hours=1 + 3))]
    now.advance(hours=1)
    answer(shop, asked)
    assert asked.task(bob)["plan"]["reminders"] == [rfc3339(second + timedelta(hours=1 + 1))]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "4h", 366 * 24 * HOUR + 1, True])
def test_how_long_is_a_number_of_seconds(shop: KeyCaller, alice: PersonCaller, wrong: Any) -> None:
    refused = alice.post("/policies", {"name": "Late", "escalation": ESCALATION | {"question_pause_seconds": wrong}})
    assert refused.status == 422
    assert refused.json["error"]["details"]["field"] == "escalation.question_pause_seconds"
