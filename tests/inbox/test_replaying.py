"""A policy that is tried on the tasks of the last week."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from inbox.escalation.replay import Past, Stage, went
from inbox.escalation.services import replay
from inbox.plans.plan import Plan, Step
from inbox.tasks.models import Task
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN = Plan(
    reminders=(T + timedelta(hours=1), T + timedelta(hours=2)),
    levels=(Step(T + timedelta(hours=3), "Finance", "x"), Step(T + timedelta(hours=5), "owner", "y")),
    end_at=T + timedelta(hours=8),
    then="expire",
)
POLICY: dict[str, Any] = {
    "escalation": {
        "reminders": {"after_seconds": 3600, "at_most": 2},
        "levels": [{"after_seconds": 10_800, "to": "olga@myorg.example"}, {"after_seconds": 7200, "to": "owner"}],
        "end": {"after_seconds": 28_800, "then": "expire"},
    }
}


@pytest.mark.parametrize(
    ("hours", "reminders", "asked", "then", "stage"),
    [
        (0.5, 0, (), None, Stage.NOTHING),
        (1, 0, (), None, Stage.NOTHING),
        (1.5, 1, (), None, Stage.REMINDED),
        (4, 2, ("Finance",), None, Stage.ASKED),
        (8, 2, ("Finance", "owner"), None, Stage.ASKED),
        (9, 2, ("Finance", "owner"), "expire", Stage.ENDED),
        (None, 2, ("Finance", "owner"), "expire", Stage.ENDED),
    ],
)
def test_a_plan_goes_on_until_the_task_was_over(
    hours: float | None, reminders: int, asked: tuple[str, ...], then: str | None, stage: Stage
) -> None:
    over_at = None if hours is None else T + timedelta(hours=hours)
    found = went(Past(uuid4(), "", T, over_at, "decided", "approved"), PLAN, now=T + timedelta(days=1))
    assert (found.reminders, found.asked, found.then, found.stage) == (reminders, asked, then, stage)


def opened(asked: Asked, hours: float) -> Asked:
    """As if it had been opened so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_task SET assigned_at = assigned_at - make_interval(secs => %s) WHERE id = %s",
            [hours * 3600, asked.task_id],
        )
    task = Task.objects.get(id=asked.task_id)
    task.assignments.update(due_order=task.place)
    return asked


def tried(alice: PersonCaller, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = alice.post("/policies/replay", POLICY | changes).ok()
    return found


def test_it_tells_what_it_would_have_done_and_how_it_really_went(
    alice: PersonCaller, olga: PersonCaller, bob: PersonCaller, shop: KeyCaller
) -> None:
    for hours, outcome in ((0.5, "approved"), (1.5, "approved"), (4, "rejected")):
        opened(ask(shop, title="Refund"), hours).decide(bob, outcome)
    opened(ask(shop), 10)
    opened(ask(shop), 200)
    before = list(Task.objects.order_by("id").values())
    found = tried(alice)
    assert (found["looked_at"], found["cut"], found["followed"]) == (4, False, 4)
    assert found["stages"] == {"nothing": 1, "reminded": 1, "asked": 1, "ended": 1}
    assert found["asked"] == {"olga@myorg.example": 2, "owner": 1}
    assert (found["reminders"], found["ended"]) == (5, {"expire": 1})
    assert found["really"] == {"decided": 3, "waiting": 1}
    assert found["decided_after_seconds"] == pytest.approx(1.5 * 3600, abs=60)
    waiting, rejected, *_ = found["tasks"]
    assert (waiting["how"], waiting["then"], waiting["over_at"]) == ("waiting", "expire", None)
    assert (rejected["outcome"], rejected["reminders"], rejected["asked"]) == ("rejected", 2, ["olga@myorg.example"])
    assert list(Task.objects.order_by("id").values()) == before


def test_only_tasks_that_would_have_followed_it_are_counted(
    alice: PersonCaller, olga: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    end = {"end": {"after_seconds": 60, "then": "fail"}}
    first = alice.post("/policies", {"name": "Large", "place": 5, "escalation": end, "match": {"risks": ["high"]}}).ok()
    ask(shop, {"eur": 5}, risk="low")
    ask(shop, {"eur": 5000}, risk="low")
    ask(shop, {"eur": 5000}, risk="high")
    ask(shop, {"eur": 5000}, escalation=end)
    shop.submit(payload={"eur": 5000}, human_task={}, remind_after_seconds=60)
    rule = {"match": {"payload": [{"field": "eur", "at_least": 1000}]}}
    found = tried(alice, **rule)
    assert (found["looked_at"], found["followed"], found["earlier"], found["own"]) == (5, 1, {"Large": 1}, 2)
    assert tried(alice, place=1, **rule)["followed"] == 2
    assert tried(alice, policy_id=first["policy"]["policy_id"], **rule)["followed"] == 2
    assert tried(alice)["followed"] == 2


def test_an_end_that_the_agent_set_stays(
    alice: PersonCaller, olga: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id = shop.submit()
    worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {}, "deadline_seconds": 90_000}).ok()
    (task,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    opened(Asked(intent_id, task["task_id"]), 10)
    assert tried(alice)["stages"] == {"asked": 1}


def test_it_looks_at_the_newest_and_tells_of_the_rest(
    alice: PersonCaller, olga: PersonCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [ask(shop) for _ in range(3)]
    monkeypatch.setattr(replay, "MOST", 2)
    found = tried(alice)
    assert (found["looked_at"], found["cut"]) == (2, True)
    assert [one["task_id"] for one in found["tasks"]] == [one.task_id for one in reversed(asked[1:])]


def test_it_is_for_owners_and_admins_and_held_to_what_policies_are_held_to(
    alice: PersonCaller, bob: PersonCaller, machine: KeyCaller, charlie: PersonCaller, shop: KeyCaller
) -> None:
    ask(shop)
    for caller in (bob, machine):
        assert caller.post("/policies/replay", POLICY).code == "policy_denied"
    nobody = {"escalation": {"levels": [{"after_seconds": 1, "to": "Nobody"}], "end": {"after_seconds": 60, "then": "fail"}}}
    assert alice.post("/policies/replay", nobody).json["error"]["details"]["field"] == "escalation.levels.0.to"
    alone = {"escalation": {"end": {"after_seconds": 60, "then": "fail"}}}
    assert charlie.post("/policies/replay", alone).ok()["looked_at"] == 0
