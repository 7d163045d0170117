"""Claiming: of several, one takes a task on."""

import pytest

from inbox.tasks import selectors
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway


@pytest.fixture
def ann(workspace: Workspace) -> PersonCaller:
    """Another approver."""
    return make_person(workspace, "ann@myorg.example", Role.APPROVER)


def test_only_who_claimed_a_task_decides_it(asked: Asked, bob: PersonCaller, ann: PersonCaller) -> None:
    task = asked.post(bob, "claim").ok()["task"]
    assert (task["state"], task["claimed_by"]) == ("claimed", "bob@myorg.example")
    for refused in (asked.decide(ann, "approved"), asked.post(ann, "claim")):
        assert (refused.status, refused.code) == (409, "invalid_transition")
        assert refused.json["error"]["details"]["claimed_by"] == "bob@myorg.example"
        assert "bob@myorg.example" in refused.json["error"]["message"]
    decided = asked.decide(bob, "approved").ok()["task"]
    assert (decided["state"], decided.get("claimed_by")) == ("decided", None)


def test_a_claimed_task_is_in_the_list_of_its_claimer_alone(asked: Asked, bob: PersonCaller, ann: PersonCaller) -> None:
    asked.post(bob, "claim").ok()
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    assert ann.get("/me/tasks").ok()["tasks"] == []
    asked.post(bob, "release").ok()
    assert [one["task_id"] for one in ann.get("/me/tasks").ok()["tasks"]] == [asked.task_id]


def test_claiming_and_releasing_twice_change_nothing(shop: KeyCaller, asked: Asked, bob: PersonCaller) -> None:
    for verb, state in (("claim", "claimed"), ("claim", "claimed"), ("release", "open"), ("release", "open")):
        assert asked.post(bob, verb).ok()["task"]["state"] == state
    told = [one["details"] for one in shop.events(asked.intent_id) if one["event_type"] == "intent.comment"]
    assert told == [
        {"task_id": asked.task_id, "action": "claimed"},
        {"task_id": asked.task_id, "action": "released", "claimed_by": "bob@myorg.example"},
    ]


def test_a_claim_of_somebody_else_is_released_by_owners_alone(
    shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop)
    asked.post(bob, "claim").ok()
    refused = asked.post(ann, "release")
    assert refused.code == "policy_denied"
    assert "bob@myorg.example" in refused.json["error"]["message"]
    asked.post(alice, "release").ok()
    asked.decide(ann, "approved").ok()


def test_who_may_not_decide_a_task_does_not_claim_it(
    shop: KeyCaller, asked: Asked, vera: PersonCaller, charlie: PersonCaller, olga: PersonCaller
) -> None:
    assert asked.post(vera, "claim").code == "policy_denied"
    assert asked.post(olga, "claim").code == "policy_denied"
    assert asked.post(shop, "claim").code == "policy_denied"
    assert asked.post(charlie, "claim").status == 404
    assert asked.post(charlie, "release").status == 404


def test_a_decided_task_is_claimed_no_more(asked: Asked, bob: PersonCaller, ann: PersonCaller) -> None:
    asked.decide(bob, "approved").ok()
    assert asked.post(ann, "claim").code == "already_decided"


def test_a_claim_does_not_outlast_the_task(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, deadline_seconds=60)
    asked.post(bob, "claim").ok()
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    assert asked.task(bob)["state"] == "withdrawn"
    assert "claimed_by" not in asked.task(bob)


def test_a_task_whose_claimer_may_decide_no_more_alarms(
    workspace: Workspace, asked: Asked, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked.post(bob, "claim").ok()
    Member.objects.filter(user=bob.user).update(role=Role.VIEWER)
    auth.forget()
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]
    assert asked.task(ann)["deciders"] == []
