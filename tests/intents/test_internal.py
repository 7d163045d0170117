"""Agents that live inside the server: a function is called, and called again when it did not come to an end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from intents.dispatch import scheduler
from intents.dispatch.bindings import internal
from intents.engine.models import Delivery, Timer
from intents.engine.services import waits
from intents.engine.services.waits import When
from intents.kernel.actors import Machine
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.waiting import kinds, look

Handler = Callable[[Machine, dict[str, Any]], Any]


@pytest.fixture
def handle(workspace: Any, machine: KeyCaller) -> Iterator[Callable[[Handler], None]]:
    """Register a handler for the agent `inside`."""
    make_machine(workspace, "inside")
    machine.patch("/agents/inside", {"delivery_mode": "internal"}).ok()
    yield lambda handler: internal.register("inside", handler)
    internal._handlers.clear()
    internal._answerers.clear()


def test_what_a_handler_returns_is_the_result(handle: Any, shop: KeyCaller) -> None:
    seen: list[dict[str, Any]] = []

    def add(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        seen.append(work)
        return {"sum": sum(work["payload"]["numbers"])}

    handle(add)
    intent_id = shop.submit("inside", payload={"numbers": [1, 2]})
    look()
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["result"]) == ("COMPLETED", {"sum": 3})
    assert [(one["intent_id"], one["delivery_attempt"], one["resume"]) for one in seen] == [(intent_id, 1, None)]
    look()
    assert len(seen) == 1


def test_an_exception_is_a_failure_that_is_tried_again_later(now: SettableClock, handle: Any, shop: KeyCaller) -> None:
    calls: list[str] = []

    def fail_once(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        calls.append(work["intent_id"])
        if len(calls) == 1:
            raise ValueError("no paper")
        return {"printed": True}

    handle(fail_once)
    intent_id = shop.submit("inside")
    look()
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["waiting_reason"]) == ("WAITING", "WAITING_FOR_TIME")
    error = shop.events(intent_id)[-1]["details"]["error"]
    assert error == {"code": "handler_failed", "message": "ValueError: no paper"}
    look()
    assert len(calls) == 1
    now.advance(seconds=10)
    look()
    look()
    assert shop.intent(intent_id)["result"] == {"printed": True}
    assert len(calls) == 2


def test_a_handler_that_always_fails_ends_the_intent_when_its_retries_are_used_up(
    now: SettableClock, handle: Any, shop: KeyCaller
) -> None:
    def fail(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("broken")

    handle(fail)
    intent_id = shop.submit("inside")
    for _ in range(4):
        look()
        now.advance(hours=1)
        look()
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "handler_failed")


class Died(BaseException):
    """The end of the worker process, which runs nothing more."""


def test_work_whose_worker_died_is_done_again_after_its_lease(now: SettableClock, handle: Any, shop: KeyCaller) -> None:
    calls: list[int] = []

    def die_once(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        calls.append(work["delivery_attempt"])
        if len(calls) == 1:
            raise Died
        return {"attempt": work["delivery_attempt"]}

    handle(die_once)
    intent_id = shop.submit("inside")
    with pytest.raises(Died):
        look()
    look()
    assert calls == [1]
    now.advance(seconds=internal.LEASE_SECONDS)
    look()
    look()
    assert shop.intent(intent_id)["result"] == {"attempt": 2}
    assert kinds(shop, intent_id)[-4:] == ["delivery_failed", "redelivered", "in_progress", "completed"]


@pytest.mark.parametrize(
    "returned", [datetime(2030, 1, 1, tzinfo=UTC), {"at": datetime(2030, 1, 1, tzinfo=UTC)}, [1], {1: 2}]
)
def test_a_handler_that_returns_no_json_object_has_failed_and_holds_up_nobody(
    now: SettableClock, handle: Any, shop: KeyCaller, worker: KeyCaller, returned: Any
) -> None:
    handle(lambda actor, work: returned if work["payload"].get("bad") else {"good": True})
    bad, good = shop.submit("inside", payload={"bad": True}), shop.submit("inside")
    late = shop.submit("order-service", deadline_at="2030-01-15T09:00:01Z")
    now.advance(seconds=2)
    look()
    assert shop.intent(good)["status"] == "COMPLETED"
    assert shop.intent(late)["status"] == "TIMED_OUT"
    assert shop.intent(bad)["waiting_reason"] == "WAITING_FOR_TIME"


def test_a_handler_that_ends_after_its_intent_was_canceled_changes_nothing(handle: Any, shop: KeyCaller) -> None:
    def canceled_meanwhile(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        shop.post(f"/intents/{work['intent_id']}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
        return {"late": True}

    handle(canceled_meanwhile)
    intent_id = shop.submit("inside")
    look()
    assert shop.intent(intent_id)["status"] == "CANCELED"


def test_a_handler_gets_what_ended_a_wait(handle: Any, workspace: Any, shop: KeyCaller, bob: PersonCaller) -> None:
    inside, seen = make_machine(workspace, "inside"), []

    def ask_first(actor: Machine, work: dict[str, Any]) -> dict[str, Any]:
        seen.append(work["resume"])
        if work["resume"] is None:
            inside.post(f"/intents/{work['intent_id']}/wait", {"for": "human", "human_task": {"title": "Go?"}}).ok()
        return {"asked": True}

    handle(ask_first)
    intent_id = shop.submit("inside")
    look()
    assert shop.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN"
    bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()
    look()
    assert seen[1]["task_result"]["outcome"] == "approved"
    assert shop.intent(intent_id)["status"] == "COMPLETED"


def test_a_handler_that_returns_nothing_has_moved_the_intent_on_itself(
    now: SettableClock, handle: Any, shop: KeyCaller
) -> None:
    def sleep_first(actor: Machine, work: dict[str, Any]) -> dict[str, Any] | None:
        if work["resume"] is None:
            waits.wait_for_time(actor=actor, intent_id=UUID(work["intent_id"]), when=When(delay_seconds=60))
            return None
        return {"slept": True}

    handle(sleep_first)
    intent_id = shop.submit("inside")
    look()
    assert shop.intent(intent_id)["waiting_reason"] == "WAITING_FOR_TIME"
    now.advance(seconds=61)
    look()
    look()
    assert shop.intent(intent_id)["result"] == {"slept": True}


def test_a_question_to_an_agent_that_answers_none_changes_nothing(
    now: SettableClock, handle: Any, shop: KeyCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit("inside", human_task={"title": "Go?"})
    (task,) = shop.get("/tasks", intent_id=intent_id).ok()["tasks"]
    bob.post(f"/tasks/{task['task_id']}/ask", {"question": "Why?"}).ok()
    now.advance(seconds=5)
    look()
    assert kinds(shop, intent_id)[-1] == "question"
    assert not Timer.objects.filter(intent_id=intent_id).exists()


def test_a_question_asked_just_before_the_decision_is_not_answered_after_it(
    now: SettableClock, workspace: Any, handle: Any, shop: KeyCaller, bob: PersonCaller
) -> None:
    internal.register("inside", lambda actor, work: {}, answerer=lambda actor, correlation, question: "Because")
    intent_id = shop.submit("inside", human_task={"title": "Go?"})
    (task,) = shop.get("/tasks", intent_id=intent_id).ok()["tasks"]
    bob.post(f"/tasks/{task['task_id']}/ask", {"question": "Why?"}).ok()
    bob.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    now.advance(seconds=5)
    look()
    assert kinds(shop, intent_id)[-1] == "completed"


def test_an_agent_without_a_handler_waits_for_one(handle: Any, shop: KeyCaller) -> None:
    intent_id = shop.submit("inside")
    scheduler.sweep_all()
    assert Delivery.objects.get(intent_id=intent_id).state == "ready"
    handle(lambda actor, work: {})
    look()
    assert shop.intent(intent_id)["status"] == "COMPLETED"
