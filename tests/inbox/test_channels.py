"""Channels that fail, hang or are tried for the first time: each for itself, and what fails falls to the next."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from inbox.notifications.channels import email, outside
from inbox.notifications.models import Message
from inbox.notifications.services import fan_out
from intents.sending.sender import Sender
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.outgoing import add, choose, patient, receiving, send, states
from tests.mailbox import Mailbox

pytestmark = pytest.mark.slow


@pytest.fixture
def hole() -> Iterator[str]:
    """A chat that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"json://127.0.0.1:{listener.getsockname()[1]}/?rto=300&cto=300"


def test_a_chat_is_told_and_its_answer_kept(shop: KeyCaller, bob: PersonCaller, inside: None) -> None:
    with receiving() as receiver:
        choose(bob, add(bob, receiver.url))
        asked = ask(shop, title="Refund <!channel> to @everyone?")
        send()
    (posted,) = receiver.posted
    assert posted["title"] == "Waiting for you: Refund ‹!channel› to ＠everyone?"
    assert f"/inbox/{asked.task_id}" in posted["message"]
    ((channel, state, attempts, answer),) = states()
    assert (channel, state, attempts) == ("chat", "sent", 1)
    assert "Sent JSON" in str(answer)


def test_what_a_channel_refuses_falls_to_the_next(
    shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox, inside: None
) -> None:
    with receiving(status=410) as receiver:
        choose(bob, add(bob, receiver.url), "email")
        ask(shop)
        send()
    assert len(receiver.posted) == 1
    (refused, mailed) = states()
    assert (refused[:3], mailed[:3]) == (("chat", "failed", 1), ("email", "sent", 1))
    assert "410" in str(refused[3])
    assert len(mailbox.mails) == 1


def test_a_mail_server_that_is_away_is_tried_three_times_and_then_the_chat_is_told(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, settings: Settings, inside: None
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_URL = "axme_site.mail.Server", "smtp://127.0.0.1:1"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with receiving() as receiver:
        choose(bob, "email", add(bob, receiver.url))
        ask(shop)
        send()
        assert [state for _, state, *_ in states()] == ["ready"]
        for seconds in (21, 121):
            now.advance(seconds=seconds)
            send()
    (failed, told) = states()
    assert (failed[:3], told[:3]) == (("email", "failed", 3), ("chat", "sent", 1))
    assert "ConnectionRefusedError" in str(failed[3])


def test_a_chat_that_hangs_delays_neither_mail_nor_other_chats(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller, mailbox: Mailbox, hole: str, inside: None
) -> None:
    names = ["alice@myorg.example", "bob@myorg.example", "olga@myorg.example"]
    with receiving() as receiver:
        choose(alice, "email")
        choose(bob, add(bob, receiver.url))
        choose(olga, add(olga, hole))
        ask(shop, assignees=names)
        sender = patient()
        until = time.monotonic() + 60
        while not (mailbox.mails and receiver.posted) and time.monotonic() < until:
            sender.work()
        hanging = Message.objects.get(user=olga.user)
    assert (len(mailbox.mails), len(receiver.posted)) == (1, 1)
    assert (hanging.state, hanging.attempt) == ("leased", 1)


def test_a_channel_that_takes_too_long_is_given_up_and_its_place_taken(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, settings: Settings
) -> None:
    settings.EMAIL_URL = "smtp://nowhere.example"
    sent: list[str] = []

    def hang(message: Any) -> str:
        sent.append(message.email)
        time.sleep(3600)
        return ""

    choose(alice, "email")
    choose(bob, "email")
    ask(shop)
    sender = Sender([replace(email.CHANNEL, send=hang, slots=1, seconds=0.2)])
    until = time.monotonic() + 60
    while len(sent) < 2 and time.monotonic() < until:
        sender.work()
    assert sorted(sent) == ["alice@myorg.example", "bob@myorg.example"]
    assert ("email", "ready", 1, "no answer within 0.2 s") in states()


def test_a_redirect_is_not_followed(shop: KeyCaller, bob: PersonCaller, inside: None) -> None:
    with receiving() as elsewhere:
        with receiving(status=307, location=elsewhere.url.replace("json", "http")) as receiver:
            choose(bob, add(bob, receiver.url))
            ask(shop)
            send()
        assert (len(receiver.posted), elsewhere.posted) == (1, [])


def test_a_test_tells_what_the_provider_answered(bob: PersonCaller, mailbox: Mailbox) -> None:
    made = bob.post("/me/notification-settings/test", {"by": "email"}).ok()["notification"]
    assert made["messages"][0]["state"] == "ready"
    send()
    assert mailbox.only()["Subject"] == "Test notification: this channel works"
    (shown,) = bob.get("/me/notifications").ok()["notifications"]
    assert [(one["state"], one["answer"]) for one in shown["messages"]] == [("sent", "250 taken")]


def test_a_test_is_tried_once_and_falls_to_no_other_channel(bob: PersonCaller, mailbox: Mailbox, inside: None) -> None:
    with receiving(status=500) as receiver:
        address = add(bob, receiver.url)
        choose(bob, address, "email")
        bob.post("/me/notification-settings/test", {"by": address}).ok()
        send()
    assert [(channel, state) for channel, state, *_ in states()] == [("chat", "failed")]
    assert mailbox.mails == []


def test_machines_have_no_notifications(machine: KeyCaller) -> None:
    assert machine.get("/me/notifications").status == 401
    assert machine.patch("/me/notification-settings", {"browser": []}).status == 401


def test_unsubscribing_from_a_kind_tells_nothing_of_it(shop: KeyCaller, bob: PersonCaller) -> None:
    bob.patch("/me/notification-settings", {"unsubscribed": ["assigned"]}).ok()
    ask(shop)
    fan_out.notify()
    assert bob.get("/me/notifications").ok()["notifications"] == []


def gathered(shop: KeyCaller, who: PersonCaller, url: str, count: int) -> None:
    """`count` tasks with long titles that are told `who` in one message."""
    choose(who, add(who, url))
    for number in range(count):
        ask(shop, title=f"{number}: {'may this be paid to the supplier of the northern halls as agreed? ' * 3}"[:150])


def test_a_message_of_many_tasks_is_cut_to_what_the_service_takes_and_says_how_many_more_there_are(
    shop: KeyCaller, bob: PersonCaller, inside: None
) -> None:
    with receiving() as receiver:
        url = receiver.url.replace("json://", "mmost://").replace("/?", "/3ccdd113474722377935511fc85d3dd4?")
        gathered(shop, bob, url, 20)
        send()
    (posted,) = receiver.posted
    assert len(posted["text"]) <= 4000
    shown = posted["text"].count("Requested by agent")
    assert 5 < shown < 20
    assert posted["text"].rstrip().endswith(f"And {20 - shown} more: {django_settings.BASE_URL}/inbox")
    assert [state for _, state, *_ in states()] == ["sent"]


@pytest.mark.parametrize("most", [2000, 4096, 1024, 4000])
@pytest.mark.parametrize("count", [1, 5, 20, 2000])
def test_what_is_sent_fits_the_service_and_always_links_to_the_rest(most: int, count: int) -> None:
    parts = [
        f"Waiting for you: {'x' * 74}\nRequested by agent demo/billing\nhttp://inbox.example/inbox/{number}"
        for number in range(count)
    ]
    closing = [f"And {count - number} more: LINK" for number in range(count)] + [""]
    text = outside.fitting(parts, closing, most)
    shown = text.count("Requested by agent")
    assert len(text) <= most
    assert shown == count or text.endswith(f"And {count - shown} more: LINK")
    assert outside.fitting(parts, closing, 100) == f"And {count} more: LINK"
