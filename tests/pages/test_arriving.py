"""How people come in: the first by the setup page, others by invitation."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from structlog.testing import capture_logs

from intents.accounts.models import AuditEntry, Invitation, Member, Organization, Session, User, Workspace
from intents.accounts.services import first_run, groups, invitations, tenancy
from intents.kernel.actors import Role
from intents.kernel.errors import Conflict, Denied
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

PASSWORD = "correct horse battery"


def first(**changes: str) -> dict[str, str]:
    """The setup form, filled."""
    given = {"organization": "Acme Ltd", "workspace": "Production", "name": "Ann", "email": "Ann@acme.example"}
    return {"code": first_run.code(), "password": PASSWORD} | given | changes


def test_a_fresh_server_leads_to_its_setup(database: None) -> None:
    browser = Browser()
    assert browser.get("/").location == "/inbox"
    assert browser.get("/inbox").location == "/sign-in?next=%2Finbox"
    assert browser.get("/sign-in?next=%2F").location == "/setup"
    assert "Set up this server" in browser.get("/setup").text


def test_the_first_person_becomes_owner_and_is_signed_in(database: None) -> None:
    browser = Browser()
    browser.get("/setup")
    page = browser.post("/setup", first())
    assert (page.status, page.location) == (302, "/")
    member = Member.objects.get()
    assert (member.user.email, member.role, str(member.workspace)) == ("ann@acme.example", "owner", "acme-ltd/production")
    assert member.user.check_password(PASSWORD)
    assert "You are the owner of this workspace." in browser.get("/settings/profile").text


def test_setting_up_takes_the_code_of_the_log(database: None) -> None:
    browser = Browser()
    browser.get("/setup")
    with capture_logs() as lines:
        page = browser.post("/setup", first(code="1234"))
    assert page.status == 422
    assert "This is not the code in the log." in page.text
    assert not User.objects.exists()
    assert [line["code"] for line in lines if line["event"] == "setup_needed"] == [first_run.code()]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("password", "password", "too common"),
        ("password", "ann@acme.example", "too similar"),
        ("password", "short", "too short"),
        ("email", "nobody", "valid email"),
        ("name", "", "required"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(field: str, value: str, told: str, database: None) -> None:
    page = Browser().post("/setup", first(**{field: value}))
    assert page.status == 422
    error = re.search(rf'id="id_{field}_error">(.*?)</p>', page.html, re.S)
    assert error
    assert told in error[1]
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_once_set_up_there_is_no_setup(alice: PersonCaller) -> None:
    browser = Browser()
    assert browser.get("/setup").location == "/"
    assert browser.post("/setup", first()).location == "/"
    assert User.objects.count() == 1


def test_of_two_who_set_up_at_once_one_becomes_owner(database: None) -> None:
    def try_it(number: int) -> bool:
        try:
            first_run.set_up(
                organization=f"Org {number}", workspace="Main", email=f"p{number}@x.example", name="P", password="x" * 12
            )
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [False, False, False, True]
    assert (User.objects.count(), Organization.objects.count()) == (1, 1)


def test_a_name_that_no_address_can_have_still_makes_a_workspace(database: None) -> None:
    user = first_run.set_up(organization="株式会社", workspace="本番", email="a@x.example", name="A", password="x" * 12)
    assert str(user.memberships.get().workspace) == "main/main"


# Invitations


def invite(browser: Browser, email: str = "new@myorg.example", role: str = "approver", **more: object) -> str:
    """Invite by the page: the link's path."""
    page = browser.post("/settings/invitations/new", {"email": email, "role": role} | more)
    found = re.search(r"<code id=\"secret\">https?://[^/]+(/invitations/\S+?)</code>", page.html)
    assert found, page.text
    return found[1]


def test_somebody_new_joins_by_the_link_of_a_mail(alices: Browser, mailbox: Mailbox, workspace: Workspace) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    path = invite(alices.confirmed(), "New@MyOrg.example", groups=[str(group.id)])
    send()
    mail = mailbox.only()
    assert (mail["To"], path in mail.get_content()) == ("new@myorg.example", True)
    assert mail["Subject"] == "alice@myorg.example invites you to production"
    browser = Browser()
    page = browser.get(path)
    assert "Join production" in page.text
    assert not User.objects.filter(email="new@myorg.example").exists(), "opening it does nothing"
    page = browser.post(path, {"name": "Nina", "email": "other@evil.example", "password": PASSWORD})
    assert page.location == "/"
    member = Member.objects.get(user__email="new@myorg.example")
    assert (member.role, member.user.name, member.workspace) == ("approver", "Nina", workspace)
    assert [link.group for link in member.group_members.all()] == [group]
    assert "nina" in browser.get("/settings/profile").text.lower()
    assert AuditEntry.objects.filter(action="invitation.accept", subject="new@myorg.example").exists()
    again = Browser().get(path)
    assert again.status == 410
    assert "was accepted already" in again.text


def test_somebody_with_an_account_signs_in_to_join(alices: Browser, charlie: PersonCaller, mailbox: Mailbox) -> None:
    path = invite(alices.confirmed(), charlie.user.email, "viewer")
    anonymous = Browser()
    page = anonymous.get(path)
    assert "has an account here" in page.text
    assert f"/sign-in?next={path.replace('/', '%2F')}" in page.html.replace("next=/invitations/", "next=%2Finvitations%2F")
    anonymous.post(path, {"name": "X", "password": PASSWORD})
    assert Member.objects.filter(user=charlie.user).count() == 1, "nobody joins for him"
    browser = Browser().sign_in(charlie.user)
    assert "You join as charlie@rivals.example." in browser.get(path).text
    assert browser.post(path).location == "/"
    assert Member.objects.get(user=charlie.user, role="viewer")
    assert "myorg" in browser.get("/settings/profile").text, "he sees the workspace he has joined"


def test_an_invitation_is_of_no_use_to_somebody_else(alices: Browser, bobs: Browser, mailbox: Mailbox) -> None:
    path = invite(alices.confirmed())
    assert "This invitation is for new@myorg.example" in bobs.get(path).text
    assert bobs.post(path).status == 409
    assert Member.objects.count() == 2


def test_an_invitation_ends_by_time_by_being_taken_back_and_by_a_newer_one(
    now: SettableClock, alices: Browser, mailbox: Mailbox
) -> None:
    alices.confirmed()
    old = invite(alices)
    new = invite(alices)
    assert "was canceled" in Browser().get(old).text
    assert Browser().get(new).status == 200
    now.advance(days=8)
    assert "has expired" in Browser().get(new).text
    assert Browser().post(new, {"name": "N", "password": PASSWORD}).status == 410
    alices.confirmed()
    (row,) = Invitation.objects.filter(revoked_at=None)
    page = alices.post(f"/settings/invitations/{row.id}/again")
    latest = re.search(r"(/invitations/axme_inv_\w+)", page.html)
    assert latest
    assert Browser().get(latest[1]).status == 200
    row = Invitation.objects.get(revoked_at=None)
    alices.post(f"/settings/invitations/{row.id}/revoke")
    assert Browser().get(latest[1]).status == 410
    assert not User.objects.filter(email="new@myorg.example").exists()


def test_opening_a_link_signs_nobody_in_and_changes_nothing(alices: Browser, mailbox: Mailbox) -> None:
    path = invite(alices.confirmed())
    before = list(Invitation.objects.values())
    for _ in range(3):
        assert Browser().get(path).status == 200
        assert Browser().send("HEAD", path).status == 200
    assert list(Invitation.objects.values()) == before
    assert not Session.objects.filter(user=None).exists()


def test_an_unknown_link_is_404(database: None) -> None:
    for token in ("axme_inv_" + "0" * 48, "x", "%00"):
        page = Browser().get(f"/invitations/{token}")
        assert page.status == 404
        assert "There is no such invitation" in page.text or "Page not found" in page.text


def test_inviting_asks_for_the_password_first(alices: Browser, mailbox: Mailbox) -> None:
    assert alices.get("/settings/invitations/new").location.startswith("/account/confirm?")
    page = alices.post("/settings/invitations/new", {"email": "new@myorg.example", "role": "viewer"})
    assert page.status == 422
    assert 'value="new@myorg.example"' in page.html
    assert 'name="password"' in page.html
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["olga", "bob", "vera"])
def test_only_owners_and_admins_invite(who: str, workspace: Workspace, request: pytest.FixtureRequest) -> None:
    browser = Browser().sign_in(request.getfixturevalue(who).user).confirmed()
    page = browser.post("/settings/invitations/new", {"email": "new@myorg.example", "role": "viewer"})
    assert page.status == 403
    assert "Invite somebody" not in browser.get("/settings/people").text
    assert not Invitation.objects.exists()


def test_an_admin_makes_no_owner(vera: PersonCaller, workspace: Workspace) -> None:
    Member.objects.filter(user=vera.user).update(role=Role.ADMIN)
    browser = Browser().sign_in(vera.user).confirmed()
    page = browser.post("/settings/invitations/new", {"email": "new@myorg.example", "role": "owner"})
    assert page.status == 422
    assert not Invitation.objects.exists()


def test_a_machine_key_invites_nobody(machine: KeyCaller, workspace: Workspace) -> None:
    with pytest.raises(Denied):
        invitations.invite(actor=machine.actor, workspace=workspace, role=Role.APPROVER)


def test_a_member_cannot_be_invited_again(alices: Browser, bob: PersonCaller) -> None:
    page = alices.confirmed().post("/settings/invitations/new", {"email": "BOB@myorg.example", "role": "owner"})
    assert page.status == 422
    assert "is a member already" in page.text


def test_who_became_a_member_meanwhile_keeps_their_role(workspace: Workspace, alice: PersonCaller) -> None:
    user = tenancy.create_person(actor=SETUP, email="new@myorg.example")
    _, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email=user.email)
    tenancy.set_member(actor=SETUP, workspace=workspace, user=user, role=Role.ADMIN)
    assert invitations.join_as(token=token, user=user).role == "admin"


def test_an_invitation_is_accepted_once_by_however_many_at_once(workspace: Workspace) -> None:
    _, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, lifetime=timedelta(days=1))

    def accept(number: int) -> bool:
        try:
            invitations.join_as_new(token=token, email=f"p{number}@x.example", name="P", password=None)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accept, range(4))) == [False, False, False, True]
    assert Member.objects.count() == 1
