"""Comments on tasks, and questions that agents answer."""

import pytest

from inbox.notifications.services import fan_out
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask_midway
from tests.inbox.outgoing import notified, send
from tests.mailbox import Mailbox


def said(who: PersonCaller, asked: Asked) -> list[tuple[str, str, str | None]]:
    return [(one["action"], one["actor"], one["details"].get("message")) for one in asked.task(who)["history"]]


SHOP = "agent://myorg/production/shop"


def test_a_question_is_answered_while_the_task_goes_on_waiting(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, asked: Asked
) -> None:
    question = asked.post(bob, "ask", {"question": "Which invoice?"}).ok()["event"]
    assert (question["event_type"], question["status"]) == ("intent.question", "WAITING")
    answered = shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "INV-7"}).ok()
    assert answered["applied"] is True
    assert answered["event"]["details"] == {"question_seq": question["seq"], "message": "INV-7"}
    asked.post(alice, "comment", {"comment": " I know that one "}).ok()
    assert said(bob, asked) == [
        ("asked", "bob@myorg.example", "Which invoice?"),
        ("answered", SHOP, "INV-7"),
        ("commented", "alice@myorg.example", "I know that one"),
    ]
    asked.decide(bob, "approved").ok()
    assert said(bob, asked)[-1][:2] == ("decided", "bob@myorg.example")


def test_who_asked_is_told_of_the_answer_and_nobody_else(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, asked: Asked, mailbox: Mailbox
) -> None:
    fan_out.notify()
    for who, question in ((alice, "Which year?"), (bob, "Which invoice?")):
        asked.post(who, "ask", {"question": question}).ok()
    seq = shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "INV-7"}).ok()["event"]["seq"]
    send()
    assert [one for one in notified() if one[1] != "assigned"] == [("bob", "answered", seq)]
    mail = mailbox.only()
    assert (mail["To"], mail["Subject"]) == ("bob@myorg.example", "The agent answered you: Refund 129.00 EUR to ACME?")


def test_an_answer_that_comes_after_the_decision_is_not_told(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.post(bob, "ask", {"question": "Which invoice?"}).ok()
    shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "INV-7"}).ok()
    asked.decide(bob, "approved").ok()
    fan_out.notify()
    assert notified() == []


def test_an_answer_names_its_question(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    first = asked.post(bob, "ask", {"question": "One?"}).ok()["event"]["seq"]
    asked.post(bob, "ask", {"question": "Two?"}).ok()
    path = f"/intents/{asked.intent_id}/answer"
    assert shop.post(path, {"answer": "1", "question_seq": first}).ok()["event"]["details"]["question_seq"] == first
    assert shop.post(path, {"answer": "?", "question_seq": 1}).status == 409


def test_the_agent_at_work_answers_too_and_no_other(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, foreign_machine: KeyCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker)
    path = f"/intents/{asked.intent_id}/answer"
    assert worker.post(path, {"answer": "nobody asked"}).status == 409
    asked.post(bob, "ask", {"question": "Why?"}).ok()
    assert stranger.post(path, {"answer": "x"}).status == 404
    assert foreign_machine.post(path, {"answer": "x"}).status == 404
    assert bob.post(path, {"answer": "x"}).code == "policy_denied"
    worker.post(path, {"answer": "because"}).ok()


@pytest.mark.parametrize(("verb", "body"), [("comment", {"comment": "x"}), ("ask", {"question": "x"})])
def test_who_looks_on_or_is_a_machine_says_nothing(
    shop: KeyCaller, vera: PersonCaller, charlie: PersonCaller, asked: Asked, verb: str, body: dict[str, str]
) -> None:
    assert asked.post(vera, verb, body).code == "policy_denied"
    assert asked.post(shop, verb, body).code == "policy_denied"
    assert asked.post(charlie, verb, body).status == 404


@pytest.mark.parametrize(("verb", "field"), [("comment", "comment"), ("ask", "question")])
def test_nothing_said_is_refused_by_field(bob: PersonCaller, asked: Asked, verb: str, field: str) -> None:
    for text in ("", "  \n", "x" * 4001):
        refused = asked.post(bob, verb, {field: text})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


def test_an_intent_that_is_over_takes_no_more_words(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    asked.post(bob, "ask", {"question": "Why?"}).ok()
    asked.decide(bob, "approved").ok()
    assert asked.post(bob, "comment", {"comment": "too late"}).status == 409
    assert shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "too late"}).status == 409


def test_a_repeated_comment_is_said_once(bob: PersonCaller, asked: Asked) -> None:
    for _ in range(2):
        bob.post(f"/tasks/{asked.task_id}/comment", {"comment": "once"}, key="k").ok()
    assert len(said(bob, asked)) == 1
