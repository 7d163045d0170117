"""One's own settings."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest

from inbox.views.settings.own.security import device
from intents import auth
from intents.accounts.models import AgentKey, AuditEntry, PersonToken, User, Workspace
from intents.accounts.services import tenancy
from intents.kernel.actors import Role
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_workspace
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
