"""What became of a decision, as the page of its task tells it."""

from typing import Any

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.pages.browser import Browser


@pytest.fixture
def asked(shop: KeyCaller, worker: KeyCaller) -> Asked:
    return ask_midway(shop, worker, title="Refund?", risk="low")


def page(browser: Browser, asked: Asked) -> str:
    return browser.get(f"/inbox/{asked.task_id}").text


def act(worker: KeyCaller, asked: Asked, verb: str, **body: Any) -> None:
    worker.post(f"/intents/{asked.intent_id}/{verb}", body).ok()


def test_a_yes_is_followed_to_its_result(worker: KeyCaller, bob: PersonCaller, bobs: Browser, asked: Asked) -> None:
    asked.decide(bob, "approved").ok()
    assert "order-service is working on it." in page(bobs, asked)
    act(worker, asked, "progress", message="Sending 129.00 EUR back", percent=30)
    act(worker, asked, "checkpoint", message="Sending 129.00 EUR back", step=1, total=2, state={})
    shown = page(bobs, asked)
    assert shown.count("order-service: Sending 129.00 EUR back") == 1
    assert "order-service: Sending 129.00 EUR back (step 1 of 2)" in shown
    assert "order-service is working on it (step 1 of 2)." in shown
    act(worker, asked, "resume", refund="RF-20771", message="Sent", nested={"x": 1})
    shown = page(bobs, asked)
    assert "order-service: done Refund: RF-20771 Sent" in shown
    assert "The request is completed" not in shown
    assert "Closed." in shown


def test_after_a_no_nothing_is_said_to_be_done(worker: KeyCaller, bob: PersonCaller, bobs: Browser, asked: Asked) -> None:
    asked.decide(bob, "rejected").ok()
    act(worker, asked, "resume", ok=False)
    shown = page(bobs, asked)
    assert "order-service closed it; nothing was done" in shown
    assert "completed" not in shown


def test_after_a_no_what_the_agent_did_all_the_same_is_told(
    worker: KeyCaller, bob: PersonCaller, bobs: Browser, asked: Asked
) -> None:
    asked.decide(bob, "rejected").ok()
    act(worker, asked, "progress", message="Telling the customer")
    act(worker, asked, "resume", ok=True)
    shown = page(bobs, asked)
    assert "order-service: Telling the customer" in shown
    assert "order-service closed it" in shown
    assert "nothing was done" not in shown


@pytest.mark.parametrize(
    ("outcome", "words"), [("approved", "The agent was notified"), ("rejected", "Closed; nothing was done")]
)
def test_a_task_that_came_with_its_intent_ends_it(
    shop: KeyCaller, bob: PersonCaller, bobs: Browser, outcome: str, words: str
) -> None:
    asked = ask(shop, title="Refund?")
    asked.decide(bob, outcome).ok()
    shown = page(bobs, asked)
    assert words in shown
    assert "The request is completed" not in shown


def test_how_it_failed_is_told_in_the_agents_words(
    worker: KeyCaller, bob: PersonCaller, bobs: Browser, asked: Asked
) -> None:
    asked.decide(bob, "approved").ok()
    act(worker, asked, "fail", error={"code": "bank", "message": "The bank said no"})
    assert "The request has failed The bank said no" in page(bobs, asked)


def test_what_follows_another_question_is_told_there(
    worker: KeyCaller, bob: PersonCaller, bobs: Browser, asked: Asked
) -> None:
    asked.decide(bob, "approved").ok()
    act(worker, asked, "progress", message="First part")
    body = {"for": "human", "human_task": {"title": "And the rest?"}}
    worker.post(f"/intents/{asked.intent_id}/wait", body).ok()
    shown = page(bobs, asked)
    assert "order-service: First part" in shown
    assert "order-service asks people again." in shown
    (second,) = worker.get("/tasks", intent_id=asked.intent_id).ok()["tasks"]
    bob.post(f"/tasks/{second['task_id']}/decide", {"outcome": "approved"}).ok()
    act(worker, asked, "progress", message="Second part")
    assert "Second part" not in page(bobs, asked)
    assert "order-service: Second part" in page(bobs, Asked(asked.intent_id, second["task_id"]))


def test_an_undo_is_told_once(bob: PersonCaller, bobs: Browser, asked: Asked) -> None:
    asked.decide_on_page(bob)
    asked.post(bob, "undo").ok()
    shown = page(bobs, asked)
    assert "You decided: approved (undone)" in shown
    assert "undid" not in shown
