"""Signing in and out, and forgotten passwords."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.db import connection
from pytest_django.fixtures import Settings

from inbox import adapters
from intents.accounts import tries
from intents.accounts.models import Session, User
from intents.feed.models import WorkspaceEvent
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
from tests.pages.browser import Browser
from tests.pages.signing import PASSWORD, ann, sign_in

__all__ = ["ann"]


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
    (ended,) = WorkspaceEvent.objects.filter(event_type="auth.session_revoked")
    assert (ended.subject, ended.actor) == ("bob@myorg.example", "system:new password")
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
    assert WorkspaceEvent.objects.filter(event_type="auth.session_revoked", subject=ann.email).count() == 1
