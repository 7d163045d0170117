"""Delegating and assigning: who else gets a task, by whom, for how long."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import RequestFactory
from prometheus_client import generate_latest

from axme_site import alerts, health, metrics
from inbox.tasks import selectors
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import agents, groups
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from tests.callers import SETUP, KeyCaller, PersonCaller, make_machine, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person


@pytest.fixture
def ann(workspace: Workspace) -> PersonCaller:
    """An operator, to whom nothing is assigned by default."""
    return make_person(workspace, "ann@myorg.example", Role.OPERATOR)


@pytest.fixture
def dan(workspace: Workspace) -> PersonCaller:
    """Another operator."""
    return make_person(workspace, "dan@myorg.example", Role.OPERATOR)


def test_a_delegate_decides_by_that_authority_and_both_names_are_on_record(
    asked: Asked, bob: PersonCaller, ann: PersonCaller
) -> None:
    assert asked.decide(ann, "approved").code == "policy_denied"
    asked.post(bob, "delegate", {"to": "Ann@myorg.example", "comment": "you know them"}).ok()
    decided = asked.decide(ann, "approved").ok()["decision"]
    assert (decided["authority"], decided["decided_by"]) == ("delegate", "ann@myorg.example")
    assert decided["delegated_by"] == "bob@myorg.example"
    (told, _) = asked.task(bob)["history"]
    until = datetime.fromisoformat(told["details"].pop("until"))
    assert timedelta(days=6, hours=23) < until - clock.now() < timedelta(days=7, minutes=1)
    assert (told["action"], told["actor"], told["details"]) == (
        "delegated",
        "bob@myorg.example",
        {
            "delegated_by": "bob@myorg.example",
            "delegated_to": "ann@myorg.example",
            "message": "you know them",
        },
    )


def test_a_delegated_task_changes_lists_and_who_delegated_may_still_decide(
    asked: Asked, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked.post(bob, "delegate", {"to": "ann@myorg.example"}).ok()
    assert [one["task_id"] for one in ann.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    assert bob.get("/me/tasks").ok()["tasks"] == []
    assert asked.decide(bob, "approved").ok()["decision"]["authority"] == "direct"


def test_a_delegation_ends_when_its_time_is_over(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(shop)
    asked.post(bob, "delegate", {"to": "ann@myorg.example", "until": rfc3339(now.now + timedelta(hours=1))}).ok()
    now.advance(minutes=59)
    assert [one["task_id"] for one in ann.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    now.advance(minutes=1)
    assert ann.get("/me/tasks").ok()["tasks"] == []
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    assert "ann@myorg.example" not in [one["email"] for one in asked.task(bob)["deciders"]]
    assert asked.decide(ann, "approved").code == "policy_denied"
    # Delegating anew is no second hop.
    asked.post(bob, "delegate", {"to": "ann@myorg.example"}).ok()
    asked.decide(ann, "approved").ok()


def test_what_was_delegated_is_not_delegated_on(
    asked: Asked, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    asked.post(bob, "delegate", {"to": "ann@myorg.example"}).ok()
    refused = asked.post(ann, "delegate", {"to": "dan@myorg.example"})
    assert refused.code == "policy_denied"
    assert "not delegated on" in refused.json["error"]["message"]


def test_a_group_is_delegated_to_by_its_name(
    workspace: Workspace, asked: Asked, bob: PersonCaller, ann: PersonCaller
) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Legal")
    groups.join(actor=SETUP, group=group, member=Member.objects.get(user=ann.user))
    auth.forget()
    asked.post(bob, "delegate", {"to": "legal"}).ok()
    assert asked.task(bob)["history"][0]["details"]["delegated_to"] == "Legal"
    assert asked.decide(ann, "approved").ok()["decision"]["authority"] == "delegate"


@pytest.mark.parametrize(
    "to", ["bob@myorg.example", "vera@myorg.example", "charlie@rivals.example", "nobody@example.org", "approver", "Somebody"]
)
def test_only_another_member_who_decides_or_a_group_is_delegated_to(
    asked: Asked, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, to: str
) -> None:
    refused = asked.post(bob, "delegate", {"to": to})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "to")


def test_who_cannot_sign_in_any_more_is_not_delegated_to(asked: Asked, bob: PersonCaller, ann: PersonCaller) -> None:
    ann.user.is_active = False
    ann.user.save()
    refused = asked.post(bob, "delegate", {"to": "ann@myorg.example"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "to")


def test_a_delegation_into_the_past_or_for_good_is_refused(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    for until in (now.now, now.now + timedelta(days=90, seconds=1)):
        refused = ask(shop).post(bob, "delegate", {"to": "ann@myorg.example", "until": rfc3339(until)})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "until")


def test_who_may_not_decide_does_not_delegate(shop: KeyCaller, asked: Asked, olga: PersonCaller, ann: PersonCaller) -> None:
    assert asked.post(olga, "delegate", {"to": "ann@myorg.example"}).code == "policy_denied"
    assert asked.post(shop, "delegate", {"to": "ann@myorg.example"}).code == "policy_denied"


def test_a_claimed_task_is_delegated_by_its_claimer_alone_and_is_claimed_no_more(
    asked: Asked, bob: PersonCaller, alice: PersonCaller, ann: PersonCaller
) -> None:
    asked.post(bob, "claim").ok()
    assert asked.post(alice, "delegate", {"to": "ann@myorg.example"}).status == 409
    asked.post(bob, "delegate", {"to": "ann@myorg.example"}).ok()
    asked.decide(ann, "approved").ok()


@pytest.fixture
def alices(workspace: Workspace, alice: PersonCaller) -> KeyCaller:
    """The key of an agent that Alice made, so that she stands behind it."""
    agents.create_agent(actor=person(alice), workspace=workspace, name="alices")
    return make_machine(workspace, "alices")


def test_who_stands_behind_the_agent_neither_delegates_nor_assigns_nor_gets_it(
    alices: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(alices, risk="high")
    for verb in ("delegate", "assign"):
        refused = asked.post(alice, verb, {"to": "ann@myorg.example"})
        assert refused.code == "policy_denied"
        assert "separation of duties" in refused.json["error"]["message"]
    refused = asked.post(bob, "delegate", {"to": "alice@myorg.example"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "to")
    asked.decide(ann, "approved")  # nobody put it to her
    asked.decide(bob, "approved").ok()


def test_what_nobody_may_decide_is_assigned_by_operators(
    workspace: Workspace, shop: KeyCaller, olga: PersonCaller, bob: PersonCaller, ann: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, assignees=["somebody who left"])
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]
    assert asked.post(bob, "assign", {"to": "bob@myorg.example"}).code == "policy_denied"
    asked.post(olga, "assign", {"to": "bob@myorg.example", "comment": "theirs now"}).ok()
    assert selectors.unroutable(workspace.id) == []
    assert asked.task(bob)["history"][0]["details"] == {
        "assigned_by": "olga@myorg.example",
        "assigned_to": "bob@myorg.example",
        "message": "theirs now",
    }
    assert asked.decide(bob, "approved").ok()["decision"]["authority"] == "direct"


def test_what_nobody_may_decide_is_told_by_health_metrics_and_list(
    workspace: Workspace, shop: KeyCaller, olga: PersonCaller, bob: PersonCaller
) -> None:
    def notified() -> tuple[bool, str, bool]:
        alerts.forget()
        answer = json.loads(health.ready(RequestFactory().get("/health/ready")).content)
        lines = generate_latest(metrics.REGISTRY).decode().splitlines()
        check = answer["checks"]["tasks"]
        return check["ok"], check["detail"], "axme_unroutable_tasks 1.0" in lines

    ask(shop)
    assert notified() == (True, "each undecided one has somebody to decide it", False)
    asked = ask(shop, assignees=["somebody who left"])
    assert notified() == (False, "1 waits for a decision that nobody may make", True)
    assert [one["task_id"] for one in olga.get("/tasks", state="unroutable").ok()["tasks"]] == [asked.task_id]
    asked.post(olga, "assign", {"to": "bob@myorg.example"}).ok()
    assert notified()[0] is True
    assert olga.get("/tasks", state="unroutable").ok()["tasks"] == []
