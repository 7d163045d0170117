"""A command line is approved on a page by who is signed in there, and leads into a browser; sign-in rules hold on it too."""

from datetime import timedelta

import pytest

from intents.accounts.models import AuditEntry, Identity, Requirement, Session, SignInRules
from intents.accounts.services import tenancy
from intents.kernel import clock
from intents.kernel.actors import Role
from tests.callers import SETUP, PersonCaller, make_workspace
from tests.conftest import SettableClock
from tests.intents.command_line import CommandLine, emailed
from tests.mailbox import Mailbox
from tests.pages.authenticator import Passkey, add
from tests.pages.browser import Browser
from tests.pages.test_sign_in_rules import require


def path(url: str) -> str:
    return url[url.index("/auth/") :]


def approve(browser: Browser, page: str, answer: str = "approve") -> int:
    return browser.post(path(page), {"answer": answer}).status


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user).confirmed()


def test_who_is_signed_in_approves_a_command_line(alices: Browser, alice: PersonCaller) -> None:
    line = CommandLine()
    started = line.start_browser()
    assert (started["poll_interval"] > 0, "?" in started["approval_url"]) == (True, True)
    assert line.poll(started).json == {"ok": True, "state": "pending"}
    page = alices.get(path(started["page"]))
    assert started["user_code"] in page.text
    assert line.poll(started).json["state"] == "pending", "looking signs nobody in"
    assert approve(alices, started["page"]) == 200
    assert line.poll(started).json["state"] == "approved"
    assert line.context()["account"]["email"] == alice.user.email
    assert AuditEntry.objects.filter(action="session.approve", subject=alice.user.email).exists()


def test_an_answer_that_was_lost_is_given_again_for_a_moment(now: SettableClock, alices: Browser) -> None:
    line = CommandLine()
    started = line.start_browser()
    approve(alices, started["page"])
    first = line.poll(started).json
    assert line.poll(started).json == first
    now.advance(seconds=31)
    assert CommandLine().poll(started).status == 410


def test_what_was_refused_or_is_too_old_is_gone(now: SettableClock, alices: Browser) -> None:
    line = CommandLine()
    refused = line.start_browser()
    assert approve(alices, refused["page"], "refuse") == 200
    assert line.poll(refused).status == 410
    assert approve(alices, refused["page"]) == 404 or alices.get(path(refused["page"])).status == 410
    old = line.start_browser()
    now.advance(minutes=11)
    assert line.poll(old).status == 410
    assert line.poll(old | {"grant_id": "nonsense"}).status == 404


def test_nobody_approves_without_signing_in_or_by_half_a_link(alices: Browser, bob: PersonCaller) -> None:
    started = CommandLine().start_browser()
    assert Browser().post(path(started["page"]), {"answer": "approve"}).location.startswith("/sign-in")
    stale = Browser().sign_in(bob.user)
    assert "/account/confirm" in stale.post(path(started["page"]), {"answer": "approve"}).location
    assert alices.post(path(started["approval_url"]), {"answer": "approve"}).status == 404
    other = path(started["page"]).replace(started["user_code"], "XXXX-XXXX")
    assert alices.post(other, {"answer": "approve"}).status == 404
    assert CommandLine().poll(started).json["state"] == "pending"


def test_the_emailed_link_is_for_whose_address_it_was_sent_to(
    alices: Browser, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    line = CommandLine()
    asked = line.ask(bob.user.email)
    link = emailed(mailbox)["link"]
    assert approve(alices, link) == 403
    bobs = Browser().sign_in(bob.user).confirmed()
    assert bobs.get(path(link)).status == 200
    assert approve(bobs, link) == 200
    assert line.poll(asked).json["state"] == "approved"
    assert line.context()["account"]["email"] == bob.user.email


def test_a_code_alone_signs_nobody_in_who_has_a_second_step(alice: PersonCaller, mailbox: Mailbox, alices: Browser) -> None:
    add(alices, Passkey())
    line = CommandLine()
    asked = line.ask(alice.user.email)
    mail = emailed(mailbox)
    refused = line.enter(asked, mail["code"])
    assert (refused.status, refused.code) == (403, "policy_denied")
    assert approve(alices, mail["link"]) == 200
    assert line.enter(asked, mail["code"]).status == 200


def test_where_a_provider_is_required_a_code_does_not_do(alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    """Nor does a page of who signed in otherwise; a session that began with the provider does, and so its command line."""
    bob.user.memberships.update(created_at="2020-01-01T00:00:00Z")
    require(alice, Requirement.OIDC)
    line = CommandLine()
    asked = line.ask(bob.user.email)
    mail = emailed(mailbox)
    assert line.enter(asked, mail["code"]).status == 403
    browser = Browser().sign_in(bob.user).confirmed()
    assert approve(browser, mail["link"]) == 403
    Session.objects.filter(id=browser.session.id).update(provider="corp")
    session = browser.session
    session["provider"] = "corp"
    session.save()
    assert approve(browser, mail["link"]) == 200
    assert line.enter(asked, mail["code"]).status == 200
    assert line.context()["account"]["email"] == bob.user.email


def test_a_rule_that_comes_later_ends_what_does_not_meet_it(
    bob: PersonCaller, mailbox: Mailbox, alice: PersonCaller
) -> None:
    """A person who is known to the provider could use a personal token: their command line signed in without it."""
    line = CommandLine()
    line.login(bob.user.email, mailbox)
    bob.user.memberships.update(created_at="2020-01-01T00:00:00Z")
    Identity.objects.create(user=bob.user, issuer="https://x", subject="b", created_at=clock.now(), last_used_at=clock.now())
    require(alice, Requirement.OIDC)
    assert line.plain().get("/intents").status == 403
    assert not line.refresh()


def test_a_command_line_is_as_old_and_idle_as_the_workspace_lets_it_be(
    now: SettableClock, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    rules = require(alice, Requirement.NONE, session_hours=2, idle_minutes=30)
    line = CommandLine()
    line.login(bob.user.email, mailbox)
    now.advance(minutes=31)
    assert line.request("GET", "/intents").status == 401, "idle"
    SignInRules.objects.filter(id=rules.id).update(idle_minutes=None)
    assert line.request("GET", "/intents").status == 200
    now.advance(minutes=90)
    assert line.request("GET", "/intents").status == 401, "old, and no refreshing helps"


def test_sessions_of_command_lines_are_seen_and_ended_on_the_page(
    alice: PersonCaller, alices: Browser, mailbox: Mailbox
) -> None:
    line = CommandLine()
    line.login(alice.user.email, mailbox)
    assert "Command line (Go-http-client/1.1)" in alices.get("/settings/security").text
    assert "Go-http-client" not in alices.get("/settings/tokens").text, "it is no token of theirs"
    (current,) = [one for one in line.sessions() if one["is_current"]]
    assert alices.post(f"/settings/sessions/{current['session_id']}/end").status == 302
    assert line.plain().get("/intents").status == 401
    assert "Command line" not in alices.get("/settings/security").text
    line.login(alice.user.email, mailbox)
    alices.post("/settings/sessions/end-others")
    assert line.plain().get("/intents").status == 401


def test_it_moves_to_another_workspace_of_its_person(alice: PersonCaller, mailbox: Mailbox) -> None:
    other = make_workspace("zeta", "Sandbox")
    tenancy.set_member(actor=SETUP, workspace=other, user=alice.user, role=Role.OWNER)
    line = CommandLine()
    line.login(alice.user.email, mailbox)
    known = line.context()["workspaces"]
    assert str(other.id) in [one["workspace_id"] for one in known]
    before = line.request("POST", "/intents", {"intent_type": "x.v1", "to_agent": "billing"}).ok()["intent_id"]
    assert line.use(str(other.id)).status == 200
    assert line.context()["selected_workspace"]["workspace_id"] == str(other.id)
    assert line.request("GET", f"/intents/{before}").status == 404
    sent = line.request("POST", "/intents", {"intent_type": "x.v1", "to_agent": "billing"})
    assert sent.status == 200, sent.raw
    foreign = line.request(
        "POST", "/portal/personal/workspace-selection", {"org_id": str(alice.token.id), "workspace_id": str(alice.token.id)}
    )
    assert (foreign.status, "outside actor membership scope" in foreign.json["detail"]) == (403, True)


def test_a_personal_token_tells_of_its_own_workspace_alone(alice: PersonCaller) -> None:
    other = make_workspace("zeta", "sandbox")
    tenancy.set_member(actor=SETUP, workspace=other, user=alice.user, role=Role.OWNER)
    context = alice.get("/portal/personal/context").ok()
    assert [one["workspace_id"] for one in context["workspaces"]] == [str(alice.token.workspace_id)]
    assert alice.post("/auth/dashboard-token").status == 403
    where = {"org_id": str(other.organization_id), "workspace_id": str(other.id)}
    assert alice.post("/portal/personal/workspace-selection", where).status == 403
    assert alice.post("/portal/personal/profile", {"display_name": "Alice A.", "company": "x"}).ok()["account"] == {
        "email": alice.user.email,
        "display_name": "Alice A.",
    }


def test_it_opens_a_browser_once(now: SettableClock, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    line = CommandLine()
    line.login(alice.user.email, mailbox)
    now.advance(minutes=20)
    made = line.request("POST", "/auth/dashboard-token").ok()
    assert made["expires_in"] == 300
    page = f"/auth/exchange?token={made['token']}"
    browser = Browser().sign_in(bob.user)
    assert alice.user.email in browser.get(page).text
    assert "bob" in browser.get("/settings/profile").text, "looking signs nobody in"
    assert browser.post(page).status == 302
    assert alice.user.email in browser.get("/settings/security").text or browser.get("/inbox").status == 200
    assert Session.objects.get(id=browser.session.id).user_id == alice.user.id
    assert Session.objects.get(id=browser.session.id).created_at <= clock.now() - timedelta(minutes=20)
    assert Browser().post(page).status == 410
    late = line.request("POST", "/auth/dashboard-token").ok()["token"]
    now.advance(minutes=6)
    assert Browser().get(f"/auth/exchange?token={late}").status == 410
    assert Browser().get("/auth/exchange?token=nonsense").status == 410
