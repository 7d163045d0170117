"""Teams as it is told: a workflow's webhook gets an Adaptive Card that says what is asked, and a link to decide it by."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from inbox.notifications.models import ChatAddress
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.outgoing import choose, send, states
from tests.intents.certificates import Authority
from tests.intents.receivers import receiver, says, trust

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("inside")]

INVOKED = "/workflows/0123456789abcdef/triggers/manual/paths/invoke"


def test_a_card_says_what_is_asked_and_leads_to_it(
    bob: PersonCaller, machine: KeyCaller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    trust(authority.trusted, monkeypatch)
    with receiver({INVOKED: says("202 Accepted")}, authority.serving("127.0.0.1")) as teams:
        url = f"workflows://127.0.0.1:{teams.port}/0123456789abcdef/its-own-signature/"
        made = bob.post("/me/notification-addresses", {"name": "Teams", "url": url}).ok()["address"]
        assert "Workflows" in made["service"]
        assert "its-own-signature" not in bytes(ChatAddress.objects.get().sealed).decode()
        choose(bob, made["address_id"])
        title = "Refund [129 EUR](https://evil.example/)? <at>everyone</at>"
        machine.submit(payload={"amount": 129}, human_task={"title": title, "risk": "medium"})
        send()
        assert states()[-1][1] == "sent"
        (request,) = teams.requests
    head, _, body = request.partition(b"\r\n\r\n")
    asked = urlsplit(head.split(b" ", 2)[1].decode())
    assert (asked.path, parse_qs(asked.query)["sig"]) == (INVOKED, ["its-own-signature"])
    told = json.loads(body)
    (attached,) = told["attachments"]
    assert (told["type"], attached["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attached["content"]
    assert (card["type"], card["version"] >= "1.2") == ("AdaptiveCard", True)
    words = [block["text"] for block in card["body"] if block["type"] == "TextBlock"]
    said = "\n".join(words)
    (task,) = bob.get("/tasks").ok()["tasks"]
    (opens,) = card["actions"]
    assert (opens["type"], opens["title"]) == ("Action.OpenUrl", "Open")
    assert opens["url"].endswith(f"/inbox/{task['task_id']}")
    assert "Waiting for you: Refund" in said
    assert "risk: medium" in said
    # What the agent wrote makes no link of its own, and calls nobody.
    assert "](http" not in said
    assert "https://evil" not in said
    assert "<at>" not in said


def test_what_teams_refuses_is_told_without_its_signature(
    bob: PersonCaller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    trust(authority.trusted, monkeypatch)
    with receiver({INVOKED: says("401 Unauthorized")}, authority.serving("127.0.0.1")) as teams:
        url = f"workflows://127.0.0.1:{teams.port}/0123456789abcdef/its-own-signature/"
        made = bob.post("/me/notification-addresses", {"name": "Teams", "url": url}).ok()["address"]
        bob.post("/me/notification-settings/test", {"by": made["address_id"]}).ok()
        send()
    ((_, state, _, answer),) = states()
    assert (state, "401" in str(answer), "its-own-signature" in str(answer)) == ("failed", True, False)
