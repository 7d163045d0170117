"""How an agent gets its work, on its page: the same checks as the API's, and a secret that is shown once."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from intents.accounts.models import Agent, AuditEntry
from intents.dispatch.bindings import internal
from tests.callers import KeyCaller, PersonCaller
from tests.intents.pushes import call_at, called, inside, outside, post_due, posted
from tests.intents.receivers import Receiver
from tests.pages.browser import Browser, Page

__all__ = ["called", "inside", "outside"]


def secret_of(page: Page) -> str:
    found = re.search(r'<code id="secret">(whsec_[\w+/=]+)</code>', page.html)
    assert found, page.text
    return found[1]


def signed_by(secret: str, outside: Receiver) -> bool:
    """Whether the last request is signed by it."""
    headers, _body = posted(outside)
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], at, text) in headers["webhook-signature"].split(" ")


@pytest.mark.usefixtures("inside")
def test_an_agent_that_is_called_from_now_on_gets_its_work_signed_with_the_secret_that_was_shown(
    alices: Browser, called: KeyCaller, outside: Receiver, shop: KeyCaller
) -> None:
    where = f"/settings/agents/{called.agent.id}"
    url = f"http://127.0.0.1:{outside.port}/takes"
    page = alices.confirmed().post(f"{where}/delivery", {"delivery_mode": "http", "callback_url": url})
    secret = secret_of(page)
    assert f'data-address="{where}"' in page.html
    shown = alices.get(where)
    assert secret not in shown.html
    assert url in shown.text
    assert "It is called at its URL" in shown.text
    shop.submit("called")
    post_due()
    assert signed_by(secret, outside)


@pytest.mark.parametrize(
    "sent",
    [
        {"delivery_mode": "http", "callback_url": ""},
        {"delivery_mode": "http", "callback_url": "http://agent.example/"},
        {"delivery_mode": "stream", "callback_url": "ftp://agent.example/"},
        {"delivery_mode": "http", "callback_url": "https://user:secret@agent.example/"},
    ],
)
def test_what_the_api_refuses_is_refused_beside_the_field(
    sent: dict[str, str], alices: Browser, machine: KeyCaller, called: KeyCaller, settings: Any
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = []
    refused = machine.patch("/agents/called", sent).json["error"]
    page = alices.confirmed().post(f"/settings/agents/{called.agent.id}/delivery", sent)
    assert (page.status, 'id="id_callback_url_error"' in page.html) == (422, True)
    assert refused["message"].removeprefix("callback_url: ")[1:] in page.text
    assert Agent.objects.get(id=called.agent.id).delivery_mode == "stream"


def test_only_ways_by_which_somebody_does_the_work_can_be_chosen(
    alices: Browser, called: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/settings/agents/{called.agent.id}/delivery"
    alices.confirmed()
    assert 'value="internal"' not in alices.get(path).html
    assert alices.post(path, {"delivery_mode": "internal"}).status == 422
    monkeypatch.setitem(internal._handlers, "called", lambda _actor, _delivery: {})
    assert 'value="internal"' in alices.get(path).html
    assert alices.post(path, {"delivery_mode": "internal"}).status == 302


@pytest.mark.usefixtures("inside")
def test_after_a_rotation_both_secrets_sign_for_as_long_as_was_chosen(
    alices: Browser, machine: KeyCaller, called: KeyCaller, outside: Receiver, shop: KeyCaller
) -> None:
    first = call_at(machine, outside, "/takes")
    where = f"/settings/agents/{called.agent.id}"
    alices.confirmed()
    assert f'href="{where}/secret/rotate"' in alices.get(where).html
    second = secret_of(alices.post(f"{where}/secret/rotate", {"overlap": "24"}))
    shop.submit("called")
    post_due()
    assert (signed_by(first, outside), signed_by(second, outside)) == (True, True)
    third = secret_of(alices.post(f"{where}/secret/rotate", {"overlap": "0"}))
    shop.submit("called")
    post_due()
    assert [signed_by(one, outside) for one in (first, second, third)] == [False, False, True]
    actions = AuditEntry.objects.filter(action="agent.rotate_signing_secret")
    assert set(actions.values_list("actor", flat=True)) == {"alice@myorg.example"}


def test_others_see_how_and_change_nothing(
    alices: Browser, bobs: Browser, veras: Browser, olga: PersonCaller, called: KeyCaller
) -> None:
    where = f"/settings/agents/{called.agent.id}"
    olgas = Browser().sign_in(olga.user).confirmed()
    for browser in (bobs, veras, olgas):
        page = browser.get(where)
        assert "It comes for it, by stream" in page.text
        assert f"{where}/delivery" not in page.html
        for path in ("delivery", "secret/rotate"):
            assert browser.confirmed().post(f"{where}/{path}", {"delivery_mode": "poll"}).status == 403
    assert Agent.objects.get(id=called.agent.id).delivery_mode == "stream"
    assert f"{where}/delivery" in alices.get(where).html
