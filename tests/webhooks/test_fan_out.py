"""From the feed to the endpoints: what may be asked for is told once, and nothing else is read."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.feed import sequencer
from intents.webhooks import fan_out
from intents.webhooks.models import WebhookMessage
from tests.callers import KeyCaller, make_machine
from tests.intents.pushes import call_at
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import feed_out, finish, of, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def read_in(look: Callable[[], object]) -> int:
    """How many statements of a look read events."""
    with CaptureQueriesContext(connection) as captured:
        look()
    return sum("intents_intentevent" in query["sql"] for query in captured.captured_queries)


def test_what_nobody_asks_for_is_not_read(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller, outside: Receiver, workspace: Any
) -> None:
    make_machine(workspace, "called")
    call_at(machine, outside, "/takes")
    subscribe(foreign_machine, outside)
    subscribe(machine, outside, "/takes", "intent.waiting")
    shop.submit()
    sequencer.sequence()
    assert read_in(fan_out.fan_out) == 0
    assert fan_out.fan_out() == 0, "it was all looked at"
    finish(shop, worker)
    sequencer.sequence()
    assert read_in(fan_out.fan_out) == 1, "an end may be somebody's completion"
    assert not WebhookMessage.objects.exists()


def test_however_little_one_look_takes_everything_is_told_once(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(machine, outside, "/takes", "intent.created", "intent.completed")
    monkeypatch.setattr(fan_out, "SCANNED", 3)
    monkeypatch.setattr(fan_out, "BATCH", 2)
    for _ in range(4):
        finish(shop, worker)
    feed_out()
    told = WebhookMessage.objects.values_list("event_type", flat=True)
    assert sorted(told) == ["intent.completed"] * 4 + ["intent.created"] * 4


def test_who_subscribes_while_events_are_told_misses_none_from_then_on(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, workspace: Any
) -> None:
    make_machine(workspace, "called")
    call_at(machine, outside, "/takes")  # somebody may be told, so each look goes through what happened
    over = threading.Event()

    def look_on() -> None:
        while not over.is_set():
            feed_out()
        connection.close()

    wanted: set[tuple[str, str]] = set()
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look_on)
        made: list[str] = []
        for number in range(8):
            url = f"http://127.0.0.1:{outside.port}/takes?{number}"
            asked = {"callback_url": url, "event_types": ["intent.created"]}
            made.append(of(machine.post("/webhooks/subscriptions", asked).ok()))
            intent_id = shop.submit()
            wanted |= {(one, intent_id) for one in made}
        over.set()
        looking.result(30)
    feed_out()
    rows = WebhookMessage.objects.values_list("subscription_id", "intent_id")
    told = [(str(one), str(intent_id)) for one, intent_id in rows]
    assert wanted <= set(told), "what had no place in the feed yet may be told, too"
    assert len(told) == len(set(told))
