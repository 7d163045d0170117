"""Signing in, as the tests of pages do."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from intents.accounts.models import User
from tests.callers import PersonCaller
from tests.pages.browser import Browser, Page

PASSWORD = "correct horse battery"


@pytest.fixture
def ann(bob: PersonCaller) -> User:
    """Bob, with a password."""
    user: User = bob.user
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(browser: Browser, email: str = "bob@myorg.example", password: str = PASSWORD, **more: str) -> Page:
    return browser.post("/sign-in", {"login": email, "password": password} | more)


def code(secret: str, step: int = 0) -> str:
    """What an authenticator app shows now, or `step` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def turn_on(browser: Browser) -> tuple[str, list[str]]:
    """Turn the second step on, as a person does: the app's key, and the recovery codes."""
    page = browser.get("/account/second-factor/turn-on")
    if page.status == 302:
        browser.get(page.location)
        browser.post(page.location, {"password": PASSWORD, "next": "/account/second-factor/turn-on"})
        page = browser.get("/account/second-factor/turn-on")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.html)
    assert secret
    assert "is wrong or too old" in browser.post("/account/second-factor/turn-on", {"code": "000000"}).text
    page = browser.post("/account/second-factor/turn-on", {"code": code(secret[1])})
    shown = browser.get(page.location)
    assert "The old ones stopped working." not in shown.text, "there were none before"
    codes = re.findall(r"^\d{8}$", re.sub(r".*<pre[^>]*>", "", shown.html), re.M)
    return secret[1], codes
