"""Decisions of high and critical risk ask who signed in long ago to show that it is them."""

import pytest
from pytest_django.fixtures import Settings

from intents.accounts.models import User
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser, Page
from tests.pages.signing import PASSWORD, ann, code, sign_in, turn_on

__all__ = ["ann"]

ANSWER = {"outcome": "approved", "comment": "Checked with the bank", "confirmed": "approved"}


@pytest.fixture
def risky(shop: KeyCaller, ann: User) -> Asked:
    return ask(shop, title="Pay 90,000 EUR", risk="high", assignees=["bob@myorg.example"])


def long_ago(browser: Browser) -> None:
    """Let an hour pass since the password or the code was given."""
    session = browser.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()


def state(asked: Asked, who: PersonCaller) -> str:
    return str(asked.task(who)["state"])


def decide(browser: Browser, asked: Asked, **more: str) -> Page:
    return browser.post(f"/inbox/{asked.task_id}/decide", ANSWER | more)


def confirm(browser: Browser, asked: Asked, **more: str) -> Page:
    return browser.post(f"/account/confirm/decision/{asked.task_id}", ANSWER | more)


def test_who_signed_in_just_now_is_asked_once_more_but_not_for_the_password(
    risky: Asked, bob: PersonCaller, shop: KeyCaller
) -> None:
    browser = Browser()
    sign_in(browser)
    asked = decide(browser, risky, confirmed="")
    assert "Approve: Pay 90,000 EUR?" in asked.text
    assert "Takes effect immediately and can't be undone." in asked.text
    assert 'name="password"' not in asked.html
    assert state(risky, bob) == "open"
    assert decide(browser, risky).status == 302
    assert shop.intent(risky.intent_id)["result"]["comment"] == ANSWER["comment"]


def test_what_a_risky_decision_lacks_is_told_before_anybody_is_asked_to_confirm(
    shop: KeyCaller, bob: PersonCaller, bobs: Browser
) -> None:
    wanted = {"required_comment": True, "evidence_required": True}
    asked = ask(shop, risk="critical", assignees=["bob@myorg.example"], **wanted)
    for comment in ("", "Checked with the bank"):
        page = decide(bobs, asked, comment=comment, confirmed="")
        assert page.status == 422
        assert "This decision needs evidence" in page.text
        assert ("This decision requires a comment" in page.text) == (not comment)
        assert "can't be undone" not in page.text
    assert state(asked, bob) == "open"


def test_a_risky_decision_that_comes_too_late_is_told_so_before_anybody_is_asked_to_confirm(
    risky: Asked, bob: PersonCaller, bobs: Browser
) -> None:
    assert decide(bobs.confirmed(), risky).status == 302
    page = decide(bobs, risky, confirmed="")
    assert (page.status, "can't be undone" in page.text) == (409, False)
    assert "You decided this: Approved" in page.text


def test_who_does_not_confirm_is_back_at_the_task_with_what_was_typed(
    risky: Asked, bob: PersonCaller, bobs: Browser
) -> None:
    for send in (decide, confirm):
        page = send(bobs, risky, outcome="", back="yes", password="")
        assert page.status == 200
        assert f">{ANSWER['comment']}</textarea>" in page.html
        assert "can't be undone" not in page.text
    assert state(risky, bob) == "open"


def test_who_signed_in_long_ago_decides_with_the_password_and_loses_nothing(risky: Asked, bob: PersonCaller) -> None:
    browser = Browser()
    sign_in(browser)
    long_ago(browser)
    mistaken = "not-this-one-4711"
    for page in (decide(browser, risky), confirm(browser, risky), confirm(browser, risky, password=mistaken)):
        assert 'name="password"' in page.html
        assert f'value="{ANSWER["comment"]}"' in page.html
        assert mistaken not in page.html
        assert state(risky, bob) == "open"
    assert (page.status, "This is not your password." in page.text) == (422, True)
    assert confirm(browser, risky, password=PASSWORD).status == 302
    assert risky.task(bob)["decision"]["comment"] == ANSWER["comment"]
    assert browser.confirmed().post("/settings/tokens/new", {"name": "x", "days": "30"}).status == 200


def test_what_is_not_risky_asks_for_no_password(shop: KeyCaller, bob: PersonCaller, bobs: Browser) -> None:
    asked = ask(shop, risk="medium", assignees=["bob@myorg.example"])
    assert decide(bobs, asked, confirmed="").status == 302
    assert state(asked, bob) == "held"


def test_who_has_a_second_step_is_asked_for_its_code_and_the_password_does_not_do(risky: Asked, bob: PersonCaller) -> None:
    browser = Browser()
    sign_in(browser)
    _, codes = turn_on(browser)
    long_ago(browser)
    for page in (decide(browser, risky), confirm(browser, risky, password=PASSWORD), confirm(browser, risky, code="123456")):
        assert 'name="code"' in page.html
        assert state(risky, bob) == "open"
    page = browser.get("/settings/tokens/new")
    assert browser.get(page.location).location.startswith("/account/confirm/code?next=")
    assert 'name="code"' in browser.post("/settings/tokens/new", {"name": "x", "days": "30"}).html
    assert confirm(browser, risky, code=codes[0]).status == 302
    assert state(risky, bob) == "decided"
    assert browser.post("/settings/tokens/new", {"name": "x", "days": "30"}).status == 200


def test_a_sign_in_with_the_code_counts(risky: Asked, bob: PersonCaller) -> None:
    first, browser = Browser(), Browser()
    sign_in(first)
    secret, _ = turn_on(first)
    sign_in(browser)
    browser.post("/account/code", {"code": code(secret, 1)})
    assert decide(browser, risky).status == 302
    assert state(risky, bob) == "decided"


def test_passwords_are_not_tried_without_end(risky: Asked, bob: PersonCaller, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "1/m/user"}
    browser = Browser()
    sign_in(browser)
    long_ago(browser)
    confirm(browser, risky, password="wrong")
    assert "Too many attempts. Wait a minute" in confirm(browser, risky, password=PASSWORD).text
    assert state(risky, bob) == "open"


def test_who_joins_by_an_invitation_has_given_the_password_just_now(alices: Browser, mailbox: object) -> None:
    page = alices.confirmed().post("/settings/invitations/new", {"email": "new@myorg.example", "role": "approver"})
    path = page.html.split("/invitations/")[1].split("<")[0]
    browser = Browser()
    browser.post(f"/invitations/{path}", {"name": "New", "password": PASSWORD})
    assert browser.post("/settings/tokens/new", {"name": "x", "days": "30"}).status == 200
