"""An agent gives up while a person is asked: a machine decides nothing, but what it asked for it may fail."""

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask_midway


@pytest.fixture
def midway(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> Asked:
    return ask_midway(shop, worker)


def test_its_agent_fails_an_intent_and_the_task_is_withdrawn(
    midway: Asked, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    worker.post(f"/intents/{midway.intent_id}/fail", {"error": {"code": "no_stock"}}).ok()
    shown = shop.intent(midway.intent_id)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "no_stock")
    assert midway.task(bob)["state"] == "withdrawn"
    assert midway.decide(bob, "approved").status == 409


def test_it_cannot_be_put_off_meanwhile(midway: Asked, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    put_off = worker.post(f"/intents/{midway.intent_id}/fail", {"error": {"code": "busy"}, "retryable": True})
    assert (put_off.status, put_off.code) == (409, "invalid_transition")
    assert shop.intent(midway.intent_id)["status"] == "WAITING"
    midway.decide(bob, "approved").ok()


def test_nobody_else_fails_it(midway: Asked, shop: KeyCaller, stranger: KeyCaller, bob: PersonCaller) -> None:
    for who, status in ((shop, 403), (stranger, 404), (bob, 403)):
        assert who.post(f"/intents/{midway.intent_id}/fail", {"error": {}}).status == status
    assert shop.intent(midway.intent_id)["status"] == "WAITING"
