"""Signing in and out, forgotten passwords, and the second step."""

import re
import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.db import connection
from pytest_django.fixtures import Settings

from inbox import adapters
from intents.accounts import tries
from intents.accounts.models import Session, User
from tests.callers import PersonCaller
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
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


def test_the_right_password_leads_to_where_one_wanted_to_go(ann: User) -> None:
    browser = Browser()
    page = browser.get("/sign-in?next=/settings/profile%3Fx=1")
    assert 'name="next" value="/settings/profile?x=1"' in page.html
    page = sign_in(browser, "Bob@MyOrg.example ", next="/settings/profile?x=1")
    assert (page.status, page.location) == (302, "/settings/profile?x=1")
    assert Session.objects.get(user=ann)
    began = browser.session["signed_in"]
    assert began["address"] == "127.0.0.1"


def test_the_first_sign_in_takes_the_zone_of_the_browser_and_later_ones_leave_it(ann: User) -> None:
    sign_in(Browser(), time_zone="Mars/Crater")
    ann.refresh_from_db()
    assert ann.time_zone == "UTC"
    User.objects.update(last_login=None)
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        assert 'name="time_zone"' in Browser().get("/sign-in").html
        sign_in(Browser(), time_zone=zone)
        ann.refresh_from_db()
        assert ann.time_zone == "Europe/Berlin"


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(ann: User, where: str) -> None:
    assert sign_in(Browser(), next=where).location == "/"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(ann: User) -> None:
    answers = {
        sign_in(Browser(), email, password).text
        for email, password in (("bob@myorg.example", "wrong"), ("who@myorg.example", "wrong"), ("who@x.example", PASSWORD))
    }
    (text,) = answers
    assert "The email address or the password is wrong." in text
    assert not Session.objects.filter(user__isnull=False).exists()


def test_guessing_is_slowed_down(ann: User) -> None:
    browser = Browser()
    for _ in range(5):
        sign_in(browser, password="a guess")
    page = sign_in(browser)
    assert "Too many wrong passwords" in page.text
    assert not Session.objects.filter(user=ann).exists()


def test_guesses_from_elsewhere_do_not_lock_the_owner_out(ann: User) -> None:
    for _ in range(5):
        sign_in(Browser(address="203.0.113.9"), password="a guess")
    assert "Too many wrong passwords" in sign_in(Browser(address="203.0.113.9")).text
    assert sign_in(Browser(address="198.51.100.7")).location == "/"


def test_guesses_from_many_machines_are_slowed_down_too(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(adapters.FROM_ANYWHERE, "login_failed_anywhere", "6/h/key")
    for number in range(6):
        assert "is wrong" in sign_in(Browser(address=f"203.0.113.{number}"), password="a guess").text
    assert "Too many wrong passwords" in sign_in(Browser(address="198.51.100.7")).text


@pytest.mark.parametrize("limit", ["by machine", "in all"])
def test_guesses_that_name_another_host_are_counted_together(ann: User, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """Any port is taken for one of ours: a client may name each."""
    if limit == "in all":
        monkeypatch.setitem(adapters.FROM_ANYWHERE, "login_failed_anywhere", "5/h/key")
    for number in range(5):
        monkeypatch.setattr("tests.pages.browser.HOST", f"localhost:{8000 + number}")
        address = "203.0.113.9" if limit == "by machine" else f"203.0.113.{number}"
        assert "is wrong" in sign_in(Browser(address=address), password="a guess").text
    monkeypatch.setattr("tests.pages.browser.HOST", "127.0.0.1")
    last = "203.0.113.9" if limit == "by machine" else "198.51.100.7"
    assert "Too many wrong passwords" in sign_in(Browser(address=last)).text


def test_guesses_at_other_names_push_no_counter_out(ann: User) -> None:
    for _ in range(5):
        sign_in(Browser(), password="a guess")
    cache.set_many({f"another-{number}": [0.0] for number in range(600)}, timeout=300)
    assert "Too many wrong passwords" in sign_in(Browser()).text


def test_tries_and_codes_are_kept_where_every_process_sees_them_and_pruned(ann: User) -> None:
    sign_in(Browser(), password="a guess")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intents_tries")
        assert cursor.fetchone()[0] >= 2
        cursor.execute("UPDATE intents_tries SET expires = now() - interval '1 second'")
        cache.set("kept", 1)
        tries.prune()
        cursor.execute("SELECT cache_key FROM intents_tries")
        assert [key for (key,) in cursor.fetchall()] == [":1:kept"]


def test_a_suspended_person_is_told_so_with_the_right_password_only(ann: User) -> None:
    User.objects.update(is_active=False)
    assert "suspended" not in sign_in(Browser(), password="wrong").text
    browser = Browser()
    page = browser.get(sign_in(browser).location)
    assert "This account is suspended" in page.text
    assert not Session.objects.filter(user=ann).exists()


def test_signing_in_gives_the_browser_a_new_cookie(ann: User) -> None:
    browser = Browser()
    browser.get("/sign-in")
    session = browser.session if "axme_session" in browser.cookies else None
    sign_in(browser)
    assert session is None or session.session_key != browser.cookies["axme_session"]


def test_signing_out_takes_a_button_and_ends_the_session(bobs: Browser) -> None:
    assert "Sign out?" in bobs.get("/sign-out").text
    assert Session.objects.filter(user__isnull=False).exists()
    page = bobs.post("/sign-out")
    assert (page.status, page.location) == (302, "/sign-in")
    assert not Session.objects.filter(user__isnull=False).exists()


def test_a_form_from_elsewhere_is_refused(bobs: Browser) -> None:
    page = bobs.post("/sign-out", {"csrfmiddlewaretoken": "x" * 32})
    assert page.status == 403
    assert "This form is out of date" in page.text
    assert Session.objects.filter(user__isnull=False).exists()


def test_nobody_can_sign_up(database: None) -> None:
    for path in ("/account/signup", "/accounts/signup/", "/sign-up"):
        assert Browser().get(path).status == 404


def link(mailbox: Mailbox) -> str:
    send()
    found = re.search(r"https?://[^/\s]+(/\S+)", mailbox.only().get_content())
    assert found
    return found[1]


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(ann: User, mailbox: Mailbox, bobs: Browser) -> None:
    browser = Browser()
    page = browser.post("/account/forgotten", {"email": "BOB@myorg.example"})
    assert "Check your email" in browser.get(page.location).text
    where = link(mailbox)
    assert mailbox.only()["To"] == "bob@myorg.example"
    elsewhere = Browser()  # the mail is opened on another machine
    form = elsewhere.get(where).location
    assert form.endswith("-set-password")
    assert "Choose a new password" in elsewhere.get(form).text
    weak = elsewhere.post(form, {"password1": "password", "password2": "password"})
    assert 'aria-invalid="true"' in weak.html
    assert "too common" in weak.text
    mailbox.mails.clear()
    done = elsewhere.post(form, {"password1": "a new long one", "password2": "a new long one"})
    assert "Your password is changed" in elsewhere.get(done.location).text
    send()
    assert mailbox.only()["Subject"] == "Your password was reset"
    assert bobs.get("/account/password").status == 302, "sessions of the old password have ended"
    assert "This link no longer works" in Browser().get(where).text
    assert sign_in(Browser(), password="a new long one").status == 302


def test_the_link_names_this_server_whatever_the_request_says(ann: User, mailbox: Mailbox, settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://inbox.example", ["*"]
    Browser().send("POST", "/account/forgotten", form={"email": "bob@myorg.example"}, host="evil.example")
    browser = Browser()
    browser.post("/account/forgotten", {"email": "bob@myorg.example"})
    send()
    assert "https://inbox.example/account/new-password/" in mailbox.only().get_content()


def test_opening_the_link_of_a_mail_changes_nothing(ann: User, mailbox: Mailbox) -> None:
    Browser().post("/account/forgotten", {"email": "bob@myorg.example"})
    for _ in range(2):
        browser = Browser()
        browser.get(browser.get(link(mailbox)).location)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert not Session.objects.filter(user__isnull=False).exists()


def test_an_unknown_address_gets_no_mail_and_the_same_page(database: None, mailbox: Mailbox) -> None:
    page = Browser().post("/account/forgotten", {"email": "who@myorg.example"})
    assert page.location == "/account/forgotten/sent"
    send()
    assert mailbox.mails == []


def test_without_a_mail_server_mail_is_a_file_for_this_user_alone(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    connection = get_connection("axme_site.mail.Folder")
    EmailMessage("Hello", "there", to=["bob@myorg.example"], connection=connection).send()
    (file,) = (tmp_path / "mail").iterdir()
    assert "Subject: Hello" in file.read_text()
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_changing_the_password_keeps_this_session_and_ends_the_others(ann: User) -> None:
    here, there = Browser(), Browser()
    sign_in(here)
    sign_in(there)
    new = {"password1": "a new long one", "password2": "a new long one"}
    page = here.post("/account/password", {"oldpassword": "wrong"} | new)
    assert "This is not your password." in page.text
    here.post("/account/password", {"oldpassword": PASSWORD} | new)
    assert here.get("/account/password").status == 200
    assert there.get("/account/password").status == 302
    assert Session.objects.filter(user=ann).count() == 1


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
    codes = re.findall(r"^\d{8}$", re.sub(r".*<pre[^>]*>", "", browser.get(page.location).html), re.M)
    return secret[1], codes


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
