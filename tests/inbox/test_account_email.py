"""Email that pages and the API enqueue: never sent while somebody waits for an answer, and never lost."""

import re
import select
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery.signals import worker_shutdown
from django.core.mail import send_mail
from django.db import connection
from pytest_django.fixtures import Settings

from axme_site.celery import app
from intents.accounts.models import Invitation, User
from intents.kernel import clock, failpoints
from intents.sending import email, outbox
from intents.sending import sender as senders
from intents.sending.models import Email
from intents.sending.sender import Sender
from tests.callers import PersonCaller
from tests.conftest import SettableClock
from tests.inbox.outgoing import WAITED, patient, send, send_in_a_process_that_dies_at
from tests.mailbox import Mailbox
from tests.pages.browser import Browser


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user).confirmed()


def invite(browser: Browser) -> str:
    """Invite by the page: the link."""
    page = browser.post("/settings/invitations/new", {"email": "new@myorg.example", "role": "approver"})
    found = re.search(r"<code id=\"secret\">(\S+?)</code>", page.html)
    assert found, page.text
    return found[1]


def recorded() -> tuple[str, int, str | None]:
    """(state, attempts, answer) of the one email."""
    one = Email.objects.get()
    return one.state, one.attempt, one.answer


@pytest.fixture
def silent(settings: Settings) -> Iterator[socket.socket]:
    """A mail server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_BACKEND = "axme_site.mail.Server"
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
        settings.EMAIL_URL = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
        yield listener


def test_no_page_and_no_call_waits_for_a_mail_server_that_hangs(
    alices: Browser, alice: PersonCaller, silent: socket.socket
) -> None:
    invite(alices)
    assert Browser().post("/account/forgotten", {"email": alice.user.email}).status == 302
    alice.post("/invites/create", {"owner_agent": "demo", "role": "viewer", "email": "b@myorg.example"}).ok()
    assert Email.objects.count() == 3
    assert not select.select([silent], [], [], 0)[0], "nobody has turned to it"


def test_a_mail_server_that_hangs_is_tried_again_later_and_the_page_says_so(
    alices: Browser, silent: socket.socket, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    invite(alices)
    assert "The email is on its way." in alices.get("/settings/people").text
    send()
    state, attempts, answer = recorded()
    assert (state, attempts) == ("ready", 1)
    shown = alices.get("/settings/people").text
    assert "Email not sent yet." in shown
    assert f"Tried once. The last answer: {answer}." in shown


def test_an_email_that_fails_six_times_is_given_up_and_its_text_is_gone(
    now: SettableClock, ann: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "axme_site.mail.Server"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    Browser().post("/account/forgotten", {"email": ann.email})
    tries = []
    for _ in range(20):
        send()
        tries.append(Email.objects.get().attempt)
        now.advance(hours=1)
    assert tries[-1] == 6
    assert (recorded()[0], Email.objects.get().sealed) == ("failed", None)


@pytest.fixture
def ann(alice: PersonCaller) -> User:
    user: User = alice.user
    user.set_password("correct horse battery")
    user.save()
    return user


def test_a_refused_invitation_says_on_the_page_what_to_do(alices: Browser, mailbox: Mailbox) -> None:
    invite(alices)
    mailbox.answer = "550 nobody of that name"
    send()
    assert recorded() == ("failed", 1, "550 nobody of that name")
    shown = alices.get("/settings/people").text
    assert "The mail server said: 550 nobody of that name." in shown
    assert "Check the address, then press “Send again”" in shown
    mailbox.answer = "250 taken"
    alices.post(f"/settings/invitations/{Invitation.objects.get().id}/again")
    send()
    assert "The email was sent" in alices.get("/settings/people").text


def test_a_link_is_nowhere_in_clear_and_gone_once_it_was_sent(alices: Browser, mailbox: Mailbox) -> None:
    link = invite(alices)
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text, convert_from(sealed, 'UTF8') FROM intents_letter l")
        assert link.rpartition("/")[2] not in str(cursor.fetchall())
    send()
    assert link in mailbox.only().get_content()
    assert (recorded(), Email.objects.get().sealed) == (("sent", 1, "250 taken"), None)


def test_an_email_is_forgotten_a_month_after_it_is_over_but_never_before_it_was_sent(
    now: SettableClock, alices: Browser, mailbox: Mailbox
) -> None:
    invite(alices)
    now.advance(days=31)
    email.prune()
    assert Email.objects.exists()
    send()
    email.prune()
    assert Email.objects.exists()
    now.advance(days=31)
    email.prune()
    assert not Email.objects.exists()


def test_an_invitation_that_was_taken_back_is_not_sent(alices: Browser, mailbox: Mailbox) -> None:
    invite(alices)
    alices.post(f"/settings/invitations/{Invitation.objects.get().id}/revoke")
    send()
    assert (mailbox.mails, recorded()[0]) == ([], "skipped")


def test_an_invitation_that_is_refused_owes_no_mail(alices: Browser, alice: PersonCaller) -> None:
    body = {"owner_agent": "demo", "role": "viewer", "email": "b@myorg.example", "ttl_seconds": 60 * 60 * 24 * 14}
    assert alice.post("/invites/create", body | {"groups": [str(alice.user.id)]}).status == 422
    assert not Email.objects.exists()


def test_a_process_killed_between_sending_and_writing_it_down_sends_the_same_mail_again(
    alices: Browser, mailbox: Mailbox
) -> None:
    link = invite(alices)
    assert send_in_a_process_that_dies_at("message_taken") == failpoints.EXIT_CODE
    assert recorded() == ("leased", 1, None)
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        send()
    assert recorded()[:2] == ("sent", 2)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert link in first.get_content()


def slow() -> Sender:
    """A sender that is sending the one email, to a mail server that takes its time."""
    sender = patient()
    sender.work()
    return sender


def taken(mailbox: Mailbox) -> None:
    """Wait until the mail server has the email."""
    until = time.monotonic() + WAITED
    while not mailbox.mails:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_worker_that_stops_waits_for_what_it_is_sending(
    alices: Browser, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.answering.clear()
    invite(alices)
    monkeypatch.setattr(senders, "_sender", slow())
    taken(mailbox)
    mailbox.answering.set()
    app.loader.import_default_modules()  # as a worker does when it starts
    worker_shutdown.send(sender="a worker")
    assert recorded() == ("sent", 1, "250 taken")


def test_what_a_stopping_worker_cannot_finish_another_sends_at_once(alices: Browser, mailbox: Mailbox) -> None:
    mailbox.answering.clear()
    invite(alices)
    stopping = slow()
    taken(mailbox)
    stopping.drain(seconds=0)
    assert recorded() == ("ready", 1, None)
    mailbox.answering.set()
    send()
    assert recorded() == ("sent", 2, "250 taken")


def test_mail_that_is_kept_in_files_is_for_the_server_alone(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "axme_site.mail.Folder", tmp_path / "mail"
    send_mail("Subject", "a link", "a@myorg.example", ["b@myorg.example"])
    (kept,) = (tmp_path / "mail").iterdir()
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    assert "a link" in kept.read_text()
