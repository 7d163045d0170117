"""The adapter for plain asyncio: programs that are killed at any point and started again."""

import signal
import sys

import pytest

from tests import turns
from tests.acceptance.processes import Process
from tests.adapters.conftest import Desk
from tests.examples.programs import SECONDS
from tests.load import checks
from tests.load.checks import eventually

pytestmark = [turns.one(0, of=2), pytest.mark.timeout(600)]


def worker(desk: Desk, **variables: str) -> Process:
    program = desk.start(sys.executable, "order_worker", **variables)
    desk.ground.says(program, "listening")
    return program


def test_a_worker_that_is_killed_while_it_waits_goes_on_with_answers_that_came_in_reverse(desk: Desk) -> None:
    first = worker(desk)
    order = desk.submit("order-service", "order.fulfil.v1", {"order_id": "A-1", "total": 120, "currency": "EUR"})
    task = desk.asked("Charge 120 EUR?")
    other = desk.submit("order-service", "order.fulfil.v1", {"order_id": "A-2", "total": 77, "currency": "EUR"})
    others = desk.asked("Charge 77 EUR?")
    first.stop(signal.SIGKILL)
    desk.decide(others, "rejected", comment="too much")
    desk.decide(task, "approved", data={"approved": {"total": 100}})
    second = worker(desk)
    eventually(lambda: desk.intent(order)["waiting_reason"] == "WAITING_FOR_TOOL", "it waits for the carrier", SECONDS)
    second.stop(signal.SIGKILL)
    desk.done("carrier", "A-1", parcel="P-1")
    third = worker(desk)
    ended = desk.ends(order)
    assert (ended["status"], ended["result"]["total"], ended["result"]["parcel"]) == ("COMPLETED", 100, "P-1"), third.output
    assert desk.ends(other)["result"] == {"refused": "rejected"}
    assert [p.output.count("charging") for p in (first, second, third)] == [0, 1, 0]
    assert "charging 100" in second.output
    checks.nothing_is_broken(desk.ground.site)


@pytest.mark.parametrize(("outcome", "state"), [("rejected", "decided"), ("canceled", "withdrawn"), ("expired", "expired")])
def test_what_is_not_approved_is_not_charged(desk: Desk, outcome: str, state: str) -> None:
    program = worker(desk, WITHIN_SECONDS="1" if outcome == "expired" else "600")
    order = desk.submit("order-service", "order.fulfil.v1", {"order_id": f"B-{outcome}", "total": 55, "currency": "EUR"})
    if outcome == "rejected":
        desk.decide(desk.asked("Charge 55 EUR?"), outcome, comment="too much")
    elif outcome == "canceled":
        task = desk.asked("Charge 55 EUR?")
        desk.decide_in_vain(task)
        desk.cancel(task)
    ended = desk.ends(order)
    (task,) = desk.http.get("/v1/tasks", params={"intent_id": order, "state": state}).raise_for_status().json()["tasks"]
    desk.decide(task, "approved", status=409)
    assert (ended["result"] or ended["status"]) == ("CANCELED" if outcome == "canceled" else {"refused": outcome})
    assert "charging" not in program.output


def test_a_worker_ends_when_told_to_and_leaves_nothing_in_hand(desk: Desk) -> None:
    program = worker(desk)
    program.stop(signal.SIGTERM)
    assert program.wait() == 0, program.output


def test_a_pipeline_that_is_killed_at_each_wait_does_each_step_once(desk: Desk) -> None:
    first = desk.start(sys.executable, "pipeline", "R-1")
    desk.ground.says(first, "loading")
    first.stop(signal.SIGKILL)
    second = desk.start(sys.executable, "pipeline", "R-1")
    desk.done("crm", "R-1", customers=7)
    task = desk.asked("Publish the figures?")
    assert "crm has 7" in second.output
    second.stop(signal.SIGKILL)
    third = desk.start(sys.executable, "pipeline", "R-1")
    desk.decide(task, "approved")
    assert third.wait() == 0, third.output
    ended = desk.start(sys.executable, "pipeline", "R-1")
    assert ended.wait() == 0
    says = "done {'sum': 12, 'customers': 7, 'published': True}"
    assert says in third.output
    assert says in ended.output
    assert "loading" not in third.output + ended.output
    checks.nothing_is_broken(desk.ground.site)
