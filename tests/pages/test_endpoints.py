"""The pages of endpoints: made, watched, tested, disabled, and what was sent there looked at and sent again."""

import re
import shlex
from html import unescape
from typing import Any

import pytest
from standardwebhooks import Webhook

from inbox.operations.bulk import runner
from intents.sending.sender import Sender
from intents.webhooks import outbox
from intents.webhooks.models import Subscription, WebhookMessage
from tests.callers import KeyCaller, PersonCaller
from tests.intents.pushes import inside, outside, send_due
from tests.intents.receivers import Receiver
from tests.intents.test_signing import verified_by
from tests.pages.browser import Browser
from tests.pages.test_agent_delivery import public_of, secret_of
from tests.webhooks.endpoints import feed_out, of, posted, subscribe

__all__ = ["inside", "outside"]

FORM = {"description": "Orders", "event_types": "intent.*", "payload": "full", "max_in_flight": "4"}


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user).confirmed()


def endpoint_at(browser: Browser, outside: Receiver, path: str) -> tuple[str, str]:
    """Have an endpoint made at a path of the receiver: its page, and its secret."""
    url = f"http://127.0.0.1:{outside.port}{path}"
    page = browser.confirmed().post("/operations/endpoints/new", FORM | {"callback_url": url})
    return f"/operations/endpoints/{Subscription.objects.get(callback_url=url).id}", secret_of(page)


def try_it(browser: Browser, where: str) -> str:
    """Have a test event sent: its page."""
    return browser.post(f"{where}/test").location


def post_due() -> None:
    sender = Sender([outbox.CHANNEL])
    sender.work(5)
    sender.drain(5)


@pytest.mark.usefixtures("inside")
def test_an_endpoint_gets_a_test_event_and_its_page_shows_what_was_sent_and_answered(
    alices: Browser, outside: Receiver
) -> None:
    where, secret = endpoint_at(alices, outside, "/takes")
    assert secret not in alices.get(where).html
    event = try_it(alices, where)
    post_due()
    head, _, body = outside.requests[-1].partition(b"\r\n\r\n")
    page = alices.get(event)
    sent_id = re.search(rb"webhook-id: (\S+)", head)
    assert sent_id
    assert f"webhook-id {sent_id[1].decode()}" in page.text
    assert "Delivered" in page.text
    assert "HTTP 200" in page.text
    assert "thanks" in page.text
    assert '"type": "webhook.test"' in unescape(page.html)
    shown = re.search(r'<pre class="code" id="curl"[^>]*>(.*?)</pre>', page.html, re.DOTALL)
    assert shown
    _curl, url, *rest = [one for one in shlex.split(unescape(shown[1])) if one.strip()]
    headers = dict(one.split(": ", 1) for one in rest[1:-2:2])
    assert url.endswith("/takes")
    assert rest[-1].encode() == body
    assert Webhook(secret).verify(rest[-1], headers)["type"] == "webhook.test"


@pytest.mark.usefixtures("inside")
def test_how_it_is_signed_is_chosen_on_the_form_and_its_page_shows_all_keys_that_sign_now(
    alices: Browser, veras: Browser, outside: Receiver
) -> None:
    url = f"http://127.0.0.1:{outside.port}/takes"
    form = FORM | {"callback_url": url, "signing_kind": "ed25519"}
    first = public_of(alices.confirmed().post("/operations/endpoints/new", form))
    where = f"/operations/endpoints/{Subscription.objects.get().id}"
    assert first in veras.get(where).html
    rotating = alices.get(f"{where}/secret")
    assert re.search(r'value="ed25519"[^>]*checked', rotating.html)
    second = public_of(alices.post(f"{where}/secret", {"overlap": "24", "signing_kind": "ed25519"}))
    page = alices.get(where)
    assert (first in page.html, second in page.html, "signs too, ends" in page.text) == (True, True, True)
    shared = secret_of(alices.post(f"{where}/edit", FORM | {"callback_url": url, "signing_kind": "hmac"}))
    page = alices.get(where)
    assert ("HMAC-SHA256" in page.text, first in page.html, second in page.html) == (True, True, True)
    event = try_it(alices, where)
    post_due()
    head, _, body = outside.requests[-1].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert Webhook(shared).verify(body.decode(), headers)["type"] == "webhook.test"
    assert all(verified_by(key, headers, body.decode()) for key in (first, second))
    assert "Delivered" in alices.get(event).text
    assert alices.post(f"{where}/edit", FORM | {"callback_url": url, "signing_kind": "hmac"}).location == where


@pytest.mark.usefixtures("inside")
def test_the_list_tells_how_endpoints_are(alices: Browser, veras: Browser, outside: Receiver) -> None:
    assert "No endpoints yet" in veras.get("/operations/endpoints").text
    good, _secret = endpoint_at(alices, outside, "/takes")
    bad, _secret = endpoint_at(alices, outside, "/error")
    for where in (good, good, bad):
        try_it(alices, where)
    assert "Quiet" in veras.get("/operations/endpoints").text
    post_due()
    page = veras.get("/operations/endpoints")
    assert "Last 24 hours: 2 delivered, 0 failed attempts" in page.html
    assert 'Last 24 hours: 0 delivered, 1 failed attempt"' in page.html
    assert "0 delivered, 1 failed attempt in 24 hours" in veras.get(bad).text
    assert ("Healthy" in page.text, "Failing" in page.text) == (True, True)
    assert re.search(r"\b100 %.*\b0 %", page.text)
    assert "2 / 0" in page.text
    assert f'href="{bad}?state=waiting">1<' in page.flat
    assert "Waiting 1" in veras.get(f"{bad}?state=waiting").text
    alices.post(f"{bad}/disable")
    assert "Orders" in veras.get("/operations/endpoints?state=disabled").text
    assert veras.get("/operations/endpoints?state=nope").status == 404


@pytest.mark.usefixtures("inside")
def test_what_happens_for_a_disabled_endpoint_is_skipped_and_replayed_as_the_same_message(
    alices: Browser, olgas: Browser, outside: Receiver
) -> None:
    where, _secret = endpoint_at(alices, outside, "/takes")
    event = try_it(alices, where)
    assert 'data-none data-label="What happened"' in alices.get(where).html, "a phone shows no label of nothing"
    alices.post(f"{where}/disable")
    page = alices.get(f"{where}?state=skipped")
    assert 'data-none data-label="What happened"' not in page.html
    assert "Disabled" in page.text
    assert "by a person" in page.text
    assert "Skipped 1" in page.text
    page = alices.get(event)
    assert "Its endpoint is disabled." in page.text
    assert "There are none." in page.text
    assert "/replay" not in page.html
    alices.post(f"{where}/enable")
    again = olgas.post(f"{event}/replay").location
    post_due()
    first, second = (re.search(r"msg_\w+", alices.get(one).html) for one in (event, again))
    assert first
    assert second
    assert first[0] == second[0]
    assert "Delivered" in olgas.get(again).text
    assert len(outside.requests) == 1


@pytest.mark.usefixtures("inside")
def test_what_was_answered_is_for_owners_and_admins_and_only_who_repairs_can_send_it(
    alices: Browser, olgas: Browser, veras: Browser, outside: Receiver
) -> None:
    where, _secret = endpoint_at(alices, outside, "/takes")
    event = try_it(alices, where)
    post_due()
    for browser, answer, curl in ((alices, True, True), (olgas, False, True), (veras, False, False)):
        page = browser.get(event)
        assert ("thanks" in page.text, 'id="curl"' in page.html) == (answer, curl)
        assert ("v1," in page.text) == curl
    for path in ("test", "disable", "enable", "delete", "edit", "secret"):
        for browser in (olgas, veras):
            assert browser.confirmed().post(f"{where}/{path}", FORM | {"overlap": "0"}).status == 403
    assert veras.post(f"{event}/replay").status == 403
    assert WebhookMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"callback_url": "ftp://orders.example/"}, "callback_url"),
        ({"callback_url": "http://orders.example/"}, "callback_url"),
        ({"event_types": ""}, "event_types"),
        ({"event_types": "intent.*\nintent.flown"}, "event_types"),
        ({"max_in_flight": "0"}, "max_in_flight"),
        ({"rate_per_second": "none"}, "rate_per_second"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(wrong: dict[str, str], field: str, alices: Browser, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = []
    page = alices.confirmed().post(
        "/operations/endpoints/new", FORM | {"callback_url": "https://orders.example/hooks"} | wrong
    )
    assert (page.status, f'id="id_{field}_error"' in page.html) == (422, True)
    assert 'value="Orders"' in page.html
    assert not Subscription.objects.exists()


def test_an_endpoint_is_edited_and_one_of_the_same_url_is_refused(alices: Browser) -> None:
    urls = ["https://orders.example/a", "https://orders.example/b"]
    alices.confirmed()
    for url in urls:
        assert alices.post("/operations/endpoints/new", FORM | {"callback_url": url}).status == 200
    again = alices.post("/operations/endpoints/new", FORM | {"callback_url": urls[0], "event_types": "agent.*"})
    assert (again.status, 'id="id_callback_url_error"' in again.html) == (422, True)
    row = Subscription.objects.get(callback_url=urls[0])
    where = f"/operations/endpoints/{row.id}"
    shown = alices.get(f"{where}/edit")
    assert ">\nintent.*<" in shown.html
    taken = alices.post(f"{where}/edit", FORM | {"callback_url": urls[1]})
    assert (taken.status, 'id="id_callback_url_error"' in taken.html) == (422, True)
    changed = FORM | {"callback_url": urls[0], "event_types": "intent.completed\nagent.*", "ordered": "on", "agents": "shop"}
    assert alices.post(f"{where}/edit", changed).location == where
    row.refresh_from_db()
    assert (row.event_types, row.ordered, row.agents) == (["intent.completed", "agent.*"], True, ["shop"])
    assert alices.post(f"{where}/delete").location == "/operations/endpoints"
    assert alices.get(where).status == 404


@pytest.mark.usefixtures("inside")
def test_what_was_skipped_meanwhile_is_previewed_and_replayed_as_one_bulk(
    alices: Browser, olgas: Browser, veras: Browser, outside: Receiver
) -> None:
    where, _secret = endpoint_at(alices, outside, "/takes")
    for _ in range(3):
        try_it(alices, where)
    alices.post(f"{where}/disable")
    alices.post(f"{where}/enable")
    assert f'href="{where}/recover"' in olgas.get(where).flat
    assert f'href="{where}/recover"' not in veras.get(where).flat
    assert veras.post(f"{where}/recover", {}).status == 403
    asked = {"states": ["failed", "skipped"], "reason": "It was down", "since": "2000-01-01T00:00", "until": ""}
    nothing = olgas.post(f"{where}/recover", asked | {"until": "2000-01-02T00:00", "preview": "yes"})
    assert "There is nothing to do." in nothing.text
    assert "<table" not in nothing.html
    late = olgas.post(f"{where}/recover", asked | {"until": "1999-01-01T00:00"})
    assert (late.status, 'id="id_until_error"' in late.html) == (422, True)
    preview = olgas.post(f"{where}/recover", asked | {"preview": "yes"})
    assert "Replay 3 deliveries" in preview.text
    shown = dict(re.findall(r'name="(seen|previewed)" value="([^"]*)"', preview.html))
    other = olgas.post(f"{where}/recover", asked | {"start": "yes"} | shown | {"since": "2000-01-02T00:00"})
    assert (other.status, "This has changed since the preview." in other.text) == (422, True)
    assert olgas.post(f"{where}/recover", asked | shown).status == 200, "Enter shows it once more"
    started = olgas.post(f"{where}/recover", asked | {"start": "yes"} | shown)
    assert started.status == 303
    runner.work()
    assert "3 of 3" in olgas.get(started.location).text
    post_due()
    assert len(outside.requests) == 3


@pytest.mark.usefixtures("inside")
def test_what_was_skipped_is_replayed_by_one_click(
    alices: Browser, olgas: Browser, veras: Browser, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    made = subscribe(machine, outside, "/takes", "intent.created")
    where = f"/operations/endpoints/{of(made)}"
    alices.post(f"{where}/disable")
    for _ in range(5):
        shop.submit()
    feed_out()
    click = f'action="{where}/replay-skipped"'
    assert "Skipped 5" in olgas.get(where).text
    assert click not in olgas.get(where).html
    alices.post(f"{where}/enable")
    page = olgas.get(where)
    assert "5 deliveries were skipped while the endpoint was disabled." in page.text
    assert (click in page.html, click in veras.get(where).html) == (True, False)
    assert veras.post(f"{where}/replay-skipped").status == 403
    started = olgas.post(f"{where}/replay-skipped")
    runner.work()
    assert "5 of 5" in olgas.get(started.location).text
    send_due(outbox.CHANNEL)
    assert len({headers["webhook-id"] for headers, _ in posted(outside)}) == len(outside.requests) == 5
    assert click not in olgas.get(where).html
    assert "Nothing is left to replay." in olgas.get(olgas.post(f"{where}/replay-skipped").location).text


@pytest.mark.usefixtures("inside")
def test_an_intents_page_says_what_endpoints_were_told_of_it(
    alices: Browser, veras: Browser, outside: Receiver, machine: KeyCaller
) -> None:
    endpoint_at(alices, outside, "/error")
    told, other = machine.submit(), machine.submit()
    feed_out()
    post_due()
    page = veras.get(f"/operations/intents/{told}")
    sent = re.search(r'aria-labelledby="events-title"><h2.*?</section>', page.html, re.DOTALL)
    assert sent
    events = [str(one.id) for one in WebhookMessage.objects.filter(intent_id=told).order_by("id")]
    assert events
    assert re.findall(r'href="/operations/deliveries/([^"]+)"', sent[0]) == events
    assert sent[0].count("HTTP 503") == len(events)
    assert "Orders" in sent[0]
    assert veras.get(f"/operations/deliveries/{events[0]}").status == 200
    assert other not in sent[0]
