"""Channels that fail, hang or are tried for the first time: each for itself, and what fails falls to the next."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from inbox.notifications.channels import chat, email, outside
from inbox.notifications.models import ChatAddress, Message
from inbox.notifications.services import fan_out
from intents.kernel import secrets
from intents.sending.sender import Sender
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.outgoing import patient, receiving, send, states
from tests.mailbox import Mailbox

pytestmark = pytest.mark.slow

ALL = ["critical", "high", "medium", "low"]


@pytest.fixture
def inside(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats on this machine may be reached, and a busy machine may take its time."""
    monkeypatch.setattr(chat, "SECONDS", 60.0)
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def hole() -> Iterator[str]:
    """A chat that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"json://127.0.0.1:{listener.getsockname()[1]}/?rto=300&cto=300"


def add(who: PersonCaller, url: str, *, name: str = "Team chat") -> str:
    """A chat address, without asking Apprise about it, which takes a process: its id."""
    now = who.token.created_at
    row = ChatAddress.objects.create(user=who.user, name=name, service="JSON", sealed=secrets.encrypt(url), created_at=now)
    return str(row.id)


def choose(who: PersonCaller, *by: str, **more: Any) -> None:
    channels = [{"by": one, "risks": ALL} for one in by]
    who.patch("/me/notification-settings", {"channels": channels} | more).ok()


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


def test_a_chat_inside_of_this_network_is_out_of_reach_unless_the_server_allows_it(bob: PersonCaller) -> None:
    with receiving() as receiver:
        url = receiver.url.replace("json://", "jsons://")
        made = chat._call({"url": url, "title": "x", "parts": ["x"], "closing": ["", ""]})
        refused = bob.post("/me/notification-addresses", {"name": "Mine", "url": receiver.url})
    assert (made["ok"], receiver.posted) == (False, [])
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "url")
    assert "not encrypted" in refused.json["error"]["message"]


def test_a_redirect_is_not_followed(shop: KeyCaller, bob: PersonCaller, inside: None) -> None:
    with receiving() as elsewhere:
        with receiving(status=307, location=elsewhere.url.replace("json", "http")) as receiver:
            choose(bob, add(bob, receiver.url))
            ask(shop)
            send()
        assert (len(receiver.posted), elsewhere.posted) == (1, [])


def test_an_address_is_checked_kept_encrypted_and_shown_to_nobody(bob: PersonCaller) -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#approvals"
    made = bob.post("/me/notification-addresses", {"name": "Team chat", "url": url}).ok()["address"]
    assert made["service"] == "Slack"
    settings = bob.get("/me/notification-settings")
    assert b"TIiajkdnlazkcOXrIdevi7FQ" not in settings.raw
    assert settings.json["settings"]["channels"][-1]["by"] == made["address_id"]
    assert b"Tiiajk" not in bytes(ChatAddress.objects.get().sealed).lower()
    bob.delete(f"/me/notification-addresses/{made['address_id']}").ok()
    assert [one["by"] for one in bob.get("/me/notification-settings").ok()["settings"]["channels"]] == ["email"]


def test_an_address_that_is_none_is_refused_by_its_field(bob: PersonCaller) -> None:
    refused = bob.post("/me/notification-addresses", {"name": "Team chat", "url": "nonsense://x"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "url")


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


def test_another_persons_address_is_unknown(bob: PersonCaller, alice: PersonCaller, charlie: PersonCaller) -> None:
    theirs = add(alice, "json://127.0.0.1:1")
    for who in (bob, charlie):
        assert who.post("/me/notification-settings/test", {"by": theirs}).status == 404
        assert who.delete(f"/me/notification-addresses/{theirs}").status == 404
        channels = [{"by": theirs, "risks": ALL}]
        assert who.patch("/me/notification-settings", {"channels": channels}).status == 422


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


@pytest.mark.parametrize(
    "parameter",
    [
        "template=file:///etc/passwd",
        "template=/etc/passwd",
        "template=%2Fetc%2Fpasswd",
        "template=../../data/secrets/secret_key",
        "TEMPLATE=~/.ssh/id_ed25519",
        "+template=/etc/passwd",
        "keyfile=/etc/passwd",
        "subfile=/etc/passwd",
        "pgpkey=/etc/passwd",
        "whatever=file%3A%2F%2F%2Fetc%2Fpasswd",
    ],
)
def test_a_chat_address_that_names_a_file_of_the_server_is_refused_whether_it_exists_or_not(
    bob: PersonCaller, parameter: str
) -> None:
    answers = set()
    for given in (parameter, parameter.replace("passwd", "nothing-of-this-name")):
        url = f"discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/?{given}"
        refused = bob.post("/me/notification-addresses", {"name": "Mine", "url": url})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "url")
        answers.add(refused.json["error"]["message"])
    assert len(answers) == 1
    assert "no files of this server" in answers.pop()


def test_the_process_that_sends_reads_no_file_but_those_of_its_libraries(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    tried = f"""
from intents.sending import confinement
from intents.sending.connections import Rules
confinement.confine(Rules())
import asyncio, requests, ssl, syslog
open("/etc/hosts").close()
for path in ({str(secret)!r}, "/etc/passwd", "/proc/self/environ", "manage.py", {str(tmp_path)!r}):
    try:
        open(path)
    except confinement.Refused:
        print("refused")
for write in (syslog.openlog, lambda: syslog.syslog("hello")):
    try:
        write()
    except confinement.Refused:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["refused"] * 7


@pytest.mark.parametrize(
    ("rules", "plain", "refused"),
    [
        ("Rules()", False, [True, True, True]),
        ("Rules(near)", False, [False, True, True]),
        ("Rules(near, 'http://127.0.0.1:1')", False, [False, True, True]),
        ("Rules((), 'http://127.0.0.1:1')", False, [True, True, True]),
        ("Rules(near)", True, [False, True, True]),
    ],
)
def test_what_talks_no_http_is_kept_to_the_same_rules(rules: str, plain: bool, refused: list[bool]) -> None:
    """With a proxy nothing goes past it, not even to the proxy itself, and not encrypted it goes to allowed networks alone:
    the open internet (8.8.8.8) is refused then, before anything is sent."""
    tried = f"""
from ipaddress import ip_network
from intents.sending import confinement
from intents.sending.connections import Rules
near = (ip_network("127.0.0.0/8"),)
confinement.confine({rules})
if {plain}:
    confinement.speak_plain()
import socket
closed = {"True" if "http" in rules or plain else "False"}
for place in (("127.0.0.1", 1), ("10.0.0.1", 1), ("8.8.8.8", 1) if closed else ("::1", 1)):
    with socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET) as one:
        one.settimeout(5)
        try:
            one.connect(place)
        except confinement.Refused:
            print("refused")
        except OSError:
            print("tried")
"""
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True, timeout=60)
    assert [line == "refused" for line in done.stdout.split()] == refused
