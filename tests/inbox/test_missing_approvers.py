"""What happens once too few are left of those who were asked to decide together."""

from typing import Any

import pytest

from inbox.notifications.models import Notification
from inbox.notifications.services import fan_out
from inbox.operations.bulk import runner
from inbox.tasks.services import missing, unroutable
from intents.accounts.models import GroupMember, Member, Workspace
from intents.kernel import clock
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.inbox.bulks import order
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_voting import Voters, among, make_group, mine, names, voters

__all__ = ["voters"]


def suspend(who: PersonCaller) -> None:
    Member.objects.filter(user=who.user).update(suspended_at=clock.now())


def look() -> int:
    return missing.look(actor=missing.SERVER)


def test_nothing_happens_while_there_are_enough_without_them(shop: KeyCaller, voters: Voters) -> None:
    asked = among(shop, quorum=2, on_missing={"then": "close", "outcome": "rejected"})
    suspend(voters[0])
    assert look() == 0
    assert [asked.decide(who, "approved").ok()["task"]["state"] for who in voters[1:]] == ["open", "decided"]


def test_owners_are_alerted_once_unless_it_says_otherwise(shop: KeyCaller, voters: Voters, alice: PersonCaller) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum="all")
    asked.decide(ann, "approved").ok()
    suspend(cat)
    assert (look(), look()) == (1, 0)
    while fan_out.notify():
        pass
    assert list(Notification.objects.filter(kind="too_few").values_list("user__email", flat=True)) == [alice.user.email]
    assert asked.task(ann)["progress"]["short"] == 1
    dan = make_person(Workspace.objects.get(id=shop.agent.workspace_id), "dan@myorg.example", Role.APPROVER)
    asked.post(alice, "assign", {"to": "dan@myorg.example"}).ok()
    assert look() == 1
    assert asked.task(ann)["progress"]["short"] == 0
    assert [asked.decide(who, "approved").ok()["task"]["state"] for who in (ben, dan)] == ["open", "decided"]


def test_who_is_missing_is_skipped_and_what_was_voted_may_be_enough_then(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum="all", on_missing="skip")
    for who in (ann, ben):
        asked.decide(who, "approved").ok()
    suspend(cat)
    assert look() == 1
    shown = asked.task(ann)
    assert (shown["state"], shown["outcome"], shown["decision"]["decided_by"]) == (
        "decided",
        "approved",
        "ben@myorg.example",
    )
    assert "skipped" in [one["action"] for one in shown["history"]]
    assert shop.intent(asked.intent_id)["status"] == "COMPLETED"


def test_nobody_waits_for_who_was_skipped_or_whose_tasks_another_has(
    shop: KeyCaller, voters: Voters, alice: PersonCaller
) -> None:
    ann, _, cat = voters
    asked = among(shop, quorum="all", on_missing="skip")
    suspend(cat)
    assert look() == 1
    assert asked.task(ann)["progress"]["waiting_for"] == names("ann", "ben")
    boss = make_person(ann.token.workspace, "boss@myorg.example", Role.APPROVER)
    order(alice, [asked.intent_id], "reassign", arguments={"from": names("ben")[0], "to": boss.user.email})
    runner.work()
    assert asked.task(ann)["progress"]["waiting_for"] == names("ann", "boss")


def test_nobody_left_is_skipped_by_nobody(shop: KeyCaller, voters: Voters, alice: PersonCaller) -> None:
    asked = among(shop, quorum="all", on_missing="skip")
    for who in voters:
        suspend(who)
    assert look() == 1
    shown = asked.task(alice)
    assert (shown["state"], shown["progress"]["short"]) == ("open", 3)


def substituted(shop: KeyCaller, workspace: Workspace, who: PersonCaller) -> tuple[PersonCaller, Asked]:
    """The manager that one of the voters has, and what all are asked: in the place of who is missing their manager is."""
    boss = make_person(workspace, "boss@myorg.example", Role.APPROVER)
    Member.objects.filter(user=who.user).update(manager=Member.objects.get(user=boss.user))
    return boss, among(shop, quorum="all", on_missing="substitute")


def test_the_manager_of_who_is_missing_is_asked_in_their_place(
    shop: KeyCaller, workspace: Workspace, voters: Voters
) -> None:
    ann, ben, cat = voters
    boss, asked = substituted(shop, workspace, cat)
    suspend(cat)
    assert look() == 1
    assert mine(boss) == [asked.task_id]
    assert asked.task(ann)["progress"]["waiting_for"] == names("ann", "ben", "boss")
    states = [asked.decide(who, "approved").ok()["task"]["state"] for who in (ann, ben, boss)]
    assert states == ["open", "open", "decided"]
    assert "substituted" in [one["action"] for one in asked.task(ann)["history"]]


def test_a_manager_who_comes_back_is_asked_and_nobody_is_lacking_any_more(
    shop: KeyCaller, workspace: Workspace, voters: Voters
) -> None:
    ann, _, cat = voters
    boss, asked = substituted(shop, workspace, cat)
    suspend(cat)
    suspend(boss)
    assert look() == 1
    assert asked.task(ann)["progress"]["short"] == 1
    Member.objects.filter(user=boss.user).update(suspended_at=None)
    assert look() == 1
    progress = asked.task(ann)["progress"]
    assert (progress["short"], progress["waiting_for"]) == (0, names("ann", "ben", "boss"))


def test_a_task_is_closed_with_the_outcome_that_it_names(shop: KeyCaller, voters: Voters) -> None:
    ann, _, cat = voters
    asked = among(shop, quorum="all", on_missing={"then": "close", "outcome": "rejected"})
    asked.decide(ann, "approved").ok()
    suspend(cat)
    assert look() == 1
    intent = shop.intent(asked.intent_id)
    assert (intent["status"], intent["result"]["outcome"], intent["result"]["closed"]) == ("COMPLETED", "rejected", True)
    assert asked.task(ann)["state"] == "withdrawn"
    assert asked.decide(ann, "approved").status == 409


def test_who_left_a_group_is_missing_and_each_stage_has_its_own_rule(
    shop: KeyCaller, workspace: Workspace, voters: Voters
) -> None:
    ann, ben, cat = voters
    make_group(workspace, "Finance", ann, ben)
    stages = [
        {"name": "A", "assignees": ["Finance"], "quorum": "all", "on_missing": "skip"},
        {"name": "B", "assignees": names("cat")},
    ]
    asked = ask(shop, stages=stages, on_missing={"then": "close", "outcome": "rejected"})
    asked.decide(ann, "approved").ok()
    GroupMember.objects.filter(member__user=ben.user).delete()
    assert look() == 1
    assert asked.task(ann)["progress"]["name"] == "B"
    assert mine(cat) == [asked.task_id]


def test_who_stands_behind_the_request_is_missing(
    shop: KeyCaller, voters: Voters, alice: PersonCaller, workspace: Workspace
) -> None:
    ann, ben, _ = voters
    shop.agent.owner = ann.user
    shop.agent.save()
    asked = among(shop, ("ann", "ben"), quorum="all", risk="high")
    assert look() == 1
    assert asked.task(ben)["progress"]["short"] == 1


def test_one_of_each_takes_who_was_assigned_in_the_place_of_who_left(
    shop: KeyCaller, workspace: Workspace, voters: Voters, alice: PersonCaller
) -> None:
    ann, ben, cat = voters
    make_group(workspace, "Finance", ann)
    make_group(workspace, "Legal", ben)
    asked = ask(shop, assignees=["Finance", "Legal"], quorum="one_each")
    asked.decide(ann, "approved").ok()
    suspend(ben)
    assert look() == 1
    asked.post(alice, "assign", {"to": "cat@myorg.example"}).ok()
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"


def test_a_seat_that_another_may_take_keeps_its_name(
    shop: KeyCaller, workspace: Workspace, voters: Voters, alice: PersonCaller
) -> None:
    ann, ben, cat = voters
    make_person(workspace, "dan@myorg.example", Role.APPROVER)
    asked = ask(shop, assignees=names("ann", "ben", "cat"), quorum="one_each", on_missing="skip")
    for who in (ben, cat):
        suspend(who)
    asked.post(alice, "assign", {"to": "dan@myorg.example"}).ok()
    assert look() == 1
    progress = asked.task(ann)["progress"]
    assert (progress["approve"]["needed"], len(progress["waiting_for"])) == (2, 2)
    assert all(progress["waiting_for"])


@pytest.mark.parametrize(
    ("on_missing", "field"),
    [
        ("pray", "human_task.on_missing.then"),
        ({"then": "close"}, "human_task.on_missing"),
        ({"then": "skip", "outcome": "rejected"}, "human_task.on_missing"),
        ({"then": "close", "outcome": "approved"}, "human_task.on_missing.outcome"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_the_door(shop: KeyCaller, voters: Voters, on_missing: Any, field: str) -> None:
    task = {"title": "x", "quorum": 2, "on_missing": on_missing}
    refused = shop.post("/intents", {"intent_type": "a.b.v1", "to_agent": "x", "payload": {}, "human_task": task})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


LEAST: list[tuple[dict[str, Any], str]] = [
    ({"quorum": 2}, "open"),
    ({"quorum": "any"}, "decided"),
    ({"stages": [{"name": "A", "assignees": names("ann")}, {"name": "B", "assignees": names("ben")}]}, "open"),
]


@pytest.mark.parametrize(("least", "state"), LEAST)
def test_a_policy_says_how_many_decide_and_a_change_of_it_touches_no_open_task(
    shop: KeyCaller, voters: Voters, alice: PersonCaller, least: dict[str, Any], state: str
) -> None:
    ann, *_ = voters
    end = {"end": {"after_seconds": 86400, "then": "fail"}}
    body = {"name": "Two", "place": 10, "match": {"intent_types": ["order.*"]}, "escalation": end, "least": least}
    policy = alice.post("/policies", body).ok()["policy"]
    assert policy["least"] == least
    before = among(shop, quorum={"approve": 1, "reject": 1})
    changed = {"least": {"quorum": "any" if state == "open" else 2}}
    alice.patch(f"/policies/{policy['policy_id']}", changed).ok()
    after: Asked = among(shop)
    assert before.decide(ann, "approved").ok()["task"]["state"] == state
    assert after.decide(ann, "approved").ok()["task"]["state"] == {"open": "decided", "decided": "open"}[state]


@pytest.mark.parametrize(("on_missing", "state"), [("alert", "open"), ("skip", "decided"), ("substitute", "open")])
def test_a_policy_says_what_happens_when_one_is_missing(
    shop: KeyCaller, voters: Voters, alice: PersonCaller, on_missing: str, state: str
) -> None:
    ann, ben, cat = voters
    end = {"end": {"after_seconds": 86400, "then": "fail"}}
    body = {"name": "Two", "place": 10, "match": {}, "escalation": end, "least": {"on_missing": on_missing}}
    alice.post("/policies", body).ok()
    asked = among(shop, quorum="all")
    for who in (ann, ben):
        asked.decide(who, "approved").ok()
    suspend(cat)
    look()
    assert asked.task(ann)["state"] == state


def test_what_waits_for_nobody_but_those_who_voted_is_found_as_that_and_alerted_once(
    shop: KeyCaller, voters: Voters, olga: PersonCaller
) -> None:
    ann, ben, _cat = voters
    asked = among(shop, ("ann", "ben"), quorum="all")
    others = among(shop, quorum=3)
    for one in (asked, others):
        one.decide(ann, "approved").ok()
    suspend(ben)
    assert [one["task_id"] for one in olga.get("/tasks", state="unroutable").ok()["tasks"]] == [asked.task_id]
    found = olga.get("/operations/intents", q="is:unroutable").ok()["items"]
    assert [one["id"] for one in found] == [asked.intent_id]
    assert unroutable.alert() == 0  # they are told that there are too few
    asked.post(ann, "undo").ok()
    assert olga.get("/tasks", state="unroutable").ok()["tasks"] == []
