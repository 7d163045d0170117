"""Decisions that take more than one person."""

from typing import Any

import pytest

from inbox.tasks.models import Decision, Task
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import groups
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask

Voters = list[PersonCaller]


@pytest.fixture
def voters(workspace: Workspace) -> Voters:
    return [make_person(workspace, f"{name}@myorg.example", Role.APPROVER) for name in ("ann", "ben", "cat")]


def names(*people: str) -> list[str]:
    return [f"{name}@myorg.example" for name in people]


def make_group(workspace: Workspace, name: str, *people: PersonCaller) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name=name)
    for one in people:
        groups.join(actor=SETUP, group=group, member=Member.objects.get(user=one.user))
    auth.forget()


def among(shop: KeyCaller, people: tuple[str, ...] = ("ann", "ben", "cat"), **task: Any) -> Asked:
    return ask(shop, assignees=names(*people), **task)


def mine(who: PersonCaller) -> list[str]:
    return [task["task_id"] for task in who.get("/me/tasks").ok()["tasks"]]


def test_a_task_that_takes_two_is_decided_by_the_second_of_them(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum=2)
    first = asked.decide(ann, "approved", comment="fine").ok()
    assert (first["task"]["state"], first["decision"]["final"]) == ("open", False)
    assert first["task"]["progress"] == {
        "stage": 1,
        "stages": 1,
        "name": None,
        "approve": {"given": 1, "needed": 2},
        "reject": {"given": 0, "needed": 1},
        "asked": 3,
        "waiting_for": names("ben", "cat"),
        "short": 0,
    }
    assert shop.intent(asked.intent_id)["status"] == "WAITING"
    assert [mine(who) for who in voters] == [[], [asked.task_id], [asked.task_id]]
    second = asked.decide(ben, "approved").ok()
    assert (second["task"]["state"], second["decision"]["final"]) == ("decided", True)
    assert second["task"]["progress"]["waiting_for"] == []
    intent = shop.intent(asked.intent_id)
    assert (intent["status"], intent["result"]["outcome"]) == ("COMPLETED", "approved")
    assert [(one["by"], one["outcome"], one.get("comment")) for one in intent["result"]["votes"]] == [
        ("ann@myorg.example", "approved", "fine"),
        ("ben@myorg.example", "approved", None),
    ]
    late = asked.decide(cat, "rejected")
    assert (late.status, late.code) == (409, "already_decided")
    assert [mine(who) for who in voters] == [[], [], []]


def test_one_refusal_ends_it_unless_it_says_otherwise(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum=2)
    asked.decide(ann, "approved").ok()
    assert asked.decide(ben, "rejected").ok()["task"]["outcome"] == "rejected"
    asked = among(shop, quorum={"approve": 2, "reject": 2})
    assert asked.decide(ann, "rejected").ok()["task"]["state"] == "open"
    asked.decide(ben, "approved").ok()
    assert asked.decide(cat, "approved").ok()["task"]["outcome"] == "approved"


def test_it_is_refused_as_soon_as_enough_can_agree_no_more(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, _ = voters
    asked = among(shop, quorum={"approve": 2, "reject": "all"})
    assert asked.decide(ann, "rejected").ok()["task"]["state"] == "open"
    assert asked.decide(ben, "rejected").ok()["task"]["outcome"] == "rejected"


@pytest.mark.parametrize(("quorum", "takes"), [("any", 1), ("all", 3), (3, 3), ("60%", 2), ("1%", 1), ("one_each", 3)])
def test_a_quorum_takes_as_many_as_it_says(shop: KeyCaller, voters: Voters, quorum: Any, takes: int) -> None:
    asked = among(shop, quorum=quorum)
    states = [asked.decide(who, "approved").ok()["task"]["state"] for who in voters[:takes]]
    assert states == ["open"] * (takes - 1) + ["decided"]


def test_a_vote_can_be_changed_and_taken_back_until_it_is_settled(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum={"approve": 2, "reject": 2})
    asked.decide(ann, "rejected").ok()
    changed = asked.decide(ann, "approved").ok()["task"]["progress"]
    assert (changed["approve"]["given"], changed["reject"]["given"]) == (1, 0)
    back = asked.post(ann, "undo").ok()["task"]["progress"]
    assert (back["approve"]["given"], back["waiting_for"]) == (0, names("ann", "ben", "cat"))
    assert mine(ann) == [asked.task_id]
    asked.decide(ben, "approved").ok()
    asked.decide(cat, "approved").ok()
    assert asked.decide(ann, "approved").code == "already_decided"
    assert asked.post(ben, "undo").code == "policy_denied"
    kept = list(Decision.objects.order_by("id").values_list("person__email", "outcome", "final", "void_reason"))
    assert kept == [
        ("ann@myorg.example", "rejected", False, "changed"),
        ("ann@myorg.example", "approved", False, "taken_back"),
        ("ben@myorg.example", "approved", False, None),
        ("cat@myorg.example", "approved", True, None),
    ]


def test_the_same_person_by_two_ways_counts_once(shop: KeyCaller, workspace: Workspace, voters: Voters) -> None:
    ann, ben, cat = voters
    make_group(workspace, "Legal", ann, ben)
    asked = ask(shop, assignees=["Legal", *names("ann", "cat")], quorum="all")
    asked.post(cat, "delegate", {"to": "ann@myorg.example"}).ok()
    asked.decide(ann, "approved").ok()
    again = asked.decide(ann, "approved").ok()
    assert again["task"]["progress"]["approve"] == {"given": 1, "needed": 3}
    asked.decide(ben, "approved").ok()
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"


def test_a_delegate_votes_for_whom_they_stand_in(shop: KeyCaller, workspace: Workspace, voters: Voters) -> None:
    ann, ben, cat = voters
    dan = make_person(workspace, "dan@myorg.example", Role.APPROVER)
    asked = among(shop, quorum="all")
    asked.post(ann, "delegate", {"to": "dan@myorg.example"}).ok()
    assert asked.decide(dan, "approved").ok()["task"]["progress"]["waiting_for"] == names("ben", "cat")
    assert mine(ann) == mine(dan) == []
    asked.decide(ben, "approved").ok()
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"
    assert [(one["by"], one.get("delegated_by")) for one in asked.task(ben)["votes"]] == [
        ("dan@myorg.example", "ann@myorg.example"),
        ("ben@myorg.example", None),
        ("cat@myorg.example", None),
    ]


def test_who_delegated_votes_over_their_delegate_and_never_the_other_way(
    shop: KeyCaller, workspace: Workspace, voters: Voters
) -> None:
    ann, *_ = voters
    dan = make_person(workspace, "dan@myorg.example", Role.APPROVER)
    asked = among(shop, quorum="all")
    asked.post(ann, "delegate", {"to": "dan@myorg.example"}).ok()
    asked.decide(dan, "approved").ok()
    asked.decide(ann, "approved").ok()
    assert [one["by"] for one in asked.task(ann)["votes"]] == ["ann@myorg.example"]
    refused = asked.decide(dan, "approved")
    assert (refused.status, refused.json["error"]["message"]) == (409, "who delegated this to you has voted already")


def test_one_each_takes_distinct_people_also_where_one_is_in_several_groups(
    shop: KeyCaller, workspace: Workspace, voters: Voters
) -> None:
    ann, ben, cat = voters
    make_group(workspace, "Legal", ann, ben)
    make_group(workspace, "Finance", ann, cat)
    asked = ask(shop, assignees=["Legal", "Finance"], quorum="one_each")
    first = asked.decide(ann, "approved").ok()["task"]["progress"]
    assert first["approve"] == {"given": 1, "needed": 2}
    assert len(first["waiting_for"]) == 1
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ({"quorum": 3, "assignees": names("ann", "ben")}, "human_task.quorum"),
        ({"quorum": {"approve": 1, "reject": 3}, "assignees": names("ann", "ben")}, "human_task.quorum"),
        ({"quorum": 0}, "human_task.quorum"),
        ({"quorum": "most"}, "human_task.quorum"),
        ({"quorum": "101%"}, "human_task.quorum"),
        ({"quorum": {"approve": 2, "abstain": 1}}, "human_task.quorum"),
    ],
)
def test_a_quorum_that_cannot_be_is_refused_at_the_door(
    shop: KeyCaller, voters: Voters, task: dict[str, Any], field: str
) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "x", "payload": {}, "human_task": {"title": "x"} | task}
    refused = shop.post("/intents", body)
    assert refused.status == 422
    assert refused.json["error"]["details"]["field"].startswith(field)
    assert not Task.objects.exists()


def test_every_door_votes_and_tells_how_far_it_is(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum="all")
    resumed = ann.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved"}}).ok()
    assert resumed["event"]["details"]["action"] == "voted"
    assert resumed["event"]["details"]["progress"]["approve"] == {"given": 1, "needed": 3}
    ben.post(f"/approvals/{asked.task_id}/decision", {"decision": "approve"}).ok()
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"
    for who in voters:
        refused = who.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved"}})
        assert refused.status == 409


def test_an_owner_ends_it_by_override_with_a_reason(shop: KeyCaller, voters: Voters, alice: PersonCaller) -> None:
    ann, *_ = voters
    asked = among(shop, quorum="all")
    asked.decide(ann, "approved").ok()
    assert asked.decide(alice, "rejected", override=True).status == 422
    done = asked.decide(alice, "rejected", override=True, comment="we stop").ok()
    assert (done["task"]["state"], done["decision"]["authority"]) == ("decided", "override")


def test_nobody_claims_what_several_decide(shop: KeyCaller, voters: Voters) -> None:
    asked = among(shop, quorum=2)
    assert asked.post(voters[0], "claim").status == 409


def test_a_held_vote_that_settles_it_can_be_taken_back(shop: KeyCaller, voters: Voters) -> None:
    ann, ben, cat = voters
    asked = among(shop, quorum=2)
    asked.decide(ann, "approved").ok()
    asked.decide_on_page(ben)
    assert asked.task(ben)["state"] == "held"
    back = asked.post(ben, "undo").ok()["task"]
    assert (back["state"], back["progress"]["approve"]["given"]) == ("open", 1)
    assert asked.decide(cat, "approved").ok()["task"]["state"] == "decided"
