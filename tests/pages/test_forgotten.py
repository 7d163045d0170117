"""Who asks for a new password learns nothing about who has an account."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.accounts.models import User
from intents.sending import email
from intents.sending.models import Email
from tests.callers import PersonCaller
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

NOBODYS = "nobody@myorg.example"


def done_for(address: str) -> tuple[int, str, list[str]]:
    """What a request answers and which statements it makes, without their values."""
    browser = Browser()
    browser.get("/account/forgotten")
    with CaptureQueriesContext(connection) as made:
        page = browser.post("/account/forgotten", {"email": address})
    return page.status, page.location, [re.split(" VALUES | WHERE | SET ", one["sql"])[0] for one in made]


@pytest.fixture
def away(alice: PersonCaller, bob: PersonCaller) -> str:
    User.objects.filter(id=bob.user.id).update(is_active=False)
    return str(bob.user.email)


def test_a_request_does_the_same_for_every_address(alice: PersonCaller, away: str) -> None:
    done_for("first@myorg.example")  # tries from this machine are counted from here
    known = done_for(alice.user.email)
    assert known[:2] == (302, "/account/forgotten/sent")
    assert any("intents_letter" in sql for sql in known[2]), "the statements are seen"
    assert not any("intents_user" in sql for sql in known[2])
    for address in (NOBODYS, away):
        assert done_for(address) == known


def test_only_who_can_use_it_is_sent_a_link(alice: PersonCaller, away: str, mailbox: Mailbox) -> None:
    for address in (NOBODYS, away, alice.user.email.upper()):
        done_for(address)
    send()
    assert mailbox.only()["To"] == alice.user.email
    assert mailbox.only()["Subject"] == "A new password for AXME Inbox"
    assert sorted(Email.objects.values_list("to", "state")) == [
        (alice.user.email, "sent"),
        (away, "skipped"),
        (NOBODYS, "skipped"),
    ]
    assert not Email.objects.exclude(sealed=None).exists()


def test_an_address_longer_than_any_is_refused_on_the_page(alice: PersonCaller) -> None:
    page = Browser().post(
        "/account/forgotten", {"email": f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 30}.example"}
    )
    assert (page.status, "No email address is that long." in page.text) == (200, True)


def test_asking_in_vain_uses_up_no_mails_of_an_address(alice: PersonCaller) -> None:
    for _ in range(3):
        done_for(NOBODYS)
    send()
    assert email.enqueued_lately(NOBODYS) == 0
