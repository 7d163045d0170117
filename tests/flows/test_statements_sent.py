"""How often the hot calls go to the database. Each statement more costs everybody's throughput, so it is on purpose."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.callers import Answer, KeyCaller, PersonCaller
from tests.intents.factory import take

ORDER = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
QUESTION = {"title": "Refund 42.00 EUR to ACME", "task_type": "approval"}


def sent(call: Callable[[], Answer]) -> list[str]:
    """The statements that a call sends, without those that begin and end its transaction."""
    with CaptureQueriesContext(connection) as captured:
        call().ok()
    texts = [" ".join(query["sql"].split()) for query in captured.captured_queries]
    return [text for text in texts if text not in ("BEGIN", "COMMIT")]


@pytest.fixture(autouse=True)
def known(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    """Looking up who calls is remembered for a while, and not counted."""
    for caller in (shop, worker, bob):
        caller.get("/capabilities").ok()


def test_a_submit_is_one_statement(shop: KeyCaller) -> None:
    assert len(sent(lambda: shop.post("/intents", ORDER, key="once"))) == 1


def test_a_submit_with_a_question_stays_within_its_statements(shop: KeyCaller) -> None:
    made = sent(lambda: shop.post("/intents", ORDER | {"human_task": QUESTION}, key="once"))
    assert len(made) <= 3, made


def test_questions_of_a_batch_cost_no_statement_of_their_own(shop: KeyCaller, bob: PersonCaller) -> None:
    question = QUESTION | {"assignees": [bob.user.email, "olga@myorg.example", "approver"], "risk": "high"}

    def send(count: int) -> list[str]:
        return sent(lambda: shop.post("/intents/batch", {"intents": [ORDER | {"human_task": question}] * count}))

    one, many = send(1), send(20)
    assert len(many) == len(one), many


def test_a_question_looks_up_all_whom_it_names_at_once(shop: KeyCaller, bob: PersonCaller) -> None:
    levels = [{"after_seconds": 60, "to": to} for to in (bob.user.email, "olga@myorg.example", "owner")]
    escalation = {"levels": levels, "end": {"after_seconds": 3600, "then": "fail"}}
    question = QUESTION | {"assignees": [bob.user.email, "admin"], "escalation": escalation}
    made = sent(lambda: shop.post("/intents", ORDER | {"human_task": question}))
    # Once when it is checked, and once for the task.
    assert len(made) <= 5, made


def test_a_decision_stays_within_its_statements(shop: KeyCaller, bob: PersonCaller) -> None:
    intent_id = shop.submit(human_task=QUESTION)
    made = sent(lambda: bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}, key="once"))
    assert len(made) <= 6, made


def test_a_wait_stays_within_its_statements(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker)
    made = sent(lambda: worker.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": 60}))
    assert len(made) <= 4, made


def test_an_ending_stays_within_its_statements(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker)
    made = sent(lambda: worker.post(f"/intents/{intent_id}/resume", {"result": 1}))
    # It is locked, ended, and looked at for the answer.
    assert len(made) <= 3, made


def test_the_end_of_a_child_stays_within_the_statements_of_any(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker)
    worker.post(f"/intents/{intent_id}/wait", {"for": "agent", "intents": [ORDER]}).ok()
    (child,) = take(worker)
    made = sent(lambda: worker.post(f"/intents/{child.intent.id}/resume", {"result": 1}))
    assert len(made) <= 3, made
