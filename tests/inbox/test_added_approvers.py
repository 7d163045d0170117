"""Approvers who are added while a task is open."""

import pytest

from intents.accounts.models import Workspace
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import ask
from tests.inbox.test_stages import told
from tests.inbox.test_voting import Voters, among, mine, names, voters

__all__ = ["voters"]

DAN = {"to": "dan@myorg.example", "reason": "She knows the contract"}


@pytest.fixture
def dan(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "dan@myorg.example", Role.APPROVER)


def test_the_vote_of_who_was_added_is_needed_as_well(shop: KeyCaller, voters: Voters, dan: PersonCaller) -> None:
    ann, ben, _ = voters
    asked = ask(shop, assignees=names("ann", "ben"))
    added = asked.post(ann, "approvers", DAN).ok()["task"]["progress"]
    assert (added["approve"], added["waiting_for"]) == ({"given": 0, "needed": 2}, names("ann", "ben", "dan"))
    assert (mine(dan), told(dan)) == ([asked.task_id], ["assigned"])
    assert [asked.decide(who, "approved").ok()["task"]["state"] for who in (ann, ben)] == ["open", "open"]
    assert asked.decide(dan, "approved").ok()["task"]["state"] == "decided"
    event = next(one for one in asked.task(ann)["history"] if one["action"] == "approver_added")
    assert (event["actor"], event["details"]["assigned_to"], event["details"]["message"]) == (
        "ann@myorg.example",
        "dan@myorg.example",
        "She knows the contract",
    )


def test_an_optional_vote_is_one_among_the_others(shop: KeyCaller, voters: Voters, dan: PersonCaller) -> None:
    ann, *_ = voters
    asked = among(shop, quorum=2)
    added = asked.post(ann, "approvers", DAN | {"needed": False}).ok()["task"]["progress"]
    assert added["waiting_for"] == names("ann", "ben", "cat", "dan")
    assert [asked.decide(who, "approved").ok()["task"]["state"] for who in (dan, ann)] == ["open", "decided"]
    plain = ask(shop, assignees=names("ann"))
    plain.post(ann, "approvers", DAN | {"needed": False}).ok()
    assert plain.decide(dan, "approved").ok()["task"]["state"] == "decided"


def test_it_is_said_for_whom_it_waits_also_where_one_of_each_agrees(
    shop: KeyCaller, voters: Voters, dan: PersonCaller
) -> None:
    ann, ben, _ = voters
    asked = ask(shop, assignees=names("ann", "ben"), quorum="one_each")
    asked.post(ann, "approvers", DAN).ok()
    asked.decide(ann, "approved").ok()
    told = asked.decide(ben, "approved").ok()["task"]["progress"]
    assert (told["approve"], told["waiting_for"]) == ({"given": 2, "needed": 3}, names("dan"))


def test_only_who_may_decide_adds_one_and_never_without_a_reason(
    shop: KeyCaller, voters: Voters, dan: PersonCaller, vera: PersonCaller
) -> None:
    ann, *_ = voters
    asked = ask(shop, assignees=names("ann"))
    assert asked.post(dan, "approvers", DAN).code == "policy_denied"
    assert asked.post(shop, "approvers", DAN).code == "policy_denied"
    assert asked.post(ann, "approvers", DAN | {"reason": " "}).status == 422
    for nobody in ("vera@myorg.example", "ann@myorg.example", "nobody@example.org"):
        assert asked.post(ann, "approvers", DAN | {"to": nobody}).status == 422
