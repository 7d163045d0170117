"""How an agent gets its work, on its page: the same checks as the API's, and a secret that is shown once."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from intents.accounts.models import Agent, AgentStatus, AuditEntry
from intents.dispatch.bindings import internal
from intents.dispatch.models import Push
from intents.sending.breaker import FAULTS
from tests.callers import KeyCaller, PersonCaller
from tests.intents.pushes import call_at, called, inside, nowhere, outside, post_due, posted
from tests.intents.receivers import Receiver, says
from tests.intents.test_signing import verified_by
from tests.pages.browser import Browser, Page

__all__ = ["called", "inside", "nowhere", "outside"]


def secret_of(page: Page) -> str:
    found = re.search(r'<code id="secret">(whsec_[\w+/=]+)</code>', page.html)
    assert found, page.text
    return found[1]


def public_of(page: Page) -> str:
    """The public key that a page shows of a key pair just made; never the private one."""
    assert "whsk_" not in page.html
    found = re.search(r'<code id="secret">(whpk_[\w+/=]+)</code>', page.html)
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


@pytest.mark.usefixtures("inside")
def test_how_it_is_signed_is_chosen_with_the_url_and_changed_by_a_rotation(
    alices: Browser, veras: Browser, called: KeyCaller, outside: Receiver, shop: KeyCaller
) -> None:
    where = f"/settings/agents/{called.agent.id}"
    url = f"http://127.0.0.1:{outside.port}/takes"
    form = {"delivery_mode": "http", "callback_url": url}
    alices.confirmed()
    public = public_of(alices.post(f"{where}/delivery", form | {"signing_kind": "ed25519"}))
    assert public in veras.get(where).html
    assert "signing_kind" not in alices.get(f"{where}/delivery").html
    secret = secret_of(alices.post(f"{where}/secret/rotate", {"overlap": "24", "signing_kind": "hmac"}))
    assert public in alices.get(where).html
    shop.submit("called")
    post_due()
    headers, _body = posted(outside)
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    assert (signed_by(secret, outside), verified_by(public, headers, text)) == (True, True)


@pytest.mark.usefixtures("inside")
def test_a_url_that_was_disabled_is_enabled_on_its_page_and_what_waits_is_posted(
    alices: Browser,
    veras: Browser,
    olga: PersonCaller,
    machine: KeyCaller,
    called: KeyCaller,
    outside: Receiver,
    shop: KeyCaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call_at(machine, outside, "/gone")
    where = f"/settings/agents/{called.agent.id}"
    assert 'id="url-state"' not in alices.get(where).html
    shop.submit("called")
    post_due()
    waiting = [shop.submit("called") for _ in range(3)]
    post_due()
    page = alices.get(where)
    assert "The URL is disabled since" in page.text
    assert "It answered 410 Gone." in page.text
    assert "3 waiting deliveries are posted at once" in page.text
    for browser in (veras, Browser().sign_in(olga.user)):
        shown = browser.get(where)
        assert ("The URL is disabled" in shown.text, f"{where}/url/enable" in shown.html) == (True, False)
        assert browser.post(f"{where}/url/enable").status == 403
    monkeypatch.setitem(outside._behaviours, "/gone", says("200 OK"))
    assert alices.post(f"{where}/url/enable").location == where
    page = alices.get(where)
    assert "The URL is enabled. What waits is posted now." in page.text
    assert 'id="url-state"' not in page.html
    post_due()
    assert {shop.intent(one)["status"] for one in waiting} == {"ACKNOWLEDGED"}
    (entry,) = AuditEntry.objects.filter(action="endpoint.enable")
    assert (entry.actor, entry.subject) == ("alice@myorg.example", "called")
    alices.post(f"{where}/url/enable")
    assert AuditEntry.objects.filter(action="endpoint.enable").count() == 1


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("stop", "held"),
    [
        ("pause", "The agent is paused: what it was given before is still posted, the rest once it goes on."),
        ("quarantine", "The agent is stopped: what waits is posted once it goes on."),
    ],
)
def test_a_url_of_a_stopped_agent_is_enabled_and_what_waits_is_said_to_be_held(
    stop: str,
    held: str,
    alices: Browser,
    alice: PersonCaller,
    machine: KeyCaller,
    called: KeyCaller,
    outside: Receiver,
    shop: KeyCaller,
) -> None:
    call_at(machine, outside, "/gone")
    where = f"/settings/agents/{called.agent.id}"
    shop.submit("called")
    post_due()
    alice.post(f"/mesh/agents/called/{stop}", {"reason": "let it be"}).ok()
    shop.submit("called")
    page = alices.get(where)
    assert held in page.text
    assert "posted at once" not in page.text
    alices.post(f"{where}/url/enable")
    assert f"The URL is enabled. {held.replace('still posted', 'posted now')}" in alices.get(where).text
    before = len(outside.requests)
    post_due()
    assert len(outside.requests) == before


@pytest.mark.usefixtures("inside")
def test_what_a_paused_agent_was_given_before_is_still_posted_and_the_rest_is_held(
    alices: Browser, alice: PersonCaller, machine: KeyCaller, called: KeyCaller, outside: Receiver, shop: KeyCaller
) -> None:
    call_at(machine, outside, "/error")
    shop.submit("called")
    post_due()
    alice.post("/mesh/agents/called/pause", {"reason": "let it be"}).ok()
    shop.submit("called")
    before = len(outside.requests)
    alices.post(f"/operations/deliveries/{Push.objects.get().delivery_id}/try", {})
    post_due()
    assert len(outside.requests) == before + 1
    assert "what it was given before is still posted" in alices.get(f"/settings/agents/{called.agent.id}").text


@pytest.mark.usefixtures("inside")
def test_trying_a_delivery_says_whether_it_is_posted_or_held(
    alices: Browser, machine: KeyCaller, called: KeyCaller, outside: Receiver, shop: KeyCaller
) -> None:
    call_at(machine, outside, "/error")
    for suspended, said in ((False, "It is posted again now."), (True, "It is due now, and held: its agent is stopped")):
        shop.submit("called")
        post_due()
        delivery = Push.objects.latest("created_at").delivery_id
        Agent.objects.filter(id=called.agent.id).update(status=AgentStatus.SUSPENDED if suspended else AgentStatus.ACTIVE)
        alices.post(f"/operations/deliveries/{delivery}/try", {})
        assert said in alices.get("/operations/deliveries?state=failing").text
        posted_before = len(outside.requests)
        post_due()
        assert (len(outside.requests) > posted_before) is not suspended


@pytest.mark.usefixtures("inside")
def test_a_url_where_nobody_answers_can_be_tried_at_once(
    alices: Browser, machine: KeyCaller, called: KeyCaller, nowhere: str, shop: KeyCaller
) -> None:
    machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": nowhere}).ok()
    for _ in range(FAULTS):
        shop.submit("called")
    post_due()
    where = f"/settings/agents/{called.agent.id}"
    page = alices.get(where)
    assert "Nobody answers at the URL." in page.text
    assert "5 waiting deliveries are posted at once" in page.text
    alices.post(f"{where}/url/enable")
    assert "Nobody answers" not in alices.get(where).text
