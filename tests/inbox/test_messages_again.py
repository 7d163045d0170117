"""Messages to people that could not be sent: the list of exactly those, and sending them once more."""

from typing import Any
from uuid import uuid4

import pytest

from inbox.notifications.models import Message
from inbox.operations import needs
from intents.accounts.models import AuditEntry
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.outgoing import add, choose, receiving, send, states
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

LIST = "/operations/messages"
AGAIN = f"{LIST}/send-again"
REFUSED = "550 no such mailbox"


def refused(shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox, **task: Any) -> tuple[Asked, str]:
    """A task of bob's, and the email about it that the mail server refused for good: its id."""
    mailbox.answer = REFUSED
    asked = ask(shop, **{"title": "Refund?", "assignees": ["bob@myorg.example"], "risk": "critical"} | task)
    send()
    mailbox.answer = "250 taken"
    return asked, str(Message.objects.get(user=bob.user, channel="email", state="failed").id)


def test_what_failed_is_listed_and_counted_and_the_overview_leads_there(
    shop: KeyCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, mailbox: Mailbox, now: SettableClock
) -> None:
    asked, message = refused(shop, bob, mailbox)
    found = vera.get(LIST).ok()
    assert (found["total"], found["counts"]) == (1, {"failed": 1, "waiting": 0})
    (one,) = found["items"]
    assert (one["id"], one["to"], one["channel"], one["kind"]) == (message, "bob@myorg.example", "email", "assigned")
    assert (one["intent_id"], one["task_id"], one["title"]) == (asked.intent_id, asked.task_id, "Refund?")
    assert (one["attempt"], one["next_try_at"]) == (1, None)
    assert "550" in one["answer"]
    assert charlie.get(LIST).ok()["total"] == 0
    (need,) = [one for one in needs.needs(person(vera)) if one.name == "messages"]
    assert need.href == f"{LIST}?state=failed&ended=24h"
    shown = Browser().sign_in(vera.user).get(need.href)
    assert "Failed 1" in shown.text
    assert "bob@myorg.example" in shown.text
    assert "Send again" not in shown.text
    now.advance(hours=25)
    assert vera.get(LIST, ended="24h").ok()["total"] == 0
    assert vera.get(LIST).ok()["total"] == 1
    assert [one for one in needs.needs(person(vera)) if one.name == "messages"] == []
    assert "There are none" in Browser().sign_in(vera.user).get(need.href).text


def test_it_is_sent_again_once_as_the_same_message(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, mailbox: Mailbox
) -> None:
    _, message = refused(shop, bob, mailbox)
    assert olga.post(AGAIN, {"ids": [message, str(uuid4())]}).ok()["message_ids"] == [message]
    assert olga.post(AGAIN, {"ids": [message]}).ok()["message_ids"] == []
    assert olga.get(LIST, state="waiting").ok()["total"] == 1
    send()
    assert [one[:3] for one in states()] == [("email", "sent", 2)]
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    entry = AuditEntry.objects.get(action="message.send_again")
    assert (entry.actor, entry.details["message_ids"], entry.details["count"]) == ("olga@myorg.example", [message], 1)
    assert olga.get(LIST).ok()["total"] == 0


def test_what_was_decided_meanwhile_is_not_sent(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, mailbox: Mailbox
) -> None:
    asked, message = refused(shop, bob, mailbox)
    asked.decide(bob, "approved").ok()
    olga.post(AGAIN, {"ids": [message]}).ok()
    send()
    assert [one[:2] for one in states()] == [("email", "skipped")]
    assert len(mailbox.mails) == 1


@pytest.mark.slow
def test_what_fails_again_is_not_told_twice_by_the_next_channel(
    shop: KeyCaller,
    bob: PersonCaller,
    olga: PersonCaller,
    mailbox: Mailbox,
    inside: None,
) -> None:
    with receiving() as receiver:
        choose(bob, "email", add(bob, receiver.url))
        _, message = refused(shop, bob, mailbox)
        send()
        assert len(receiver.posted) == 1
        mailbox.answer = REFUSED
        assert olga.post(AGAIN, {"ids": [message]}).ok()["message_ids"] == [message]
        send()
        assert len(mailbox.mails) == 2
        assert len(receiver.posted) == 1
    assert sorted(one[:3] for one in states()) == [("chat", "sent", 1), ("email", "failed", 2)]


def test_only_those_who_repair_send_again_and_only_their_workspaces_messages(
    shop: KeyCaller,
    machine: KeyCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    alice: PersonCaller,
    mailbox: Mailbox,
) -> None:
    _, message = refused(shop, bob, mailbox)
    for who in (machine, bob, vera):
        assert who.post(AGAIN, {"ids": [message]}).status == 403
    for who in (machine, bob):
        assert who.get(LIST).status == 403
    assert charlie.post(AGAIN, {"ids": [message]}).ok()["message_ids"] == []
    for wrong in ([], [str(uuid4()) for _ in range(501)]):
        assert alice.post(AGAIN, {"ids": wrong}).status == 422
    assert Message.objects.get(id=message).state == "failed"
    assert alice.post(AGAIN, {"ids": [message]}).ok()["message_ids"] == [message]


def test_the_page_sends_one_or_all_again_and_the_intents_page_its_own(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, olga: PersonCaller, vera: PersonCaller, mailbox: Mailbox
) -> None:
    asked, message = refused(shop, bob, mailbox)
    olgas = Browser().sign_in(olga.user)
    path = f"/operations/intents/{asked.intent_id}"
    assert "Send again" not in Browser().sign_in(vera.user).get(path).text
    assert "tried once more, at once, as the same message" in olgas.get(path).text
    form = {"id": message, "intent": asked.intent_id}
    assert Browser().sign_in(vera.user).post(AGAIN, form).status == 403
    assert olgas.post(AGAIN, form).location == path
    assert "1 message is sent again now." in olgas.get(path).text
    send()
    assert len(mailbox.mails) == 2
    mailbox.answer = REFUSED
    for who in (bob, alice):
        ask(shop, title="More?", assignees=[who.user.email], risk="critical")
    send()
    page = olgas.get(LIST)
    assert "Send all 2 again" in page.text
    mailbox.answer = "250 taken"
    assert olgas.post(AGAIN, {"all": "yes", "ended": "24h"}).location == f"{LIST}?state=failed&ended=24h"
    send()
    assert {state for _, state, *_ in states()} == {"sent"}
    assert "Nothing was left" in olgas.get(olgas.post(AGAIN, {"all": "yes"}).location).text
