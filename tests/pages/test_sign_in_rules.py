"""What a workspace requires of those who sign in: on every door, after the days of grace, and never of the last way in."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from intents import auth, seats
from intents.accounts.models import AuditEntry, Identity, Requirement, Session, SignInRules, User
from intents.accounts.services import rights, sign_in_rules
from intents.accounts.services.sign_in_rules import SignInTerms
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.kernel.errors import ChangedMeanwhile, Denied, DomainError, InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person
from tests.pages.authenticator import Passkey, add
from tests.pages.browser import Browser
from tests.pages.signing import ann, sign_in, turn_on

__all__ = ["ann"]


def require(of: PersonCaller, requires: Requirement = Requirement.SECOND_FACTOR, **more: object) -> SignInRules:
    """Rules in force since long ago, whoever they keep out."""
    given = {"requires": requires, "since": clock.now() - timedelta(days=30), **more}
    workspace = person(of).workspace_id
    return SignInRules.objects.update_or_create(workspace_id=workspace, defaults=given)[0]


@pytest.fixture
def old_members(bob: PersonCaller, alice: PersonCaller, vera: PersonCaller) -> None:
    for one in (bob, alice, vera):
        one.user.memberships.update(created_at=clock.now() - timedelta(days=30))


@pytest.mark.usefixtures("old_members")
def test_who_has_no_second_factor_is_led_to_set_one_up_and_decides_nothing_on_any_door(
    ann: User, bob: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, assignees=[ann.email])
    browser = Browser()
    sign_in(browser)
    actor = seats.of(user_id=ann.id, session_id=browser.session.id)[0].person
    require(bob)
    auth.forget()
    page = browser.get("/inbox")
    assert (page.status, "Set up two-factor authentication" in page.text) == (403, True)
    assert "/account/passkeys/new" in page.html
    assert browser.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"}).status == 403
    assert browser.get("/inbox/rows", HX_Request="true").headers["hx-redirect"] == "/"
    assert seats.by_cookie(browser.cookies["axme_session"]) is None, "sockets"
    assert seats.still_seated([actor]) == set(), "sockets that are open"
    with pytest.raises(Denied):
        rights.present(actor=actor)
    reply = bob.get("/me/tasks")
    assert (reply.status, reply.code) == (403, "policy_denied")
    assert "two-factor authentication" in reply.json["error"]["message"]
    assert auth.still_valid([bob.token.id]) == set(), "streams that are open"
    turn_on(browser)
    auth.forget()
    assert browser.get("/inbox").status == 200
    assert bob.get("/me/tasks").status == 200
    assert seats.still_seated([actor]) == {actor}


@pytest.mark.usefixtures("old_members")
def test_only_a_passkey_meets_a_rule_that_asks_for_one(ann: User, bob: PersonCaller) -> None:
    browser = Browser()
    sign_in(browser)
    turn_on(browser)
    require(bob, Requirement.PASSKEY)
    page = browser.get("/inbox")
    assert "Add a passkey" in page.text
    assert "authenticator app" not in page.text
    add(browser, Passkey())
    assert browser.get("/inbox").status == 200


@pytest.mark.usefixtures("old_members")
def test_with_a_provider_required_it_is_the_session_that_counts_and_of_a_token_its_person(
    ann: User, bob: PersonCaller, settings: Settings
) -> None:
    settings.OIDC = [{"id": "corp", "name": "Corp", "issuer": "https://x", "client_id": "x", "client_secret": ""}]
    browser = Browser()
    sign_in(browser)
    require(bob, Requirement.OIDC)
    auth.forget()
    assert "Sign in with Corp" in browser.get("/inbox").text
    assert bob.get("/me/tasks").status == 403
    now = clock.now()
    Identity.objects.create(user=ann, issuer="https://x", subject="s", created_at=now, last_used_at=now)
    auth.forget()
    assert bob.get("/me/tasks").status == 200
    assert browser.get("/inbox").status == 403
    session = browser.session
    session["provider"] = "corp"
    session.save()
    assert browser.get("/inbox").status == 200


@pytest.mark.usefixtures("old_members")
def test_other_roles_machines_and_days_of_grace_are_left_alone(
    alices: Browser, bobs: Browser, bob: PersonCaller, shop: KeyCaller
) -> None:
    require(bob, roles=[str(Role.VIEWER)])
    assert bobs.get("/inbox").status == 200
    rules = require(bob, roles=[])
    assert bobs.get("/inbox").status == 403
    assert shop.get("/intents").status == 200
    rules.since = clock.now() - timedelta(days=6)
    rules.grace_days = 7
    rules.save()
    page = bobs.get("/inbox")
    assert page.status == 200
    assert "Set up two-factor authentication" in page.text, "what is coming is said"
    assert 'id="zone-offer"' not in page.html
    assert re.search(r'<div class="frame"[^>]* data-zone="UTC"', page.html), "in which the script says times"
    bob.user.memberships.update(created_at=clock.now())
    rules.since = clock.now() - timedelta(days=60)
    rules.save()
    assert bobs.get("/inbox").status == 200, "who joins has the same days"


def test_a_session_ends_some_hours_after_signing_in_and_some_minutes_after_its_last_use(
    ann: User, bob: PersonCaller
) -> None:
    require(bob, Requirement.NONE, session_hours=8, idle_minutes=15)
    for column, minutes, said in (("created_at", 481, "longest time"), ("seen_at", 16, "away for a while")):
        browser = Browser()
        sign_in(browser)
        assert browser.get("/inbox").status == 200
        Session.objects.filter(id=browser.session.id).update(**{column: timezone.now() - timedelta(minutes=minutes)})
        assert browser.get("/inbox").location == "/sign-in?next=%2Finbox"
        assert said in browser.get("/sign-in").text
        assert browser.get("/inbox").status == 302


def test_an_owner_sets_the_rules_on_a_page_and_cannot_keep_themselves_out(ann: User, bob: PersonCaller) -> None:
    bob.user.memberships.update(role=Role.OWNER)
    browser = Browser()
    sign_in(browser)
    form = {"requires": "second_factor", "grace_days": "7", "session_hours": "12", "revision": "0"}
    page = browser.post("/settings/sign-in/edit", form)
    assert (page.status, "set up two-factor authentication for yourself first" in page.text.lower()) == (422, True)
    assert not SignInRules.objects.exists()
    turn_on(browser)
    page = browser.post("/settings/sign-in/edit", form)
    assert page.location == "/settings/sign-in"
    rules = SignInRules.objects.get()
    assert (rules.requires, rules.roles, rules.grace_days, rules.session_hours) == ("second_factor", [], 7, 12)
    assert "7 days" in browser.get("/settings/sign-in").text
    again = browser.post("/settings/sign-in/edit", form)
    assert (again.status, "Somebody else changed this since" in again.text) == (409, True)
    assert again.html.partition('name="revision" value="')[2].startswith('1"'), "sent once more it overwrites"
    entry = AuditEntry.objects.get(action="sign_in_rules.set")
    assert (entry.actor, entry.details["grace_days"]) == (ann.email, 7)


@pytest.mark.parametrize("requires", [Requirement.SECOND_FACTOR, Requirement.PASSKEY, Requirement.OIDC])
def test_rules_that_would_keep_out_who_sets_them_are_refused_unless_they_are_for_others(
    bob: PersonCaller, requires: Requirement
) -> None:
    bob.user.memberships.update(role=Role.OWNER)
    owner = person(bob)
    with pytest.raises(InvalidField):
        sign_in_rules.save(actor=owner, rules=SignInTerms(requires=requires, grace_days=90))
    sign_in_rules.save(actor=owner, rules=SignInTerms(requires=requires, roles=[Role.APPROVER]))
    with pytest.raises(ChangedMeanwhile):
        sign_in_rules.save(actor=owner, rules=SignInTerms(), revision=0)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.APPROVER])
def test_only_owners_change_how_people_sign_in(bob: PersonCaller, shop: KeyCaller, role: Role) -> None:
    bob.user.memberships.update(role=role)
    with pytest.raises(DomainError):
        sign_in_rules.save(actor=person(bob), rules=SignInTerms())
    browser = Browser().sign_in(bob.user).confirmed()
    for path in ("/settings/sign-in/edit", "/settings/sign-in/mappings/new"):
        assert browser.get(path).status == 403


@pytest.mark.usefixtures("old_members")
def test_whoever_runs_the_server_lets_everybody_in_again(bobs: Browser, bob: PersonCaller) -> None:
    require(bob, Requirement.OIDC)
    assert bobs.get("/inbox").status == 403
    call_command("relax_sign_in", "myorg/production")
    assert bobs.get("/inbox").status == 200
    assert AuditEntry.objects.filter(action="sign_in_rules.set", actor="system:command").exists()
