"""Who may decide, who may only look, and who must not know."""

from typing import Any

import pytest

from inbox.tasks import selectors
from inbox.tasks.models import Task
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import agents, keys, tenancy
from intents.kernel.actors import Role, Scope
from tests.callers import SETUP, KeyCaller, PersonCaller, make_machine, make_person
from tests.inbox.conftest import Asked, ask, ask_midway


def mine(who: PersonCaller) -> list[str]:
    return [task["task_id"] for task in who.get("/me/tasks").ok()["tasks"]]


def test_approvers_admins_and_owners_are_asked_when_nobody_is_named(
    alice: PersonCaller, olga: PersonCaller, vera: PersonCaller, bob: PersonCaller, asked: Asked
) -> None:
    assert [mine(who) for who in (alice, bob)] == [[asked.task_id]] * 2
    assert [mine(who) for who in (olga, vera)] == [[], []]
    for who in (olga, vera):
        refused = asked.decide(who, "approved")
        assert (refused.status, refused.code) == (403, "policy_denied")
        assert asked.task(who)["may_decide"] is False
    assert {one["email"] for one in asked.task(bob)["deciders"]} == {"alice@myorg.example", "bob@myorg.example"}


@pytest.mark.parametrize("way", ["email", "other spelling", "user", "member", "role", "notify_email"])
def test_a_named_person_decides_and_nobody_else(
    shop: KeyCaller, workspace: Workspace, bob: PersonCaller, olga: PersonCaller, alice: PersonCaller, way: str
) -> None:
    task: dict[str, Any] = {
        "email": {"assignees": ["olga@myorg.example"]},
        "other spelling": {"assignees": [" Olga@MyOrg.example "]},
        "user": {"assignees": [str(olga.user.id)]},
        "member": {"assignees": [str(Member.objects.get(user=olga.user).id)]},
        "role": {"assignees": ["operator"]},
        "notify_email": {"notify_email": "olga@myorg.example"},
    }[way]
    asked = ask(shop, **task)
    assert [mine(who) for who in (olga, bob, alice)] == [[asked.task_id], [], []]
    for who in (bob, alice):
        refused = asked.decide(who, "approved")
        assert (refused.status, refused.json["error"]["message"]) == (403, "this is assigned to others")
    asked.decide(olga, "approved").ok()
    assert mine(olga) == []


def test_a_viewer_decides_nothing_not_even_by_name(shop: KeyCaller, vera: PersonCaller) -> None:
    asked = ask(shop, assignees=["vera@myorg.example"])
    assert asked.decide(vera, "approved").code == "policy_denied"
    assert mine(vera) == []
    assert asked.task(vera)["deciders"] == []


def test_an_address_that_joins_later_decides_what_was_put_to_it(shop: KeyCaller, workspace: Workspace) -> None:
    asked = ask(shop, assignees=["new@myorg.example"])
    assert selectors.unroutable(workspace.id) == [Task.objects.get().id]
    new = make_person(workspace, "new@myorg.example", Role.APPROVER)
    assert selectors.unroutable(workspace.id) == []
    assert mine(new) == [asked.task_id]
    asked.decide(new, "approved").ok()


def test_a_member_is_known_by_their_user_whatever_address_they_take(
    shop: KeyCaller, workspace: Workspace, bob: PersonCaller
) -> None:
    asked = ask(shop, assignees=["bob@myorg.example"])
    bob.user.email = "robert@myorg.example"
    bob.user.save()
    impostor = make_person(workspace, "bob@myorg.example", Role.APPROVER)
    assert asked.decide(impostor, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()


def test_who_left_or_lost_the_role_decides_no_more(shop: KeyCaller, workspace: Workspace, bob: PersonCaller) -> None:
    by_name, by_role = ask(shop, assignees=["bob@myorg.example"]), ask(shop)
    tenancy.set_member(actor=SETUP, workspace=workspace, user=bob.user, role=Role.VIEWER)
    assert selectors.unroutable(workspace.id) == [Task.objects.get(id=one.task_id).id for one in (by_name, by_role)]
    Member.objects.filter(user=bob.user).delete()
    assert [one["email"] for one in by_name.task(shop)["deciders"]] == []


@pytest.mark.parametrize("name", ["agent://myorg/production/shop", "legal team", "viewer", "user:1"])
def test_a_task_for_nobody_known_is_open_and_alarms(
    shop: KeyCaller, workspace: Workspace, alice: PersonCaller, name: str
) -> None:
    asked = ask(shop, assignees=[name])
    assert asked.task(alice)["deciders"] == []
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]
    assert asked.decide(alice, "approved").code == "policy_denied"


def machine_calls(asked: Asked) -> list[tuple[str, dict[str, Any]]]:
    result = {"outcome": "approved"}
    return [
        (f"/tasks/{asked.task_id}/decide", result),
        (f"/approvals/{asked.task_id}/decision", {"decision": "approve"}),
        (f"/approvals/{asked.intent_id}/decision", {"decision": "approve"}),
        (f"/intents/{asked.intent_id}/resume", {"task_result": result}),
        (f"/intents/{asked.intent_id}/resume", {"approve_current_step": True}),
        (f"/intents/{asked.intent_id}/resume", result),
        (f"/intents/{asked.intent_id}/resolve", {"status": "COMPLETED", "result": result}),
        (f"/inbox/{asked.intent_id}/approve", {}),
        (f"/inbox/{asked.intent_id}/reject", {}),
    ]


@pytest.mark.parametrize("midway", [False, True])
def test_a_machine_decides_nothing_on_any_surface(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, bob: PersonCaller, midway: bool
) -> None:
    asked = ask_midway(shop, worker) if midway else ask(shop)
    for who in (shop, worker, machine):
        for path, body in machine_calls(asked):
            refused = who.post(path, body)
            if path.startswith("/inbox/") and refused.status == 404:
                continue  # a thread that this agent has no part in
            assert (refused.status, refused.code) == (403, "policy_denied"), (who.agent.name, path, refused.raw)
    assert asked.task(bob)["state"] == "open"
    assert shop.intent(asked.intent_id)["status"] == "WAITING"


def test_a_list_of_ones_own_tasks_needs_a_person(machine: KeyCaller) -> None:
    refused = machine.get("/me/tasks")
    assert (refused.status, refused.code) == (401, "missing_actor_token")


def test_a_person_who_comes_with_a_machine_key_decides(machine: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    both = machine.also(bob)
    assert both.post(f"/tasks/{asked.task_id}/decide", {"outcome": "approved"}).ok()["decision"]["decided_by"] == (
        "bob@myorg.example"
    )


def test_others_do_not_learn_that_a_task_exists(
    charlie: PersonCaller, foreign_machine: KeyCaller, stranger: KeyCaller, asked: Asked
) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    for who in (charlie, foreign_machine, stranger):
        assert who.get("/tasks").ok()["tasks"] == []
        assert who.get("/tasks", intent_id=asked.intent_id).ok()["tasks"] == []
        for task_id, intent_id in ((asked.task_id, asked.intent_id), (unknown, unknown), ("x", "x")):
            answers = [
                who.get(f"/tasks/{task_id}"),
                who.post(f"/tasks/{task_id}/decide", {"outcome": "approved"}),
                who.post(f"/approvals/{task_id}/decision", {"decision": "approve"}),
                who.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}),
            ]
            assert [(one.status, one.code) for one in answers] == [(404, "not_found")] * 4
    assert charlie.get("/me/tasks").ok()["tasks"] == []


def test_the_agents_of_an_intent_see_its_task(shop: KeyCaller, worker: KeyCaller, asked: Asked) -> None:
    for who in (shop, worker):
        shown = asked.task(who)
        assert shown["may_decide"] is False
        assert "person" in shown["why_not"]


# Separation of duties


@pytest.fixture
def alices_shop(workspace: Workspace, alice: PersonCaller) -> KeyCaller:
    """An agent that Alice made, with a key that somebody else made."""
    agents.create_agent(actor=person(alice), workspace=workspace, name="alices-shop")
    return make_machine(workspace, "alices-shop")


def person(caller: PersonCaller) -> Any:
    return auth.authenticate(auth.Credentials(authorization=f"Bearer {caller.secret}"))


@pytest.mark.parametrize(
    ("task", "kept_out"),
    [
        ({"risk": "low"}, False),
        ({}, False),
        ({"risk": "high"}, True),
        ({"risk": "critical"}, True),
        ({"risk": "critical", "separation_of_duties": False}, True),
        ({"risk": "high", "separation_of_duties": False}, True),
        ({"risk": "low", "separation_of_duties": True}, True),
        ({"risk": "high", "assignees": ["alice@myorg.example"]}, True),
        ({"risk": "high", "assignees": ["owner"]}, True),
    ],
)
def test_who_made_the_agent_is_kept_from_deciding_where_duties_are_separate(
    alices_shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, task: dict[str, Any], kept_out: bool
) -> None:
    asked = ask(alices_shop, **task)
    assert mine(alice) == ([] if kept_out else [asked.task_id])
    assert asked.task(alice)["may_decide"] is not kept_out
    answer = asked.decide(alice, "approved")
    assert answer.code == ("policy_denied" if kept_out else None)
    if kept_out:
        assert "separation of duties" in answer.json["error"]["message"]
        assert "alice@myorg.example" not in [one["email"] for one in asked.task(bob)["deciders"]]


def test_who_made_a_key_of_the_agent_is_kept_out_too(
    workspace: Workspace, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    keys.create_key(actor=person(alice), agent=shop.agent)
    asked = ask(shop, risk="high")
    assert asked.decide(alice, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()


def test_who_owns_the_agent_is_kept_out_too(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    shop.agent.owner = alice.user
    shop.agent.save()
    asked = ask(shop, risk="high")
    assert asked.decide(alice, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()


def test_who_made_the_agent_that_made_the_agent_is_kept_out_too(
    workspace: Workspace, alice: PersonCaller, bob: PersonCaller
) -> None:
    agents.create_agent(actor=person(alice), workspace=workspace, name="maker")
    maker = make_machine(workspace, "maker", Scope.WORKSPACE)
    agents.create_agent(actor=maker.actor, workspace=workspace, name="made")
    asked = ask(make_machine(workspace, "made"), risk="high")
    assert asked.decide(alice, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()


def test_who_made_the_agent_at_work_is_kept_out_too(
    shop: KeyCaller, alices_shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit("alices-shop")
    alices_shop.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"risk": "high"}}).ok()
    refused = alice.post(f"/approvals/{intent_id}/decision", {"decision": "approve"})
    assert refused.code == "policy_denied"
    bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()


def test_a_risky_task_that_only_its_maker_could_decide_alarms(
    workspace: Workspace, alices_shop: KeyCaller, alice: PersonCaller
) -> None:
    asked = ask(alices_shop, risk="high")
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]


def test_policy_is_kept_as_it_was_when_the_task_was_opened(
    alices_shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask(alices_shop, risk="high")
    alices_shop.agent.created_by = "bob@myorg.example"
    alices_shop.agent.save()
    assert asked.decide(alice, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()
