"""The settings: one's own, and those of the workspace for whom they are."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress

from inbox.views.settings.own.security import device
from intents import auth
from intents.accounts.models import Agent, AgentKey, AuditEntry, Group, Member, PersonToken, Session, User, Workspace
from intents.accounts.services import groups, tenancy
from intents.kernel.actors import Role
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_person, make_workspace
from tests.inbox.conftest import ask_midway
from tests.pages.browser import Browser, Page


def secret_of(page: Page) -> str:
    found = re.search(r'<code id="secret">(axme_\w+)</code>', page.html)
    assert found, page.text
    return found[1]


# One's own


def test_a_profile_is_saved(bobs: Browser) -> None:
    given = {"name": "Bob B", "time_zone": "Europe/Paris", "theme": "dark", "density": "dense"}
    assert bobs.post("/settings/profile", given).location == "/settings/profile"
    user = User.objects.get(email="bob@myorg.example")
    assert (user.name, user.time_zone, user.theme, user.density, user.shortcuts) == (*given.values(), False)
    page = bobs.get("/settings/profile")
    assert "Your profile is saved." in page.text
    assert 'data-theme="dark"' in page.html
    assert 'data-density="dense"' in page.html


def test_the_keys_can_be_switched_off(bobs: Browser) -> None:
    assert "js/keys.js" in bobs.get("/inbox").html
    bobs.post("/settings/profile", {"name": "B", "time_zone": "UTC", "theme": "light", "density": "dense"})
    page = bobs.get("/inbox")
    assert page.status == 200
    assert "js/keys.js" not in page.html
    assert "Keyboard shortcuts" not in page.text


def test_times_are_shown_in_ones_own_zone(bobs: Browser, bob: PersonCaller) -> None:
    for zone, shown in (("Asia/Kathmandu", "UTC+0545"), ("No/Where", "UTC")):
        User.objects.filter(id=bob.user.id).update(time_zone=zone)
        assert re.search(rf'title="[^"]+, \d\d:\d\d {re.escape(shown)}"', bobs.get("/settings/security").html)


def test_times_of_a_task_say_their_zone(bobs: Browser, bob: PersonCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    User.objects.filter(id=bob.user.id).update(time_zone="Asia/Kathmandu")
    asked = ask_midway(shop, worker, deadline_seconds=7200)
    assert re.search(r"Due in [^.]*\d\d:\d\d UTC\+0545", bobs.get(f"/inbox/{asked.task_id}").text)


def test_the_zone_that_the_browser_offers_is_taken_and_leads_back(bobs: Browser, bob: PersonCaller) -> None:
    assert 'data-zone="UTC"' in bobs.get("/inbox").html
    sent = bobs.post("/settings/time-zone", {"time_zone": "Europe/Berlin", "next": "/inbox?q=x"})
    assert sent.location == "/inbox?q=x"
    assert User.objects.get(id=bob.user.id).time_zone == "Europe/Berlin"
    for path in ("//evil.example/", "https://evil.example/", "/\\evil.example", ""):
        assert bobs.post("/settings/time-zone", {"time_zone": "UTC", "next": path}).location == "/settings/profile"
    bobs.post("/settings/time-zone", {"time_zone": "Mars/Crater"})
    assert "time zone of the IANA list" in bobs.get("/inbox").text
    assert User.objects.get(id=bob.user.id).time_zone == "UTC"


@pytest.mark.parametrize(
    ("field", "value", "told"), [("time_zone", "Mars/Crater", "Unknown time zone"), ("theme", "pink", "not one of")]
)
def test_what_is_wrong_with_a_profile_is_told_beside_the_field(bobs: Browser, field: str, value: str, told: str) -> None:
    given = {"name": "B", "time_zone": "UTC", "theme": "light", "density": "dense", field: value}
    page = bobs.post("/settings/profile", given)
    assert page.status == 422
    error = re.search(rf'id="id_{field}_error">(.*?)</p>', page.html, re.S)
    assert error
    assert told in error[1]
    assert User.objects.get(email="bob@myorg.example").name == ""


def test_a_profile_takes_no_other_field(bobs: Browser) -> None:
    given = {"name": "B", "time_zone": "UTC", "theme": "light", "density": "dense"}
    bobs.post("/settings/profile", given | {"is_superuser": "on", "email": "x@x.example", "is_active": ""})
    user = User.objects.get(email="bob@myorg.example")
    assert (user.is_superuser, user.is_active) == (False, True)


def test_sessions_are_listed_and_ended(bobs: Browser, bob: PersonCaller, alices: Browser) -> None:
    phone, laptop = Browser().sign_in(bob.user), Browser().sign_in(bob.user)
    page = bobs.get("/settings/security")
    assert page.html.count('/end"') == 2
    assert "this one" in page.text
    bobs.post(f"/settings/sessions/{phone.session.id}/end")
    assert phone.get("/settings/profile").status == 302
    assert laptop.get("/settings/profile").status == 200
    bobs.post("/settings/sessions/end-others")
    assert laptop.get("/settings/profile").status == 302
    assert bobs.get("/settings/profile").status == 200
    assert alices.get("/settings/profile").status == 200


def test_nobody_ends_the_session_of_another(bobs: Browser, alices: Browser) -> None:
    bobs.post(f"/settings/sessions/{alices.session.id}/end")
    assert "This session has ended already." in bobs.get("/settings/security").text
    assert alices.get("/settings/profile").status == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Safari/604.1", "Safari on iPhone"),
        ("curl/8", "An unknown browser"),
    ],
)
def test_a_browser_is_named_in_two_words(agent: str, words: str) -> None:
    assert device(agent) == words


def test_a_token_is_shown_once_works_and_is_revoked(bobs: Browser, bob: PersonCaller) -> None:
    page = bobs.confirmed().post("/settings/tokens/new", {"name": "laptop", "days": "30"})
    secret = secret_of(page)
    assert page.headers["cache-control"] == "no-store"
    assert secret not in bobs.get("/settings/tokens").html
    caller = Caller({"authorization": f"Bearer {secret}"})
    assert caller.get("/me/tasks").status == 200
    token = PersonToken.objects.get(name="laptop")
    assert token.expires_at is not None
    bobs.post(f"/settings/tokens/{token.id}/revoke")
    auth.forget()
    assert caller.get("/me/tasks").status == 401
    assert {"person_token.create", "person_token.revoke"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_nobody_revokes_the_token_of_another(alices: Browser, bob: PersonCaller) -> None:
    assert alices.post(f"/settings/tokens/{bob.token.id}/revoke").status == 404
    bob.token.refresh_from_db()
    assert bob.token.revoked_at is None


@pytest.mark.parametrize("path", ["/settings/tokens/new", "/settings/agents/{agent}/keys/new"])
def test_a_secret_is_made_only_after_the_password(alices: Browser, worker: KeyCaller, path: str) -> None:
    path = path.format(agent=worker.agent.id)
    counts = (PersonToken.objects.count(), AgentKey.objects.count())
    form = {"name": "x", "days": "30", "scope": "own"}
    assert alices.get(path).location == f"/account/confirm?next={quote(path, safe='')}"
    page = alices.post(path, form)
    assert (page.status, f'action="/account/confirm{path}"' in page.html) == (422, True)
    assert "Enter your password." in page.text
    assert (PersonToken.objects.count(), AgentKey.objects.count()) == counts


def test_a_password_given_long_ago_is_asked_for_again(alices: Browser) -> None:
    session = alices.confirmed().session
    session["account_authentication_methods"] = [{"method": "password", "at": 1_700_000_000}]
    session.save()
    assert alices.post("/settings/tokens/new", {"name": "x", "days": "30"}).status == 422


def test_the_switcher_changes_the_workspace_to_one_of_ones_own(
    bobs: Browser, bob: PersonCaller, workspace: Workspace, other_workspace: Workspace
) -> None:
    second = make_workspace("myorg", "staging")
    tenancy.set_member(actor=SETUP, workspace=second, user=bob.user, role=Role.VIEWER)
    assert bobs.post("/workspace", {"workspace": str(second.id)}).location == "/"
    assert "viewer of staging" in bobs.get("/settings/profile").text
    for wrong in (str(other_workspace.id), "nonsense", "", str(uuid4())):
        bobs.post("/workspace", {"workspace": wrong})
        assert "viewer of staging" in bobs.get("/settings/profile").text


# People


def test_roles_are_changed_by_owners_and_admins(alices: Browser, bob: PersonCaller) -> None:
    member = Member.objects.get(user=bob.user)
    assert alices.post(f"/settings/people/{member.id}/role", {"role": "operator"}).location == "/settings/people"
    member.refresh_from_db()
    assert member.role == "operator"
    assert "is operator now" in alices.get("/settings/people").text
    alices.post(f"/settings/people/{member.id}/role", {"role": "emperor"})
    member.refresh_from_db()
    assert member.role == "operator"


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


# Agents and keys


def test_an_agent_is_registered_and_gets_a_key_that_works(alices: Browser, workspace: Workspace) -> None:
    page = alices.post("/settings/agents/new", {"name": "billing", "display_name": "Billing", "description": ""})
    agent = Agent.objects.get()
    assert page.location == f"/settings/agents/{agent.id}"
    page = alices.confirmed().post(f"/settings/agents/{agent.id}/keys/new", {"scope": "own", "days": "0"})
    secret = secret_of(page)
    assert Caller({"x-api-key": secret}).get("/agents/billing").ok()["agent"]["address"]
    assert secret not in alices.get(f"/settings/agents/{agent.id}").html
    key = AgentKey.objects.get()
    assert (key.scope, key.expires_at, key.created_by) == ("own", None, "alice@myorg.example")


@pytest.mark.parametrize("name", ["x", "no good", "a/b/c/d", ""])
def test_a_name_that_is_no_address_is_told_beside_its_field(alices: Browser, name: str) -> None:
    page = alices.post("/settings/agents/new", {"name": name})
    assert page.status == 422
    assert 'id="id_name_error"' in page.html
    assert not Agent.objects.exists()


def test_a_replaced_key_works_on_for_the_overlap(alices: Browser, worker: KeyCaller) -> None:
    alices.confirmed()
    where = f"/settings/agents/{worker.agent.id}/keys/{worker.key_id}"
    new = secret_of(alices.post(f"{where}/rotate", {"overlap": "24"}))
    for secret in (worker.secret, new):
        assert Caller({"x-api-key": secret}).get("/agents/order-service").status == 200
    assert AgentKey.objects.get(id=worker.key_id).expires_at is not None
    alices.post(f"{where}/rotate", {"overlap": "9999999"})
    assert AgentKey.objects.count() == 2
    alices.post(f"{where}/revoke")
    auth.forget()
    assert worker.get("/agents/order-service").status == 401
    assert Caller({"x-api-key": new}).get("/agents/order-service").status == 200


def test_a_deleted_agents_keys_end(alices: Browser, worker: KeyCaller) -> None:
    alices.confirmed().post(f"/settings/agents/{worker.agent.id}/delete")
    auth.forget()
    assert worker.get("/agents/order-service").status == 401
    assert alices.get(f"/settings/agents/{worker.agent.id}").status == 404


@pytest.mark.parametrize("who", ["olga", "bob", "vera"])
def test_others_look_but_change_nothing(
    who: str, request: pytest.FixtureRequest, worker: KeyCaller, alice: PersonCaller, workspace: Workspace
) -> None:
    caller = request.getfixturevalue(who)
    browser = Browser().sign_in(caller.user).confirmed()
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    member, agent = Member.objects.get(user=alice.user), worker.agent
    leave = f"/settings/people/{Member.objects.get(user=caller.user).id}/remove"
    for path in ("people", f"people/{member.id}", "groups", f"groups/{group.id}", "agents", f"agents/{agent.id}"):
        page = browser.get(f"/settings/{path}")
        assert page.status == 200
        assert "New " not in page.text
        assert set(re.findall(r'action="([^"]+)"', page.html)) <= {"/workspace", "/sign-out", "/settings/time-zone", leave}
    for path, form in (
        (f"people/{member.id}/role", {"role": "viewer"}),
        (f"people/{member.id}/remove", {}),
        (f"people/{member.id}/suspend", {}),
        (f"people/{member.id}/manager", {"manager": ""}),
        ("groups/new", {"name": "Mine"}),
        (f"groups/{group.id}/rename", {"name": "Mine"}),
        (f"groups/{group.id}/delete", {}),
        (f"groups/{group.id}/join/{Member.objects.get(user=caller.user).id}", {}),
        ("agents/new", {"name": "mine"}),
        (f"agents/{agent.id}/delete", {}),
        (f"agents/{agent.id}/keys/new", {"scope": "workspace", "days": "0"}),
        (f"agents/{agent.id}/keys/{worker.key_id}/rotate", {"overlap": "0"}),
        (f"agents/{agent.id}/keys/{worker.key_id}/revoke", {}),
    ):
        assert browser.post(f"/settings/{path}", form).status == 403, path
    assert AuditEntry.objects.exclude(actor=SETUP.label).count() == 0


def test_no_address_is_kept_twice(bobs: Browser) -> None:
    """The library keeps addresses of its own; ours are the only ones."""
    bobs.get("/settings/profile")
    assert not EmailAddress.objects.exists()
    assert Session.objects.count() == 1
