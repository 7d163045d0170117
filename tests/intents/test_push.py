"""Agents that are called: each delivery is posted to their URL, signed, until it is taken."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks import Webhook

from intents.accounts.models import Agent
from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.engine import invariants
from intents.engine.models import Delivery
from intents.sending import connector
from intents.sending.models import Attempt
from intents.sending.sender import Sender
from tests.conftest import KeyCaller, SettableClock, make_machine
from tests.intents.receivers import Receiver, endless, hangs, raw, receiver, says
from tests.intents.waiting import look

pytestmark = pytest.mark.django_db


def answers(said: Any, status: str = "200 OK") -> Any:
    return says(status, json.dumps(said).encode(), "content-type: application/json")


BEHAVIOURS = {
    "/takes": says("200 OK", b"thanks"),
    "/takes-quietly": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/page": says("200 OK", b"<html>ok</html>", "content-type: text/html"),
    "/ok": answers({"ok": True}),
    "/completes": answers({"action": "complete", "sum": 3}),
    "/fails": answers({"action": "fail", "error": {"code": "no_paper", "message": "the tray is empty"}}),
    "/reports": answers({"action": "progress", "message": "half", "percent": 50}),
    "/nonsense": answers({"action": "fly"}),
    "/waits": answers({"action": "wait", "for": "time", "delay_seconds": 60}),
    "/waits-for-nobody": answers({"action": "wait", "for": "tool", "tool": "crm"}),
    "/no-json": says("200 OK", b'{"action": "compl', "content-type: application/json"),
    "/endless": endless(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        b"1000\r\n" + b" " * 4096 + b"\r\n",
    ),
    "/error": says("503 Service Unavailable", b"later"),
    "/later": says("429 Too Many Requests", b"", "retry-after: 7200"),
    "/gone": says("410 Gone"),
    "/elsewhere": says("302 Found", b"", "location: /takes"),
    "/hangs": hangs,
}


@pytest.fixture(autouse=True)
def inside(settings: Any) -> Iterator[None]:
    settings.OUTGOING_NETWORKS = [ip_network("127.0.0.0/8")]
    yield
    connector.close()


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiver(BEHAVIOURS) as listening:
        yield listening


@pytest.fixture
def called(workspace: Any) -> KeyCaller:
    return make_machine(workspace, "called")


def call_at(machine: KeyCaller, outside: Receiver, path: str) -> str:
    """Have the agent `called` at a path of the receiver: its signing secret."""
    url = f"http://127.0.0.1:{outside.port}{path}"
    answer = machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": url}).ok()
    return str(answer.get("signing_secret"))


def post_due() -> None:
    """Have everything posted that is due."""
    look()
    sender = Sender([http.CHANNEL])
    sender.work(5)
    sender.drain(5)


def posted(outside: Receiver) -> tuple[dict[str, str], dict[str, Any]]:
    """The last request: its headers in lower case, and its body."""
    head, _, body = outside.requests[-1].partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, value in lines}, json.loads(body)


def events(shop: KeyCaller, intent_id: str) -> list[str]:
    return [event["event_type"].removeprefix("intent.") for event in shop.get(f"/intents/{intent_id}/events").ok()["events"]]


def test_a_delivery_is_posted_signed_and_acknowledged_by_its_status(
    machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    secret = call_at(machine, outside, "/takes")
    intent_id = shop.submit("called", payload={"name": "Zoë"})
    post_due()
    headers, body = posted(outside)
    assert (body["intent_id"], body["payload"], body["delivery_attempt"]) == (intent_id, {"name": "Zoë"}, 1)
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    assert Webhook(secret).verify(text, headers) == body
    assert shop.intent(intent_id)["status"] == "ACKNOWLEDGED"
    assert called.post(f"/intents/{intent_id}/resume", {"total": 3, "lease_token": body["lease_token"]}).ok()["applied"]
    assert (shop.intent(intent_id)["status"], shop.intent(intent_id)["result"]) == ("COMPLETED", {"total": 3})
    assert invariants.findings() == []


def test_the_older_signature_is_over_the_body_alone(
    machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    secret = call_at(machine, outside, "/takes")
    shop.submit("called")
    post_due()
    headers, _ = posted(outside)
    body = outside.requests[-1].partition(b"\r\n\r\n")[2]
    assert headers["x-axme-signature"] == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize(
    ("path", "status", "warned"),
    [
        ("/takes-quietly", "ACKNOWLEDGED", None),
        ("/page", "ACKNOWLEDGED", None),
        ("/ok", "ACKNOWLEDGED", None),
        ("/completes", "COMPLETED", None),
        ("/fails", "FAILED", None),
        ("/reports", "IN_PROGRESS", None),
        ("/nonsense", "ACKNOWLEDGED", "action"),
        ("/waits", "WAITING", None),
        ("/waits-for-nobody", "ACKNOWLEDGED", "external_id"),
        ("/no-json", "ACKNOWLEDGED", "was not read"),
        ("/endless", "ACKNOWLEDGED", "too long"),
    ],
)
def test_an_answer_may_say_what_is_to_become_of_the_intent(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, path: str, status: str, warned: str | None
) -> None:
    call_at(machine, outside, path)
    intent_id = shop.submit("called")
    post_due()
    assert shop.intent(intent_id)["status"] == status
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.retry_at) == (1, None)
    assert warned in attempt.warning if warned else attempt.warning is None
    assert Push.objects.get().state == "sent"
    assert invariants.findings() == []


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize(("path", "answered"), [("/error", 503), ("/elsewhere", 302)])
def test_what_is_not_taken_is_posted_again_with_the_same_id(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, path: str, answered: int
) -> None:
    call_at(machine, outside, path)
    intent_id = shop.submit("called")
    for seconds in (0, 6, 34):
        now.advance(seconds=seconds)
        post_due()
    ids = {line for request in outside.requests for line in request.split(b"\r\n") if line.startswith(b"webhook-id")}
    assert (len(outside.requests), len(ids)) == (3, 1)
    assert list(Attempt.objects.order_by("number").values_list("number", "status")) == [(n, answered) for n in (1, 2, 3)]
    assert events(shop, intent_id).count("delivery_failed") == 3
    assert shop.intent(intent_id)["status"] == "DELIVERED"
    call_at(machine, outside, "/takes")
    now.advance(seconds=400)
    post_due()
    assert shop.intent(intent_id)["status"] == "ACKNOWLEDGED"
    assert Delivery.objects.get().attempt == 1
    assert invariants.findings() == []


@pytest.mark.usefixtures("called")
def test_ten_tries_over_75_hours_end_in_a_dead_letter(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/error")
    intent_id = shop.submit("called")
    begun = now.now
    for _ in range(10):
        post_due()
        if (push := Push.objects.get()).state == "ready":
            now.advance(seconds=(push.due_at - now.now).total_seconds() + 1)
    assert len(outside.requests) == 10
    assert timedelta(hours=66) < now.now - begun < timedelta(hours=84)
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "delivery_failed")
    assert Delivery.objects.get().state == "dead"
    assert invariants.findings() == []


@pytest.mark.usefixtures("called")
def test_an_agent_is_left_alone_for_as_long_as_it_asks(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/later")
    shop.submit("called")
    post_due()
    now.advance(seconds=7100)
    post_due()
    assert len(outside.requests) == 1
    now.advance(seconds=110)
    post_due()
    assert len(outside.requests) == 2


def test_work_of_an_agent_that_may_not_work_stays_where_it_is(
    machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/takes")
    Agent.objects.filter(id=called.agent.id).update(status="suspended")
    shop.submit("called")
    post_due()
    assert (outside.requests, Delivery.objects.get().state) == ([], "ready")
    Agent.objects.filter(id=called.agent.id).update(status="active")
    post_due()
    assert len(outside.requests) == 1


def test_a_try_to_come_waits_until_the_agent_may_work_again(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/error")
    shop.submit("called")
    post_due()
    Agent.objects.filter(id=called.agent.id).update(status="suspended")
    now.advance(seconds=10)
    post_due()
    assert len(outside.requests) == 1
    Agent.objects.filter(id=called.agent.id).update(status="active")
    post_due()
    assert len(outside.requests) == 2


@pytest.mark.usefixtures("called")
def test_gone_is_final(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    call_at(machine, outside, "/gone")
    intent_id = shop.submit("called")
    post_due()
    assert shop.intent(intent_id)["error"]["code"] == "delivery_failed"


@pytest.mark.usefixtures("called")
def test_what_was_canceled_is_posted_no_more(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/error")
    intent_id = shop.submit("called")
    post_due()
    shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    now.advance(seconds=10)
    post_due()
    assert len(outside.requests) == 1
    assert Push.objects.get().state == "skipped"


def test_work_whose_agent_falls_silent_is_posted_again(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, called: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/takes")
    machine.patch("/agents/called", {"lease_seconds": 60}).ok()
    intent_id = shop.submit("called")
    post_due()
    for _ in range(3):
        now.advance(seconds=50)
        called.post(f"/intents/{intent_id}/heartbeat").ok()
        look()
    assert len(outside.requests) == 1
    now.advance(seconds=70)
    look()
    post_due()
    assert posted(outside)[1]["delivery_attempt"] == 2


@pytest.mark.usefixtures("called")
def test_one_that_hangs_holds_up_no_other(workspace: Any, machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    call_at(machine, outside, "/hangs")
    make_machine(workspace, "quick")
    url = f"http://127.0.0.1:{outside.port}/completes"
    machine.patch("/agents/quick", {"delivery_mode": "http", "callback_url": url}).ok()
    for _ in range(50):
        shop.submit("called")
    quick = [shop.submit("quick") for _ in range(5)]
    look()
    sender = Sender([http.CHANNEL])
    until = time.monotonic() + 30
    while {shop.intent(one)["status"] for one in quick} != {"COMPLETED"}:
        sender.work(1)
        assert time.monotonic() < until
    assert Push.objects.filter(agent__name="called", state="leased").count() == http.IN_FLIGHT
    outside.close()
    sender.drain(10)


@pytest.mark.usefixtures("called")
def test_both_secrets_sign_while_one_is_rotated(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    old = call_at(machine, outside, "/takes")
    account = Agent.objects.get(name="called").id
    new = machine.post(f"/service-accounts/{account}/signing-secret/rotate", {"overlap_seconds": 60}).ok()["signing_secret"]
    verified = []
    for seconds in (0, 61):
        now.advance(seconds=seconds)
        shop.submit("called")
        post_due()
        headers, _ = posted(outside)
        verified.append([bool(_verifies(secret, outside, headers)) for secret in (old, new)])
    assert verified == [[True, True], [False, True]]


def _verifies(secret: str, outside: Receiver, headers: dict[str, str]) -> bool:
    text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], at, text) in headers["webhook-signature"].split(" ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"delivery_mode": "http"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "ftp://agent.example/"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "https://user:secret@agent.example/"}, "callback_url"),
        ({"delivery_mode": "http", "callback_url": "https://agent.example/#part"}, "callback_url"),
        ({"callback_url": "agent.example"}, "callback_url"),
    ],
)
@pytest.mark.usefixtures("called")
def test_a_url_that_cannot_be_called_is_refused(machine: KeyCaller, body: dict[str, str], field: str) -> None:
    refused = machine.patch("/agents/called", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


@pytest.mark.usefixtures("called")
def test_an_unencrypted_url_is_refused_where_nothing_inside_is_allowed(machine: KeyCaller, settings: Any) -> None:
    settings.OUTGOING_NETWORKS = []
    refused = machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": "http://agent.example/"})
    assert refused.json["error"]["details"]["field"] == "callback_url"
