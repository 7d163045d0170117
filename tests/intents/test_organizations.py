"""The organization and its members over the API."""

import pytest

from intents import auth, seats
from intents.accounts.models import AuditEntry, Invitation, Member, Workspace
from intents.accounts.services import invitations, membership
from intents.kernel.actors import Author, Role
from intents.kernel.errors import Conflict, Denied
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.conftest import ask


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


def test_a_member_is_removed_by_their_status_too(
    org: str, alice: PersonCaller, bob: PersonCaller, machine: KeyCaller
) -> None:
    path = f"{org}/members/{Member.objects.get(user=bob.user).id}"
    assert machine.patch(path, {"status": "removed"}).status == 403
    shown = alice.patch(path, {"status": "removed"}).ok()["member"]
    assert (shown["status"], shown["actor_id"]) == ("removed", "bob@myorg.example")
    assert not Member.objects.filter(user=bob.user).exists()
    assert alice.patch(path, {"status": "removed"}).status == 404
    assert alice.patch(path, {"status": "invited"}).status == 404


def test_who_asks_again_to_remove_somebody_is_told_the_same(org: str, alice: PersonCaller, bob: PersonCaller) -> None:
    path, body = f"{org}/members/{Member.objects.get(user=bob.user).id}", b'{"status": "removed"}'
    told = alice.send("PATCH", path, raw=body, headers={"idempotency-key": "out"}).ok()
    again = alice.send("PATCH", path, raw=body, headers={"idempotency-key": "out"})
    assert (again.ok(), again.headers["idempotent-replayed"]) == (told, "true")


def test_the_last_owner_stays(org: str, alice: PersonCaller) -> None:
    path = f"{org}/members/{Member.objects.get(user=alice.user).id}"
    assert alice.delete(path).status == 409
    assert alice.patch(path, {"role": "member"}).status == 409


class TestOrganizations:
    def test_an_owner_makes_one_and_belongs_to_its_first_workspace(self, alice: PersonCaller) -> None:
        made = alice.post("/organizations", {"name": "Blue Ridge", "requested_by_actor_id": "x", "metadata": {"a": 1}}).ok()
        shown = made["organization"]
        assert (shown["slug"], shown["metadata"], shown["status"]) == ("blue-ridge", {"a": 1}, "active")
        member = Member.objects.get(workspace_id=made["workspace_id"])
        assert (member.user, member.role) == (alice.user, "owner")
        again = alice.post("/organizations", {"name": "Blue Ridge", "requested_by_actor_id": "x"}).ok()
        assert again["organization"]["slug"] == "blue-ridge-2"
        assert AuditEntry.objects.filter(action="organization.create", actor=alice.user.email).count() == 2

    @pytest.mark.parametrize("name", ["Ελλάς", "__", "日本"])
    def test_a_name_that_gives_no_address_is_a_name(self, alice: PersonCaller, name: str) -> None:
        assert alice.post("/organizations", {"name": name}).ok()["organization"]["name"] == name

    def test_the_credential_reaches_nothing_of_a_new_one(self, alice: PersonCaller) -> None:
        made = alice.post("/organizations", {"name": "Blue Ridge"}).ok()
        assert alice.get(f"/organizations/{made['organization']['org_id']}").status == 404
        assert alice.patch(f"/workspaces/{made['workspace_id']}", {"name": "Mine"}).status == 404

    def test_owners_change_theirs(self, org: str, alice: PersonCaller, workspace: Workspace) -> None:
        change = {"name": "My Org", "legal_name": "My Org Ltd", "status": "active", "org_id": str(workspace.organization_id)}
        shown = alice.patch(org, change).ok()["organization"]
        assert (shown["name"], shown["legal_name"], shown["slug"]) == ("My Org", "My Org Ltd", "myorg")
        assert alice.patch(org, {"legal_name": None}).ok()["organization"]["legal_name"] is None
        assert alice.patch(org, {"status": "deleted"}).json["error"]["details"]["field"] == "status"
        assert alice.patch(org, {"name": None}).status == 422
        assert alice.patch(org, {"name": "B", "org_id": "myorg"}).status == 422

    def test_owners_alone_do(
        self, org: str, admin: PersonCaller, bob: PersonCaller, vera: PersonCaller, machine: KeyCaller
    ) -> None:
        for caller in (admin, bob, vera, machine, bob.also(machine)):
            assert caller.post("/organizations", {"name": "Blue Ridge"}).status == 403
            assert caller.patch(org, {"name": "Blue Ridge"}).status == 403
            assert caller.post(f"{org}/workspaces", {"name": "Lab", "environment": "sandbox"}).status == 403


class TestWorkspaces:
    def test_an_owner_makes_one_and_belongs_to_it(self, org: str, alice: PersonCaller, machine: KeyCaller) -> None:
        body = {"name": "Lab", "environment": "sandbox", "region": "eu"}
        made = alice.also(machine).post(f"{org}/workspaces", body, key="lab").ok()["workspace"]
        assert (made["slug"], made["environment"], made["region"]) == ("lab", "sandbox", "eu")
        assert alice.also(machine).post(f"{org}/workspaces", body, key="lab").ok()["workspace"] == made
        assert Member.objects.get(workspace_id=made["workspace_id"]).role == "owner"
        assert alice.post(f"{org}/workspaces", {"name": "Production"}).ok()["workspace"]["slug"] == "production-2"

    @pytest.mark.parametrize("of_organization", [True, False])
    def test_owners_and_admins_change_theirs(
        self, org: str, workspace: Workspace, admin: PersonCaller, bob: PersonCaller, of_organization: bool
    ) -> None:
        path = f"{org if of_organization else ''}/workspaces/{workspace.id}"
        assert admin.patch(path, {"name": "Live", "region": "eu"}).ok()["workspace"]["name"] == "Live"
        assert admin.patch(path, {"status": "pending"}).json["error"]["details"]["field"] == "status"
        assert admin.patch(path, {"name": "X1", "org_id": "elsewhere"}).status == 404
        assert bob.patch(path, {"name": "Mine"}).status == 403


class TestAddingMembers:
    NEW = {"actor_id": "Nina@myorg.example", "role": "member"}

    @pytest.fixture(params=["members", "include"])
    def door(self, request: pytest.FixtureRequest, org: str, workspace: Workspace) -> str:
        return f"{org}/members" if request.param == "members" else f"/workspaces/{workspace.id}/members/include"

    def test_they_are_invited_until_they_accept(self, org: str, door: str, alice: PersonCaller) -> None:
        added = alice.post(door, self.NEW).ok()
        member = added["member"]
        assert (member["actor_id"], member["status"], member["role"]) == ("nina@myorg.example", "invited", "member")
        assert member in alice.get(f"{org}/members").ok()["members"]
        joined, _ = invitations.join_as_new(
            token=added["invite_url"].rpartition("/")[2], email="", name="Nina", password=None
        )
        rows = {row["actor_id"]: row for row in alice.get(f"{org}/members").ok()["members"]}
        assert (rows["nina@myorg.example"]["status"], rows["nina@myorg.example"]["member_id"]) == ("active", str(joined.id))

    def test_who_is_invited_can_be_taken_out(self, org: str, door: str, alice: PersonCaller, bob: PersonCaller) -> None:
        path = f"{org}/members/{alice.post(door, self.NEW).ok()['member']['member_id']}"
        assert bob.delete(path).status == 403
        gone = alice.delete(path).ok()
        assert gone["removed"] is gone["result"]["removed"] is True
        assert alice.delete(path).status == 404

    def test_who_is_invited_is_removed_by_their_status_too(self, org: str, door: str, alice: PersonCaller) -> None:
        path = f"{org}/members/{alice.post(door, self.NEW).ok()['member']['member_id']}"
        shown = alice.patch(path, {"status": "removed"}).ok()["member"]
        assert (shown["status"], shown["actor_id"]) == ("removed", "nina@myorg.example")
        assert alice.patch(path, {"status": "removed"}).status == 404

    def test_who_is_invited_can_be_given_another_role(
        self, org: str, door: str, alice: PersonCaller, admin: PersonCaller, bob: PersonCaller, machine: KeyCaller
    ) -> None:
        added = alice.post(door, self.NEW).ok()
        path = f"{org}/members/{added['member']['member_id']}"
        assert [one.patch(path, {"role": "org_admin"}).status for one in (bob, machine)] == [403, 403]
        assert admin.patch(path, {"role": "org_owner"}).status == 403
        assert alice.patch(path, {"status": "invited"}).ok()["member"] == added["member"]
        shown = admin.patch(path, {"role": "org_admin", "status": "invited"}).ok()["member"]
        assert (shown["role"], shown["status"]) == ("org_admin", "invited")
        joined, _ = invitations.join_as_new(
            token=added["invite_url"].rpartition("/")[2], email="", name="Nina", password=None
        )
        assert joined.role == "admin"

    @pytest.mark.parametrize(
        "body", [{"status": "active"}, {"status": "suspended"}, {"manager": "alice@myorg.example"}, {"manager": None}]
    )
    def test_who_is_invited_is_no_member_before_they_accept(
        self, org: str, alice: PersonCaller, body: dict[str, str | None]
    ) -> None:
        path = f"{org}/members/{alice.post(f'{org}/members', self.NEW).ok()['member']['member_id']}"
        answer = alice.patch(path, body | {"role": "org_admin"})
        assert (answer.status, answer.json["error"]["details"]["status"]) == (409, "invited")
        assert Invitation.objects.get(id=path.rpartition("/")[2]).role == "approver"

    def test_who_saw_another_role_of_an_invitation_changes_nothing(self, org: str, alice: PersonCaller) -> None:
        path = f"{org}/members/{alice.post(f'{org}/members', self.NEW).ok()['member']['member_id']}"
        seen = Invitation.objects.get()
        alice.patch(path, {"role": "org_owner"}).ok()
        with pytest.raises(Conflict):
            invitations.change(actor=SETUP, invitation=seen, role=Role.VIEWER)
        assert Invitation.objects.get().role == "owner"

    def test_a_member_is_not_invited_again(self, org: str, alice: PersonCaller, bob: PersonCaller) -> None:
        path = f"{org}/members/{Member.objects.get(user=bob.user).id}"
        answer = alice.patch(path, {"status": "invited", "role": "org_admin"})
        assert (answer.status, answer.json["error"]["details"]["status"]) == (409, "active")
        assert Member.objects.get(user=bob.user).role == "approver"

    def test_people_who_may_do(
        self, door: str, admin: PersonCaller, bob: PersonCaller, machine: KeyCaller, worker: KeyCaller
    ) -> None:
        assert [caller.post(door, self.NEW).status for caller in (bob, machine, worker)] == [403, 403, 404]
        assert admin.post(door, self.NEW | {"role": "org_owner"}).status == 403
        assert admin.post(door, self.NEW | {"workspace_id": "elsewhere"}).status == 404
        assert admin.post(door, self.NEW | {"actor_id": "agent://x"}).json["error"]["details"]["field"] == "actor_id"
        assert admin.post(door, self.NEW | {"actor_id": bob.user.email}).status == 409


def test_whoever_did_something_before_manages_nobody_by_that(bob: PersonCaller) -> None:
    member = bob.user.memberships.get()
    with pytest.raises(Denied):
        membership.change_role(actor=Author(label="alice@myorg.example"), member=member, role=Role.ADMIN)
    with pytest.raises(Denied):
        membership.remove(actor=Author(label="alice@myorg.example"), member=member)
    assert Member.objects.get(user=bob.user).role == "approver"


def test_who_is_excluded_is_out(workspace: Workspace, alice: PersonCaller, bob: PersonCaller) -> None:
    path = f"/workspaces/{workspace.id}/members/{bob.user.memberships.get().id}/exclude"
    assert bob.delete(path.replace(str(workspace.id), "elsewhere")).status == 404
    assert alice.delete(path).ok()["result"]["removed"] is True
    auth.forget()
    assert bob.get("/me/tasks").status == 401


class TestSuspending:
    def path(self, org: str, who: PersonCaller) -> str:
        return f"{org}/members/{who.user.memberships.get().id}"

    def test_a_suspended_member_is_out_and_comes_back_with_what_was_theirs(
        self, org: str, alice: PersonCaller, bob: PersonCaller
    ) -> None:
        path = self.path(org, bob)
        assert alice.patch(path, {"status": "suspended"}).ok()["member"]["status"] == "suspended"
        auth.forget()
        assert bob.get("/me/tasks").status == 401
        (row,) = [row for row in alice.get(f"{org}/members").ok()["members"] if row["actor_id"] == bob.user.email]
        assert row["status"] == "suspended"
        assert alice.patch(path, {"status": "active"}).ok()["member"]["status"] == "active"
        auth.forget()
        bob.get("/me/tasks").ok()
        wanted = ["member.suspend", "member.let_in"]
        assert list(AuditEntry.objects.filter(action__in=wanted).order_by("id").values_list("action", flat=True)) == wanted

    def test_one_who_was_seen_a_moment_ago_decides_nothing(
        self, org: str, machine: KeyCaller, alice: PersonCaller, bob: PersonCaller
    ) -> None:
        asked = ask(machine, title="Pay?")
        bob.get("/me/tasks").ok()
        alice.patch(self.path(org, bob), {"status": "suspended"}).ok()
        assert asked.decide(bob, "approved").status == 401
        assert machine.intent(asked.intent_id)["status"] == "WAITING"

    def test_who_is_signed_in_sees_the_workspace_no_more(self, org: str, alice: PersonCaller, bob: PersonCaller) -> None:
        def seated() -> int:
            return len(seats.of(user_id=bob.user.id, session_id=bob.user.id))

        assert seated() == 1
        alice.patch(self.path(org, bob), {"status": "suspended"}).ok()
        assert seated() == 0

    def test_a_claim_of_theirs_goes_back(self, org: str, machine: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
        asked = ask(machine, title="Pay?")
        bob.post(f"/tasks/{asked.task_id}/claim", {}).ok()
        alice.patch(self.path(org, bob), {"status": "suspended"}).ok()
        assert alice.get(f"/tasks/{asked.task_id}").ok()["task"]["state"] == "open"

    def test_it_is_of_one_workspace(self, org: str, workspace: Workspace, alice: PersonCaller, bob: PersonCaller) -> None:
        other = Workspace.objects.create(organization=workspace.organization, slug="other", name="Other")
        there = Member.objects.create(workspace=other, user=bob.user, role="approver")
        mine = Member.objects.get(workspace=workspace, user=bob.user)
        alice.patch(f"{org}/members/{mine.id}", {"status": "suspended"}).ok()
        (seat,) = seats.of(user_id=bob.user.id, session_id=bob.user.id)
        assert seat.person.workspace_id == there.workspace_id

    def test_the_last_owner_who_is_in_stays(
        self, org: str, workspace: Workspace, alice: PersonCaller, bob: PersonCaller
    ) -> None:
        mine = self.path(org, alice)
        assert alice.patch(mine, {"status": "suspended"}).status == 409
        alice.patch(self.path(org, bob), {"role": "org_owner"}).ok()
        alice.patch(self.path(org, bob), {"status": "suspended"}).ok()
        assert [alice.patch(mine, {"role": "member"}).status, alice.delete(mine).status] == [409, 409]

    def test_people_who_may_do(
        self, org: str, alice: PersonCaller, admin: PersonCaller, bob: PersonCaller, machine: KeyCaller
    ) -> None:
        for caller in (machine, bob):
            assert caller.patch(self.path(org, admin), {"status": "suspended"}).status == 403
        assert admin.patch(self.path(org, alice), {"status": "suspended"}).status == 403
        assert admin.patch(self.path(org, bob), {"status": "retired"}).status == 422
