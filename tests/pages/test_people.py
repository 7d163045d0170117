"""The pages of people and groups."""

import pytest
from pytest_django.fixtures import Settings

from intents import auth
from intents.accounts.models import Group, Member, Workspace
from intents.accounts.services import groups, tenancy
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import ask
from tests.pages.browser import Browser


def test_roles_are_changed_by_owners_and_admins(alices: Browser, bob: PersonCaller) -> None:
    member = Member.objects.get(user=bob.user)
    assert alices.post(f"/settings/people/{member.id}/role", {"role": "operator"}).location == "/settings/people"
    member.refresh_from_db()
    assert member.role == "operator"
    assert "is operator now" in alices.get("/settings/people").text
    alices.post(f"/settings/people/{member.id}/role", {"role": "emperor"})
    member.refresh_from_db()
    assert member.role == "operator"


@pytest.mark.parametrize(("url", "told"), [("", "get a link to share"), ("smtp://mail.example", "get an email with a link")])
def test_an_invitation_promises_an_email_only_where_the_server_sends_some(
    alices: Browser, settings: Settings, url: str, told: str
) -> None:
    settings.EMAIL_URL = url
    assert told in alices.confirmed().get("/settings/invitations/new").text


def test_the_last_owner_stays(alices: Browser, alice: PersonCaller, bob: PersonCaller) -> None:
    member = Member.objects.get(user=alice.user)
    for path, form in (
        (f"/settings/people/{member.id}/role", {"role": "viewer"}),
        (f"/settings/people/{member.id}/remove", {}),
    ):
        page = alices.confirmed().post(path, form, Referer="http://localhost/settings/people")
        assert page.location == "/settings/people"
        assert "A workspace needs an owner; make somebody else an owner first." in alices.get("/settings/people").text
        member.refresh_from_db()
        assert member.role == "owner"
    alices.post(f"/settings/people/{Member.objects.get(user=bob.user).id}/role", {"role": "owner"})
    alices.post(f"/settings/people/{member.id}/remove")
    assert not Member.objects.filter(user=alice.user).exists()


def test_an_admin_changes_no_owner(workspace: Workspace, alice: PersonCaller) -> None:
    admin = make_person(workspace, "adam@myorg.example", Role.ADMIN)
    make_person(workspace, "olivia@myorg.example", Role.OWNER)
    browser = Browser().sign_in(admin.user).confirmed()
    owner = Member.objects.get(user=alice.user)
    assert browser.post(f"/settings/people/{owner.id}/role", {"role": "viewer"}).status == 403
    assert browser.post(f"/settings/people/{owner.id}/remove").status == 403
    me = Member.objects.get(user=admin.user)
    assert browser.post(f"/settings/people/{me.id}/role", {"role": "owner"}).status == 403
    assert Member.objects.filter(role="owner").count() == 2


def test_a_removed_persons_tokens_stay_dead_when_they_are_invited_again(
    alices: Browser, bob: PersonCaller, workspace: Workspace
) -> None:
    alices.confirmed().post(f"/settings/people/{Member.objects.get(user=bob.user).id}/remove")
    tenancy.set_member(actor=SETUP, workspace=workspace, user=bob.user, role=Role.APPROVER)
    auth.forget()
    assert bob.get("/me/tasks").status == 401


def test_one_may_leave_by_oneself(bobs: Browser, bob: PersonCaller) -> None:
    member = Member.objects.get(user=bob.user)
    assert bobs.confirmed().post(f"/settings/people/{member.id}/remove").location == "/"
    assert bobs.get("/settings/profile").status == 403


def test_groups_are_made_filled_renamed_and_deleted(alices: Browser, bob: PersonCaller) -> None:
    page = alices.post("/settings/groups/new", {"name": " Finance  team "})
    group = Group.objects.get()
    assert (group.name, page.location) == ("Finance team", f"/settings/groups/{group.id}")
    member = Member.objects.get(user=bob.user)
    alices.post(f"/settings/groups/{group.id}/join/{member.id}")
    assert "Finance team" in alices.get("/settings/people").text
    assert "Remove bob@myorg.example from Finance team" in alices.get(f"/settings/groups/{group.id}").html
    alices.post(f"/settings/groups/{group.id}/leave/{member.id}")
    assert not group.group_members.exists()
    alices.post(f"/settings/groups/{group.id}/rename", {"name": "Treasury"})
    group.refresh_from_db()
    assert group.name == "Treasury"
    page = alices.post("/settings/groups/new", {"name": "treasury"})
    assert page.status == 422
    assert "There is a group called treasury already." in page.text
    assert 'id="id_name_error"' in alices.post("/settings/groups/new", {"name": "owner"}).html
    alices.post(f"/settings/groups/{group.id}/delete")
    assert not Group.objects.exists()


def test_a_member_of_another_workspace_joins_no_group(alices: Browser, charlie: PersonCaller, workspace: Workspace) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    stranger = Member.objects.get(user=charlie.user)
    assert alices.post(f"/settings/groups/{group.id}/join/{stranger.id}").status == 404
    assert not group.group_members.exists()


def test_the_status_of_the_workspace(alices: Browser, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller) -> None:
    assert "Active: everything goes on" in alices.get("/settings/people").text
    shown = "This workspace is suspended: nothing is accepted"
    assert shown not in alices.get("/inbox").text
    task = ask(shop, title="Go?")
    saved = alices.post("/settings/people/status", {"status": "suspended"})
    page = alices.get(saved.location)
    assert ("Suspended: nothing goes on for now" in page.text, shown in page.text) == (True, True)
    bobs = Browser().sign_in(bob.user)
    page = bobs.get(f"/inbox/{task.task_id}")
    assert (shown in page.text, "/settings/people/status" in page.text) == (True, False)
    refused = bobs.post(f"/inbox/{task.task_id}/claim")
    assert refused.status == 403 or shown[:30].lower() in bobs.get(refused.location).text.lower()
    assert bobs.post("/settings/people/status", {"status": "active"}).status == 403
    assert task.task(bob)["state"] == "open"
    assert alices.post("/settings/people/status", {"status": "gone"}).status == 422
    alices.post("/settings/people/status", {"status": "active"})
    assert shown not in alices.get("/inbox").text
    alice.patch(f"/organizations/{alice.token.workspace.organization_id}", {"status": "suspended"}).ok()
    page = alices.get("/settings/people").text
    assert ("Stopped with its organization" in page, "Active: everything" in page, shown in page) == (True, False, True)
