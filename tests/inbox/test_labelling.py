"""What a human task says around its data, and that no word of it passes for another answer."""

from typing import Any

import pytest

from inbox.tasks import specs
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask

SAID: dict[str, Any] = {
    "summary": {"amount": "/refund/value", "currency": "/refund/unit", "who": "/to/0/name"},
    "consequence": {"approved": "Sends 129.00 EUR to ACME at once.", "rejected": "Tells the customer no."},
    "outcome_labels": {"approved": "Approve refund", "rejected": "Don't pay"},
    "reject_reasons": ["Already paid", "Wrong customer"],
}
PAYLOAD = {"refund": {"value": 129, "unit": "EUR"}, "to": [{"name": "ACME"}], "limit": 5000, "currency": "EUR"}


def test_what_is_said_around_the_data_comes_back_as_it_was_sent(shop: KeyCaller, bob: PersonCaller) -> None:
    task = ask(shop, PAYLOAD, title="Refund 129.00 EUR to ACME?", **SAID).task(bob)
    assert {name: task["human_task"][name] for name in SAID} == SAID


def test_a_decision_is_bound_to_all_that_is_said_around_the_data(shop: KeyCaller, bob: PersonCaller) -> None:
    plain = ask(shop, PAYLOAD, title="Refund?")
    seen = plain.task(bob)["payload_digest"]
    for name in SAID:
        other = ask(shop, PAYLOAD, title="Refund?", **{name: SAID[name]})
        assert other.decide(bob, "approved", payload_digest=seen).status == 409


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"summary": {}}, "summary"),
        ({"summary": {"currency": "/currency"}}, "summary"),
        ({"summary": {"amount": "total"}}, "summary.amount"),
        ({"summary": {"amount": "/~2"}}, "summary.amount"),
        ({"summary": {"amount": "/" + "a" * 256}}, "summary.amount"),
        ({"summary": {"total": "/total"}}, "summary.total"),
        ({"consequence": {"paid": "Pays."}}, "consequence.paid"),
        ({"consequence": {"approved": "x" * 201}}, "consequence.approved"),
        ({"consequence": {"approved": " "}}, "consequence.approved"),
        ({"consequence": {"approved": "pays \u202eRUE 921"}}, "consequence.approved"),
        ({"outcome_labels": {}}, "outcome_labels"),
        ({"outcome_labels": {"approved": "x" * 33}}, "outcome_labels.approved"),
        ({"outcome_labels": {"approved": "Do not pay"}}, "outcome_labels.approved"),
        ({"outcome_labels": {"approved": "Reject"}}, "outcome_labels.approved"),
        ({"outcome_labels": {"approved": "Cancel"}}, "outcome_labels.approved"),
        ({"outcome_labels": {"rejected": "OK"}}, "outcome_labels.rejected"),
        ({"outcome_labels": {"rejected": "Approve refund"}}, "outcome_labels.rejected"),
        ({"outcome_labels": {"approved": "Re\u0458ect"}}, "outcome_labels.approved"),
        ({"outcome_labels": {"approved": "Pay\nall"}}, "outcome_labels.approved"),
        ({"outcome_labels": {"approved": "Go", "rejected": "go"}}, "outcome_labels.approved"),
        ({"task_type": "review", "outcome_labels": {"changes_requested": "Approve"}}, "outcome_labels.changes_requested"),
        ({"allowed_outcomes": ["later", "rejected"], "outcome_labels": {"later": "Yes"}}, "outcome_labels.later"),
        ({"reject_reasons": ["a"] * 9}, "reject_reasons"),
        ({"reject_reasons": ["Paid", "paid"]}, "reject_reasons.1"),
        ({"reject_reasons": ["x" * 61]}, "reject_reasons.0"),
        ({"task_type": "form", "reject_reasons": ["No"]}, "reject_reasons"),
    ],
)
def test_what_is_too_much_or_misleads_is_refused_by_its_place(said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        specs.complete(said, field="human_task")
    assert refused.value.details["field"].startswith(f"human_task.{field}")


@pytest.mark.parametrize(
    ("task_type", "labels"),
    [
        ("approval", {"approved": "Sign", "rejected": "Send back"}),
        ("approval", {"approved": "Genehmigen", "rejected": "Ablehnen"}),
        ("review", {"approved": "Publish", "changes_requested": "Needs work", "rejected": "Don't publish"}),
        ("confirmation", {"confirmed": "Yes, it arrived", "denied": "No, it did not"}),
    ],
)
def test_verbs_of_ones_own_are_fine(task_type: str, labels: dict[str, str]) -> None:
    spec = {"task_type": task_type, "outcome_labels": labels}
    once = specs.complete(spec, field="human_task")
    assert once["outcome_labels"] == labels
    assert specs.complete(once, field="human_task") == once


@pytest.mark.parametrize(
    ("summary", "field"),
    [
        ({"amount": "/total"}, "amount"),
        ({"amount": "/to"}, "amount"),
        ({"amount": "/refund/value"}, "amount"),
        ({"amount": "/to/1/name"}, "amount"),
        ({"amount": "/refund/value", "currency": "/limit"}, "currency"),
        ({"who": "/to/0"}, "who"),
        ({"who": "/to/-"}, "who"),
    ],
)
def test_a_pointer_that_misses_is_told_at_every_door(
    shop: KeyCaller, worker: KeyCaller, summary: dict[str, str], field: str
) -> None:
    payload = {"refund": {"value": 129}, "to": [{"name": "ACME"}], "limit": True}
    task = {"title": "Refund?", "summary": summary}
    body = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": payload}
    alone = shop.post("/intents", body | {"human_task": task})
    (of_batch,) = shop.post("/intents/batch", {"intents": [body | {"human_task": task}]}).ok()["intents"]
    midway = worker.post(f"/intents/{shop.submit(payload=payload)}/wait", {"for": "human", "human_task": task})
    for status, answer in ((alone.status, alone.json), (422, of_batch), (midway.status, midway.json)):
        assert (status, answer["error"]["details"]["field"]) == (422, f"human_task.summary.{field}")
    assert shop.get("/intents", status="WAITING").ok()["intents"] == []


@pytest.mark.parametrize(
    ("payload", "summary", "headline"),
    [
        (PAYLOAD, SAID["summary"], "Fulfill order: 129.00 EUR (largest amount in the data: 5,000.00 EUR), ACME"),
        ({"fee": 3.2, "gross": 2480.11, "currency": "USD"}, {"amount": "/gross"}, "Fulfill order: 2,480.11 USD"),
        ({"a~b": {"x/y": "1,500.00 EUR"}}, {"amount": "/a~0b/x~1y"}, "Fulfill order: 1,500.00 EUR"),
        ({"cost_cents": 12900, "ccy": "EUR"}, {"amount": "/cost_cents", "currency": "/ccy"}, "Fulfill order: 129.00 EUR"),
        ({"n": {"amount": 9000, "currency": "EUR"}, "c": "Ada"}, {"who": "/c"}, "Fulfill order: Ada"),
    ],
)
def test_the_summary_is_read_from_the_payload(
    shop: KeyCaller, bob: PersonCaller, payload: dict[str, Any], summary: dict[str, str], headline: str
) -> None:
    # A title that names another amount than the data gives way to a line of ours.
    asked = ask(shop, payload, title="Pay 7.77 EUR?", summary=summary)
    assert asked.headline() == headline


def test_a_summary_cannot_make_a_small_amount_of_a_title_the_one_that_it_is_about(shop: KeyCaller) -> None:
    payload = {"fee": 3.2, "total": 2480.11, "currency": "USD"}
    asked = ask(shop, payload, title="Pay 3.20 USD?", summary={"amount": "/fee"})
    assert asked.headline() == "Fulfill order: 3.20 USD (largest amount in the data: 2,480.11 USD)"
