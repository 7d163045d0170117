"""No program of mail finds an encoded word in what others wrote: a header says what pages say."""

from email.message import Message

import pytest

from intents.accounts.models import Workspace
from intents.sending import email
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.outgoing import choose, send
from tests.mailbox import Mailbox

WORDS = [
    "=?utf-8?b?UGF5IDUgRVVS?=",
    "=?utf-8?b?4oCuZ25wLmV4ZQ==?=",
    "=?utf-8?q?=0d=0aBcc:=20evil@evil.example?=",
    "a =?UTF-8?Q?x?= =?UTF-8?Q?y?=",
]


def decoded(message: Message, header: str) -> str:
    """What a program of mail shows, without the mark that keeps a word from being one."""
    return str(message[header]).replace("\u200b", "").strip()


@pytest.mark.parametrize("word", WORDS)
def test_a_title_says_in_the_subject_what_the_page_says(
    word: str, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    choose(bob, "email")
    ask(shop, title=f"Pay {word}", assignees=["bob@myorg.example"])
    send()
    assert decoded(mailbox.only(), "Subject") == f"Waiting for you: Pay {word}"
    assert mailbox.only()["Bcc"] is None


@pytest.mark.parametrize("word", WORDS)
def test_a_person_whose_name_holds_one_gets_their_mail(
    word: str, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    type(bob.user).objects.filter(id=bob.user.id).update(name=word)
    choose(bob, "email")
    ask(shop, assignees=["bob@myorg.example"])
    send()
    to = decoded(mailbox.only(), "To")
    assert word in to
    assert "bob@myorg.example" in to


@pytest.mark.parametrize("word", WORDS)
def test_an_email_says_in_the_subject_what_was_written(word: str, workspace: Workspace, mailbox: Mailbox) -> None:
    email.enqueue_text("ann@example.com", subject=f"Join {word}\r\nBcc: evil@evil.example", text="Hello")
    send()
    assert decoded(mailbox.only(), "Subject") == f"Join {word} Bcc: evil@evil.example"
    assert mailbox.only()["Bcc"] is None


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\U000e0100", "\u180b", "\u3164"])
def test_what_cannot_be_seen_is_named_in_mails_too(
    hidden: str, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    choose(bob, "email")
    ask(shop, title=f"Pay{hidden} ACME", assignees=["bob@myorg.example"])
    send()
    assert f"Pay⟨U+{ord(hidden):04X}⟩ ACME" in decoded(mailbox.only(), "Subject")
