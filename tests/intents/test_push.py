"""Agents that are called: each delivery is posted to their URL, signed, until it is taken."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from intents.accounts.models import Agent
from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.engine import invariants
from intents.engine.models import Delivery
from intents.sending import posting
from intents.sending.models import Attempt
from intents.sending.sender import Sender
from tests.conftest import KeyCaller, SettableClock, make_machine
from tests.intents.pushes import call_at, events, post_due, posted
from tests.intents.receivers import Receiver
from tests.intents.waiting import look

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


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
    assert Push.objects.filter(agent__name="called", state="leased").count() == posting.IN_FLIGHT
    outside.close()
    sender.drain(10)


def test_however_many_hang_they_hold_up_no_other(
    workspace: Any, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    """More of them than a worker has slots."""
    for name, path in (("hangs-1", "/hangs"), ("hangs-2", "/hangs"), ("hangs-3", "/hangs"), ("quick", "/completes")):
        make_machine(workspace, name)
        url = f"http://127.0.0.1:{outside.port}{path}"
        machine.patch(f"/agents/{name}", {"delivery_mode": "http", "callback_url": url}).ok()
    for number in range(12):
        shop.submit(f"hangs-{number % 3 + 1}")
    look()
    sender = Sender([replace(http.CHANNEL, slots=4, waiting=9)])
    until = time.monotonic() + 30
    while Push.objects.filter(state="leased").count() < 12:
        sender.work(0.2)
        assert time.monotonic() < until
    quick = [shop.submit("quick") for _ in range(5)]
    look()
    while {shop.intent(one)["status"] for one in quick} != {"COMPLETED"}:
        sender.work(0.2)
        assert time.monotonic() < until
    assert Push.objects.filter(agent__name__startswith="hangs", state="leased").count() == 12
    outside.close()
    sender.drain(10)
