"""Tasks that are assigned to a group of members."""

import pytest
from django.db import IntegrityError, transaction

from inbox.tasks import selectors
from intents import auth
from intents.accounts.models import AuditEntry, Group, GroupMember, Member, Workspace
from intents.accounts.services import groups, tenancy
from intents.kernel.actors import Role
from intents.kernel.errors import Conflict, InvalidField
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.conftest import ask


def member(caller: PersonCaller) -> Member:
    return Member.objects.get(user=caller.user)


@pytest.fixture
def finance(workspace: Workspace, bob: PersonCaller) -> Group:
    """A group, Bob in it."""
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance Team")
    groups.join(actor=SETUP, group=group, member=member(bob))
    auth.forget()
    return group


@pytest.mark.parametrize("spelling", ["Finance Team", " finance team ", "id"])
def test_a_group_named_by_a_task_decides_it_and_nobody_else(
    shop: KeyCaller, finance: Group, bob: PersonCaller, alice: PersonCaller, spelling: str
) -> None:
    asked = ask(shop, assignees=[str(finance.id) if spelling == "id" else spelling])
    assert asked.task(bob)["assigned_to"] == [f"group:{finance.id}"]
    assert [one["email"] for one in asked.task(bob)["deciders"]] == ["bob@myorg.example"]
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    assert alice.get("/me/tasks").ok()["tasks"] == []
    assert asked.decide(alice, "approved").code == "policy_denied"
    asked.decide(bob, "approved").ok()


def test_who_leaves_a_group_or_the_workspace_decides_for_it_no_more(
    workspace: Workspace, shop: KeyCaller, finance: Group, bob: PersonCaller
) -> None:
    asked = ask(shop, assignees=["Finance Team"])
    groups.leave(actor=SETUP, group=finance, member=member(bob))
    auth.forget()
    assert asked.decide(bob, "approved").code == "policy_denied"
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]
    groups.join(actor=SETUP, group=finance, member=member(bob))
    tenancy.remove_member(actor=SETUP, member=member(bob))
    assert not GroupMember.objects.exists()


def test_a_group_of_another_workspace_is_nobody_here(
    shop: KeyCaller, bob: PersonCaller, other_workspace: Workspace, charlie: PersonCaller
) -> None:
    foreign = groups.create_group(actor=SETUP, workspace=other_workspace, name="Legal")
    asked = ask(shop, assignees=["Legal", str(foreign.id)])
    assert asked.task(bob)["assigned_to"] == ["name:Legal", f"name:{foreign.id}"]
    with pytest.raises(IntegrityError, match="same_workspace"), transaction.atomic():
        GroupMember.objects.create(workspace=other_workspace, group=foreign, member=member(bob))


@pytest.mark.parametrize("name", ["", "  ", "Approver", "Manager", "a@b", "group:x", "x" * 121])
def test_a_group_is_not_called_like_a_role_or_an_address(workspace: Workspace, name: str) -> None:
    with pytest.raises(InvalidField):
        groups.create_group(actor=SETUP, workspace=workspace, name=name)


def test_two_groups_never_differ_in_case_alone(workspace: Workspace, finance: Group) -> None:
    with pytest.raises(Conflict):
        groups.create_group(actor=SETUP, workspace=workspace, name="FINANCE team")
    other = groups.create_group(actor=SETUP, workspace=workspace, name="Legal")
    with pytest.raises(Conflict):
        groups.rename_group(actor=SETUP, group=other, name="finance Team")


def test_a_renamed_group_keeps_its_tasks_and_a_deleted_one_leaves_them_to_the_alarm(
    workspace: Workspace, shop: KeyCaller, finance: Group, bob: PersonCaller
) -> None:
    asked = ask(shop, assignees=["Finance Team"])
    groups.rename_group(actor=SETUP, group=finance, name="Money")
    assert [one["task_id"] for one in bob.get("/me/tasks").ok()["tasks"]] == [asked.task_id]
    groups.delete_group(actor=SETUP, group=finance)
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [asked.task_id]


def test_what_is_done_to_groups_is_on_record(finance: Group, bob: PersonCaller) -> None:
    groups.join(actor=SETUP, group=finance, member=member(bob))
    groups.leave(actor=SETUP, group=finance, member=member(bob))
    groups.delete_group(actor=SETUP, group=finance)
    noted = list(AuditEntry.objects.filter(action__startswith="group.").order_by("id").values_list("action", flat=True))
    assert noted == ["group.create", "group.join", "group.leave", "group.delete"]


def test_a_viewer_in_a_group_looks_on(workspace: Workspace, shop: KeyCaller, finance: Group, vera: PersonCaller) -> None:
    groups.join(actor=SETUP, group=finance, member=member(vera))
    auth.forget()
    assert member(vera).role == Role.VIEWER
    asked = ask(shop, assignees=["Finance Team"])
    assert asked.decide(vera, "approved").code == "policy_denied"
    assert vera.get("/me/tasks").ok()["tasks"] == []
