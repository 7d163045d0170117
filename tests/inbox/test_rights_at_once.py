"""Who left, lost a role or a token a moment ago decides nothing and changes nobody's rights, though they were just let in;
and what they had claimed goes back to the others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from inbox.tasks.models import Task
from intents.accounts.models import AgentKey, Group, Invitation, Member, Workspace
from intents.accounts.services import agents, groups, keys, tenancy, tokens
from intents.kernel.actors import Role
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask


def member(who: PersonCaller) -> Member:
    return Member.objects.get(user=who.user)


def become_viewer(who: PersonCaller) -> None:
    row = member(who)
    tenancy.set_member(actor=SETUP, workspace=row.workspace, user=who.user, role=Role.VIEWER)


def leave(who: PersonCaller) -> None:
    tenancy.remove_member(actor=SETUP, member=member(who))


def lose_the_token(who: PersonCaller) -> None:
    tokens.revoke_person_token(actor=SETUP, token=who.token)


def lose_the_token_by_command(who: PersonCaller) -> None:
    call_command("revoke_token", str(who.token.id))


def be_suspended(who: PersonCaller) -> None:
    tenancy.set_active(actor=SETUP, user=who.user, active=False)


LOSSES = [become_viewer, leave, lose_the_token, lose_the_token_by_command, be_suspended]


@pytest.fixture
def ada(workspace: Workspace, alice: PersonCaller) -> PersonCaller:
    """An admin who was let in a moment ago."""
    who = make_person(workspace, "ada@myorg.example", Role.ADMIN)
    who.get("/me/tasks").ok()
    return who


@pytest.mark.parametrize("lose", LOSSES)
def test_whoever_lost_their_rights_a_moment_ago_decides_nothing(
    shop: KeyCaller, ada: PersonCaller, bob: PersonCaller, machine: KeyCaller, lose: Callable[[PersonCaller], None]
) -> None:
    asked, other = ask(shop), ask(shop)
    other.post(bob, "claim").ok()
    both = machine.also(ada)
    both.get("/me/tasks").ok()
    lose(ada)
    task, intent, comment = f"/tasks/{asked.task_id}", f"/intents/{asked.intent_id}", {"comment": "fine"}
    calls: list[tuple[str, Any]] = [
        (f"{task}/decide", {"outcome": "approved"}),
        (f"{task}/decide", {"outcome": "approved", "override": True} | comment),
        (f"{task}/claim", {}),
        (f"{task}/delegate", {"to": "bob@myorg.example"}),
        (f"{task}/assign", {"to": "bob@myorg.example"}),
        (f"/tasks/{other.task_id}/release", {}),
        (f"/approvals/{asked.task_id}/decision", {"decision": "approve"}),
        (f"{intent}/resume", {"task_result": {"outcome": "approved"}}),
        (f"/inbox/{asked.intent_id}/approve", {}),
    ]
    for who in (ada, both):
        for path, body in calls:
            assert who.post(path, body).status in (401, 403), path
    assert Task.objects.get(id=asked.task_id).state == "open"
    assert Task.objects.get(id=other.task_id).claimed_by_id == bob.user.id


@pytest.mark.parametrize("lose", LOSSES)
def test_whoever_lost_their_rights_a_moment_ago_changes_nobody_elses(
    shop: KeyCaller, ada: PersonCaller, bob: PersonCaller, lose: Callable[[PersonCaller], None]
) -> None:
    lose(ada)
    account, one = f"/service-accounts/{shop.agent.id}", member(bob)
    end = {"end": {"after_seconds": 3600, "then": "fail"}}
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/service-accounts", {"name": "new-agent"}),
        ("POST", f"{account}/keys", {}),
        ("POST", f"{account}/keys/{shop.key_id}/rotate", {}),
        ("POST", f"{account}/keys/{shop.key_id}/revoke", {}),
        ("PATCH", "/agents/shop", {"owner": "ada@myorg.example"}),
        ("POST", "/invites/create", {"owner_agent": "shop", "role": "approver"}),
        ("PATCH", f"/organizations/{one.workspace.organization_id}/members/{one.id}", {"role": "security_auditor"}),
        ("DELETE", f"/organizations/{one.workspace.organization_id}/members/{one.id}", None),
        ("POST", "/policies", {"name": "Mine", "escalation": end}),
    ]
    for method, path, body in calls:
        answer = send(ada, method, path, body)
        assert answer.status in (401, 403), (path, answer.raw)
    assert (AgentKey.objects.count(), Invitation.objects.count(), member(bob).role) == (1, 0, "approver")


def send(who: Caller, method: str, path: str, body: Any) -> Any:
    if method == "DELETE":
        return who.delete(path)
    return who.patch(path, body) if method == "PATCH" else who.post(path, body)


@pytest.mark.parametrize("lose", ["revoke", "suspend", "delete"])
def test_a_key_that_ended_a_moment_ago_makes_no_keys(machine: KeyCaller, shop: KeyCaller, lose: str) -> None:
    machine.get("/agents").ok()
    if lose == "revoke":
        keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=machine.key_id))
    elif lose == "delete":
        agents.delete_agent(actor=SETUP, agent=machine.agent)
    else:
        machine.agent.status = "suspended"
        machine.agent.save()
    for path in (f"/service-accounts/{shop.agent.id}/keys", f"/service-accounts/{machine.agent.id}/keys"):
        assert machine.post(path, {}).status in (401, 403, 404)
    assert machine.post(f"/service-accounts/{shop.agent.id}/keys/{shop.key_id}/revoke").status in (401, 403)
    assert AgentKey.objects.filter(agent=shop.agent, revoked_at=None).count() == 1


# Claims


@pytest.fixture
def claimed(shop: KeyCaller, workspace: Workspace, bob: PersonCaller) -> tuple[Asked, PersonCaller]:
    """A task that was assigned to Bob, to a group and to Xenia, who has claimed it."""
    xenia = make_person(workspace, "xenia@myorg.example", Role.APPROVER)
    asked = ask(shop, assignees=["bob@myorg.example", "xenia@myorg.example"])
    asked.post(xenia, "claim").ok()
    return asked, xenia


@pytest.mark.parametrize("lose", [become_viewer, leave, be_suspended])
def test_what_somebody_claimed_goes_back_to_the_others_when_they_may_decide_no_more(
    claimed: tuple[Asked, PersonCaller], bob: PersonCaller, shop: KeyCaller, lose: Callable[[PersonCaller], None]
) -> None:
    asked, xenia = claimed
    assert asked.decide(bob, "approved").status == 409
    lose(xenia)
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    told = shop.events(asked.intent_id)[-1]["details"]
    assert (told["action"], told["claimed_by"]) == ("released", "xenia@myorg.example")
    asked.decide(bob, "approved").ok()


def test_a_claim_stays_with_whoever_may_still_decide(
    claimed: tuple[Asked, PersonCaller], bob: PersonCaller, workspace: Workspace
) -> None:
    asked, xenia = claimed
    tenancy.set_member(actor=SETUP, workspace=workspace, user=xenia.user, role=Role.OPERATOR)
    assert asked.decide(bob, "approved").status == 409
    asked.decide(xenia, "approved").ok()


@pytest.mark.parametrize("how", ["leave", "delete"])
def test_a_claim_by_a_group_ends_with_the_group(shop: KeyCaller, workspace: Workspace, bob: PersonCaller, how: str) -> None:
    xenia = make_person(workspace, "xenia@myorg.example", Role.APPROVER)
    group: Group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    groups.join(actor=SETUP, group=group, member=member(xenia))
    asked = ask(shop, assignees=["bob@myorg.example", "Finance"])
    asked.post(xenia, "claim").ok()
    if how == "leave":
        groups.leave(actor=SETUP, group=group, member=member(xenia))
    else:
        groups.delete_group(actor=SETUP, group=group)
    asked.decide(bob, "approved").ok()


def test_assigning_ends_a_claim_whose_person_may_not_decide(
    claimed: tuple[Asked, PersonCaller], workspace: Workspace, olga: PersonCaller, alice: PersonCaller
) -> None:
    asked, xenia = claimed
    xenia.user.is_active = False
    xenia.user.save()  # in the database, past every service
    asked.post(olga, "assign", {"to": "alice@myorg.example"}).ok()
    asked.decide(alice, "approved").ok()


def test_assigning_leaves_a_claim_whose_person_may_decide(
    claimed: tuple[Asked, PersonCaller], olga: PersonCaller, alice: PersonCaller
) -> None:
    asked, _ = claimed
    asked.post(olga, "assign", {"to": "alice@myorg.example"}).ok()
    assert asked.decide(alice, "approved").status == 409
