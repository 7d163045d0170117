"""The organization and its members over the API."""

import pytest

from intents import auth
from intents.accounts.models import Member, Workspace
from tests.conftest import KeyCaller, PersonCaller


@pytest.fixture
def org(workspace: Workspace) -> str:
    return f"/organizations/{workspace.organization_id}"


def test_ones_own_organization_and_workspace_are_shown(machine: KeyCaller, org: str, alice: PersonCaller) -> None:
    shown = machine.get(org).ok()["organization"]
    assert (shown["slug"], shown["workspaces_count"], shown["members_count"]) == ("myorg", 1, 1)
    assert machine.get("/organizations/myorg").ok()["organization"] == shown
    (workspace,) = machine.get(f"{org}/workspaces").ok()["workspaces"]
    assert workspace["slug"] == "production"


def test_members_are_listed_with_their_roles(
    machine: KeyCaller, org: str, alice: PersonCaller, bob: PersonCaller, charlie: PersonCaller
) -> None:
    shown = {row["actor_id"]: (row["role"], row["workspace_role"]) for row in machine.get(f"{org}/members").ok()["members"]}
    assert shown == {"alice@myorg.example": ("org_owner", "owner"), "bob@myorg.example": ("member", "approver")}
    assert machine.get(f"{org}/members", workspace_id="elsewhere").ok()["members"] == []
    assert charlie.get(f"{org}/members").status == 404


def test_roles_are_changed_by_people_who_may(
    org: str, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, machine: KeyCaller
) -> None:
    path = f"{org}/members/{Member.objects.get(user=vera.user).id}"
    for caller in (machine, bob, vera):
        assert caller.patch(path, {"role": "org_admin"}).status == 403
    assert alice.patch(path, {"role": "workspace_admin"}).ok()["member"]["workspace_role"] == "operator"
    assert alice.patch(path, {"role": "emperor"}).status == 422


def test_a_removed_member_is_out(org: str, alice: PersonCaller, bob: PersonCaller, machine: KeyCaller) -> None:
    path = f"{org}/members/{Member.objects.get(user=bob.user).id}"
    assert machine.delete(path).status == 403
    assert alice.delete(path).ok()["removed"] is True
    assert alice.delete(path).status == 404
    auth.forget()
    assert bob.get("/me/tasks").status == 401


def test_the_last_owner_stays(org: str, alice: PersonCaller) -> None:
    path = f"{org}/members/{Member.objects.get(user=alice.user).id}"
    assert alice.delete(path).status == 409
    assert alice.patch(path, {"role": "member"}).status == 409
