"""The addresses of chats: whose they are, what they may name, and what the process that sends to them can reach."""

import subprocess
import sys
from pathlib import Path

import pytest

from inbox.notifications.channels import chat
from inbox.notifications.models import ChatAddress
from tests.callers import PersonCaller
from tests.inbox.outgoing import ALL, add, receiving

pytestmark = pytest.mark.slow


def test_a_chat_inside_of_this_network_is_out_of_reach_unless_the_server_allows_it(bob: PersonCaller) -> None:
    with receiving() as receiver:
        url = receiver.url.replace("json://", "jsons://")
        made = chat._call({"url": url, "title": "x", "parts": ["x"], "closing": ["", ""]})
        refused = bob.post("/me/notification-addresses", {"name": "Mine", "url": receiver.url})
    assert (made["ok"], receiver.posted) == (False, [])
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "url")
    assert "not encrypted" in refused.json["error"]["message"]


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


def test_another_persons_address_is_unknown(bob: PersonCaller, alice: PersonCaller, charlie: PersonCaller) -> None:
    theirs = add(alice, "json://127.0.0.1:1")
    for who in (bob, charlie):
        assert who.post("/me/notification-settings/test", {"by": theirs}).status == 404
        assert who.delete(f"/me/notification-addresses/{theirs}").status == 404
        channels = [{"by": theirs, "risks": ALL}]
        assert who.patch("/me/notification-settings", {"channels": channels}).status == 422


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
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True, timeout=240)
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
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True, timeout=240)
    assert [line == "refused" for line in done.stdout.split()] == refused
