"""Stages: people who are asked one group after the other."""

from datetime import timedelta
from typing import Any

import pytest

from inbox.notifications.models import Notification
from inbox.notifications.services import fan_out
from inbox.tasks.models import Assignment, Decision
from intents.accounts.models import Workspace
from intents.dispatch import scheduler
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_voting import Voters, make_group, mine, names, voters

__all__ = ["voters"]


def stage(name: str, *people: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "assignees": list(people)} | more


@pytest.fixture
def staged(shop: KeyCaller, workspace: Workspace, voters: Voters) -> Asked:
    """Two of Finance, then one of Legal."""
    ann, ben, cat = voters
    make_group(workspace, "Finance", ann, ben)
    make_group(workspace, "Legal", cat)
    return ask(shop, stages=[stage("Finance check", "Finance", quorum=2), stage("Legal check", "Legal", on_reject="return")])


def told(who: PersonCaller) -> list[str]:
    while fan_out.notify():
        pass
    return list(Notification.objects.filter(user=who.user).order_by("id").values_list("kind", flat=True))


def pending(by: KeyCaller, asked: Asked) -> Any:
    return by.intent(asked.intent_id)["pending_with"]["name"]


def test_the_next_stage_is_asked_and_notified_once_it_begins(shop: KeyCaller, staged: Asked, voters: Voters) -> None:
    ann, ben, cat = voters
    assert pending(shop, staged) == "Finance check"
    assert staged.decide(cat, "approved").code == "policy_denied"
    staged.decide(ann, "approved").ok()
    assert (mine(cat), told(cat)) == ([], [])
    done = staged.decide(ben, "approved").ok()
    assert (done["task"]["state"], done["decision"]["final"]) == ("open", False)
    assert {name: done["task"]["progress"][name] for name in ("stage", "stages", "name", "waiting_for")} == {
        "stage": 2,
        "stages": 2,
        "name": "Legal check",
        "waiting_for": ["Legal"],
    }
    assert pending(shop, staged) == "Legal check"
    assert ([mine(who) for who in voters], told(cat)) == ([[], [], [staged.task_id]], ["assigned"])
    assert staged.decide(ann, "rejected").code == "policy_denied"
    assert staged.decide(cat, "approved").ok()["task"]["state"] == "decided"
    result = shop.intent(staged.intent_id)["result"]
    assert [(one["stage"], one["by"]) for one in result["votes"]] == [
        (1, "ann@myorg.example"),
        (1, "ben@myorg.example"),
        (2, "cat@myorg.example"),
    ]


def test_a_refusal_ends_the_task_or_goes_back_as_the_stage_says(shop: KeyCaller, staged: Asked, voters: Voters) -> None:
    ann, ben, cat = voters
    for who in (ann, ben):
        staged.decide(who, "approved").ok()
    back = staged.decide(cat, "rejected", comment="which contract?").ok()["task"]
    assert (back["state"], back["progress"]["name"], back["progress"]["approve"]["given"]) == ("open", "Finance check", 0)
    assert [mine(who) for who in voters] == [[staged.task_id], [staged.task_id], []]
    assert staged.task(ann)["history"][-1]["action"] == "stage_returned"
    assert set(Decision.objects.values_list("void_reason", flat=True)) == {"returned"}
    assert told(ann) == ["assigned"]
    for who in (ann, ben, cat):
        done = staged.decide(who, "approved").ok()
    assert done["task"]["state"] == "decided"
    other = ask(shop, stages=[stage("A", *names("ann")), stage("B", *names("ben"))])
    other.decide(ann, "approved").ok()
    assert other.decide(ben, "rejected").ok()["task"]["outcome"] == "rejected"


def test_a_stage_that_is_settled_on_a_page_is_held_before_the_next_begins(
    now: SettableClock, staged: Asked, voters: Voters
) -> None:
    ann, ben, cat = voters
    staged.decide(ann, "approved").ok()
    staged.decide_on_page(ben)
    assert (staged.task(ben)["state"], mine(cat)) == ("held", [])
    staged.post(ben, "undo").ok()
    assert mine(ben) == [staged.task_id]
    staged.decide_on_page(ben)
    now.advance(seconds=8)
    scheduler.sweep()
    assert (staged.task(ben)["progress"]["stage"], mine(cat)) == (2, [staged.task_id])


def test_each_stage_has_its_own_time(now: SettableClock, shop: KeyCaller, voters: Voters) -> None:
    ann, *_ = voters
    stages = [
        stage("A", *names("ann"), deadline_seconds=600),
        stage("B", *names("ben"), deadline_seconds=1200),
    ]
    asked = ask(shop, stages=stages)
    assert asked.task(ann)["due_at"] == rfc3339(now.now + timedelta(seconds=600))
    now.advance(seconds=500)
    asked.decide(ann, "approved").ok()
    assert asked.task(ann)["due_at"] == rfc3339(now.now + timedelta(seconds=1200))
    now.advance(seconds=1100)
    scheduler.sweep()
    assert asked.task(ann)["state"] == "open"
    now.advance(seconds=100)
    scheduler.sweep()
    assert asked.task(ann)["state"] == "expired"


def test_reminders_and_escalation_begin_anew_with_each_stage(now: SettableClock, shop: KeyCaller, voters: Voters) -> None:
    ann, _, cat = voters
    escalation = {
        "reminders": {"after_seconds": 60},
        "levels": [{"after_seconds": 120, "to": "cat@myorg.example"}],
        "end": {"after_seconds": 600, "then": "fail"},
    }
    asked = ask(shop, stages=[stage("A", *names("ann")), stage("B", *names("ben"))], escalation=escalation)
    now.advance(seconds=130)
    scheduler.sweep()
    assert mine(cat) == [asked.task_id]
    asked.decide(ann, "approved").ok()
    assert mine(cat) == []
    shown = asked.task(ann)
    assert shown["due_at"] == rfc3339(now.now + timedelta(seconds=600))
    assert [(one["what"], one["at"]) for one in shown["next_steps"]] == [
        ("reminder", rfc3339(now.now + timedelta(seconds=60))),
        ("escalation", rfc3339(now.now + timedelta(seconds=120))),
        ("end", rfc3339(now.now + timedelta(seconds=600))),
    ]
    now.advance(seconds=120)
    scheduler.sweep()
    assert mine(cat) == [asked.task_id]
    assert set(Assignment.objects.values_list("authority", flat=True)) == {"direct", "escalation"}


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ({"assignees": names("ann"), "stages": [stage("A", *names("ann"))]}, "human_task.assignees"),
        ({"stages": []}, "human_task.stages"),
        ({"stages": [stage("A", *names("ann")), stage("a", *names("ben"))]}, "human_task.stages.1.name"),
        ({"stages": [stage("A", *names("ann"), on_reject="return")]}, "human_task.stages.0.on_reject"),
        ({"stages": [stage("A", *names("ann")), stage("B", "Nobody")]}, "human_task.stages.1.assignees.0"),
        ({"stages": [stage("A", *names("ann", "ben"), quorum=3)]}, "human_task.stages.0.quorum"),
        ({"quorum": 2, "stages": [stage("A", *names("ann"))]}, "human_task.quorum"),
    ],
)
def test_stages_that_cannot_be_are_refused_at_the_door(
    shop: KeyCaller, voters: Voters, task: dict[str, Any], field: str
) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "x", "payload": {}, "human_task": {"title": "x"} | task}
    refused = shop.post("/intents", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
