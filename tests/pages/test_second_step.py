"""The second step of signing in: codes of an app, and codes for when it is lost."""

from allauth.mfa.models import Authenticator
from django.db import connection

from intents.accounts.models import User
from tests.pages.browser import Browser
from tests.pages.signing import ann, code, sign_in, turn_on

__all__ = ["ann"]


def test_with_the_second_step_on_a_password_is_not_enough(ann: User) -> None:
    browser = Browser()
    sign_in(browser)
    secret, _ = turn_on(browser)
    thief = Browser()
    page = sign_in(thief, next="/settings/profile")
    assert page.location.startswith("/account/code")
    assert thief.get("/account/password").status == 302, "not signed in yet"
    assert "is wrong or too old" in thief.post("/account/code", {"code": "123456"}).text
    owner = Browser()
    sign_in(owner, next="/settings/profile")
    assert owner.post("/account/code", {"code": code(secret, 1)}).location == "/settings/profile"


def test_a_code_counts_once_for_as_long_as_it_is_accepted(ann: User) -> None:
    browser = Browser()
    sign_in(browser)
    secret, _ = turn_on(browser)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM intents_tries WHERE cache_key LIKE ':1:code:%'")
        ((key,),) = cursor.fetchall()
    activated, used = key.rpartition(":")[2], code(secret, 1)
    for shown, taken in ((activated, False), (used, True), (used, False)):
        # As after half a minute: what the library remembers by itself is over.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM intents_tries WHERE cache_key NOT LIKE ':1:code:%'")
        other = Browser()
        sign_in(other)
        page = other.post("/account/code", {"code": shown})
        assert (page.status == 302) is taken
        if not taken:
            assert "is wrong or too old" in page.text
    assert "is wrong or too old" in browser.post("/account/confirm/code", {"code": used}).text


def test_a_recovery_code_signs_in_once_and_none_is_kept_in_clear(ann: User) -> None:
    browser = Browser()
    sign_in(browser)
    secret, codes = turn_on(browser)
    assert len(codes) == 10
    assert not any(one in browser.get("/account/second-factor/codes").text for one in codes), "shown once"
    kept = str(list(Authenticator.objects.values("data")))
    assert secret not in kept
    assert not any(one in kept for one in codes)
    for expected in (302, 200):
        another = Browser()
        sign_in(another)
        assert another.post("/account/code", {"code": codes[0]}).status == expected


def test_turning_the_second_step_on_asks_for_the_password_first(ann: User, bobs: Browser) -> None:
    page = bobs.get("/account/second-factor/turn-on")
    assert page.location.startswith("/account/confirm?")
    assert "Please confirm your password" in bobs.get(page.location).text
    wrong = bobs.post(page.location, {"password": "wrong"})
    assert "This is not your password." in wrong.text
    assert not Authenticator.objects.exists()
