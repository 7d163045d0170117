"""Passkeys: added, named, removed; signing in by one, as the second step, and to confirm that it is oneself."""

import pytest
from allauth.mfa.models import Authenticator

from intents.accounts.models import AuditEntry, User
from tests.pages import authenticator
from tests.pages.authenticator import Passkey, add, asked, data
from tests.pages.browser import Browser
from tests.pages.signing import PASSWORD, ann, code, sign_in, turn_on

__all__ = ["ann"]


@pytest.fixture
def passkey(ann: User) -> Passkey:
    """Bob's."""
    made, browser = Passkey(), Browser()
    sign_in(browser)
    assert add(browser, made).status == 302
    return made


def test_a_passkey_is_added_listed_renamed_and_removed_and_that_is_on_record(ann: User) -> None:
    browser = Browser()
    sign_in(browser)
    page = add(browser, Passkey(), "Blue key")
    assert page.location == "/account/second-factor/codes", "recovery codes come with the first"
    page = browser.get("/settings/security")
    assert "Blue key" in page.text
    assert "Passkey added." in page.text
    held = Authenticator.objects.get(user=ann, type="webauthn")
    browser.post(f"/account/passkeys/{held.pk}", {"name": "Green key"})
    assert "Green key" in browser.get("/settings/security").text
    assert "your recovery codes are deleted" in browser.get(f"/account/passkeys/{held.pk}/remove").text
    assert browser.post(f"/account/passkeys/{held.pk}/remove").location == "/settings/security"
    assert not Authenticator.objects.filter(user=ann).exists()
    actions = AuditEntry.objects.filter(action__startswith="second_factor").order_by("id")
    assert [(one.action, one.details["kind"]) for one in actions] == [
        ("second_factor.add", "webauthn"),
        ("second_factor.remove", "webauthn"),
    ]


def test_nobody_renames_or_removes_the_passkey_of_another(ann: User, passkey: Passkey, alices: Browser) -> None:
    held = Authenticator.objects.get(user=ann, type="webauthn")
    for path in (f"/account/passkeys/{held.pk}", f"/account/passkeys/{held.pk}/remove"):
        assert alices.confirmed().post(path, {"name": "Mine"}).status == 404
    assert Authenticator.objects.get(pk=held.pk).wrap().name == "Phone"


def test_adding_a_passkey_asks_for_the_password_first(ann: User, bobs: Browser) -> None:
    assert bobs.get("/account/passkeys/new").location.startswith("/account/confirm")


def test_a_passkey_signs_in_without_a_password_or_a_second_step(ann: User, passkey: Passkey) -> None:
    browser = Browser()
    page = authenticator.sign_in(browser, passkey, next="/settings/profile")
    assert (page.status, page.location) == (302, "/settings/profile")
    assert browser.get("/settings/profile").status == 200


def test_after_a_password_a_passkey_or_a_recovery_code_is_asked_for(ann: User, passkey: Passkey) -> None:
    thief, owner = Browser(), Browser()
    assert sign_in(thief).location == "/account/code"
    assert thief.get("/settings/profile").status == 302, "not signed in yet"
    sign_in(owner, next="/settings/profile")
    options = data(owner.get("/account/code"))["request_options"]
    page = owner.post("/account/code", {"credential": passkey.signed(options)})
    assert page.location == "/settings/profile"


@pytest.mark.parametrize("wrong", ["challenge", "origin", "stranger", "unverified", "nonsense", "list"])
def test_what_is_not_signed_for_this_sign_in_by_this_person_signs_nobody_in(ann: User, passkey: Passkey, wrong: str) -> None:
    browser = Browser()
    options = asked(browser, "sign-in")
    match wrong:
        case "challenge":
            options["publicKey"]["challenge"] = authenticator.text(b"x" * 32)
        case "origin":
            passkey.origin = "https://evil.example"
        case "stranger":
            user, passkey = passkey.user, Passkey()
            passkey.user = user
        case "unverified":
            passkey.flags = authenticator.PRESENT
    given = {"nonsense": "{}", "list": "[1]"}.get(wrong) or passkey.signed(options)
    page = browser.post("/account/passkeys/sign-in", {"credential": given})
    assert page.location == "/sign-in"
    assert "This passkey was not accepted." in browser.get("/sign-in").text
    assert browser.get("/settings/profile").status == 302


def test_what_a_passkey_signed_counts_once(ann: User, passkey: Passkey) -> None:
    browser, other = Browser(), Browser()
    given = passkey.signed(asked(browser, "sign-in"))
    other.cookies |= browser.cookies
    assert browser.post("/account/passkeys/sign-in", {"credential": given}).location == "/"
    browser.post("/sign-out")
    assert browser.post("/account/passkeys/sign-in", {"credential": given}).location == "/sign-in"


def test_keys_are_made_after_a_passkey_has_confirmed_who_it_is_and_not_by_the_password(ann: User, passkey: Passkey) -> None:
    browser = Browser().sign_in(ann)
    page = browser.get("/settings/tokens/new")
    assert page.location.startswith("/account/confirm")
    form = {"name": "Laptop", "days": "90"}
    page = browser.post("/account/confirm/settings/tokens/new", form | {"password": PASSWORD})
    assert "Use your passkey, or enter a code." in page.text
    assert page.status == 422
    given = passkey.signed(asked(browser, "confirm"))
    assert "axme_pat_" in browser.post("/account/confirm/settings/tokens/new", form | {"credential": given}).text


def test_the_page_that_confirms_takes_a_passkey_or_a_code(ann: User, passkey: Passkey) -> None:
    browser = Browser()
    sign_in(browser)
    options = data(browser.get("/account/code"))["request_options"]
    browser.post("/account/code", {"credential": passkey.signed(options)})
    secret, _ = turn_on(browser)
    browser = Browser().sign_in(ann)
    page = browser.get(browser.get("/account/confirm?next=/settings/tokens/new").location)
    assert "Use a passkey instead" in page.text
    wrong = browser.post("/account/passkeys/confirm", {"credential": "{}", "next": "/settings/tokens/new"})
    assert wrong.location == "/account/confirm/code?next=%2Fsettings%2Ftokens%2Fnew"
    given = passkey.signed(asked(browser, "confirm"))
    page = browser.post("/account/passkeys/confirm", {"credential": given, "next": "/settings/tokens/new"})
    assert page.location == "/settings/tokens/new"
    assert "New token" in browser.get("/settings/tokens/new").text
    other = Browser().sign_in(ann)
    page = other.post("/account/confirm/code", {"code": code(secret, 1), "next": "/settings/tokens/new"})
    assert page.location == "/settings/tokens/new"


def test_strangers_are_asked_to_sign_what_no_account_is_named_in(ann: User, passkey: Passkey) -> None:
    options = asked(Browser(), "sign-in")["publicKey"]
    assert not options.get("allowCredentials")
    assert options["userVerification"] == "required"
    assert Browser().post("/account/passkeys/options/confirm").status == 404
