"""Threads whose intent asks a person: a person decides there, a machine never."""

import pytest

from tests.callers import KeyCaller, PersonCaller

TASK = {"title": "Refund?", "task_type": "approval", "assignees": ["bob@myorg.example"]}


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> str:
    """An intent that waits for Bob."""
    return shop.submit(human_task=TASK)


def test_a_person_approves_the_open_task(asked: str, shop: KeyCaller, bob: PersonCaller) -> None:
    shown = bob.post(f"/inbox/{asked}/approve", {"comment": "fine"}).ok()["thread"]
    assert shown["status"] == "done"
    result = shop.intent(asked)["result"]
    assert (result["outcome"], result["comment"]) == ("approved", "fine")
    assert shop.events(asked)[-1]["actor"] == "bob@myorg.example"


def test_rejecting_takes_the_negative_outcome_of_the_kind(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = shop.submit(human_task=TASK | {"task_type": "confirmation"})
    bob.post(f"/inbox/{asked}/reject", {"comment": "no"}).ok()
    assert shop.intent(asked)["result"]["outcome"] == "denied"


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_machine_key_never_decides(asked: str, worker: KeyCaller, machine: KeyCaller, shop: KeyCaller, verb: str) -> None:
    for caller, headers in ((worker, {}), (machine, {"x_owner_agent": "order-service"})):
        refused = caller.post(f"/inbox/{asked}/{verb}", {}, **headers)
        assert (refused.status, refused.code) == (403, "policy_denied")
    assert shop.intent(asked)["status"] == "WAITING"


def test_a_person_decides_with_a_machine_key_alongside(
    asked: str, machine: KeyCaller, bob: PersonCaller, shop: KeyCaller
) -> None:
    machine.also(bob).post(f"/inbox/{asked}/approve", {"comment": "ok"}).ok()
    assert shop.intent(asked)["status"] == "COMPLETED"


def test_who_was_not_asked_does_not_decide(asked: str, vera: PersonCaller, shop: KeyCaller) -> None:
    assert vera.post(f"/inbox/{asked}/approve", {}).status == 403
    assert shop.intent(asked)["status"] == "WAITING"


def test_a_decided_thread_stays_listed(asked: str, worker: KeyCaller, bob: PersonCaller) -> None:
    bob.post(f"/inbox/{asked}/approve", {}).ok()
    assert [(one["thread_id"], one["status"]) for one in worker.get("/inbox").ok()["threads"]] == [(asked, "done")]


def test_who_comes_too_late_is_told_who_decided(asked: str, bob: PersonCaller, alice: PersonCaller) -> None:
    bob.post(f"/inbox/{asked}/approve", {}).ok()
    late = alice.post(f"/inbox/{asked}/reject", {})
    assert (late.status, late.code) == (409, "already_decided")
    assert late.json["error"]["details"]["decided_by"] == "bob@myorg.example"


def test_a_thread_that_ended_undecided_is_decided_no_more(asked: str, bob: PersonCaller, shop: KeyCaller) -> None:
    shop.post(f"/intents/{asked}/resolve", {"status": "CANCELED", "reason": "changed my mind"}).ok()
    late = bob.post(f"/inbox/{asked}/approve", {})
    assert (late.status, late.code) == (409, "invalid_transition")
    assert shop.intent(asked)["status"] == "CANCELED"
