"""The adapter for Temporal, by its own environment for activities: attempts that are killed, and what people said."""

import signal

from tests.acceptance.processes import Process
from tests.adapters import frameworks
from tests.adapters.conftest import Desk

pytestmark = frameworks.marks("temporal")


def attempt(desk: Desk, order: str, **variables: str) -> Process:
    return desk.start(frameworks.python("temporal"), "temporal_refund", order, **variables)


def test_attempts_that_are_killed_pay_once_what_was_approved_in_reverse(desk: Desk) -> None:
    first = [attempt(desk, "A"), attempt(desk, "B")]
    of_a, of_b = desk.asked("Refund A?"), desk.asked("Refund B?")
    for one in first:
        desk.ground.says(one, "heartbeat\nheartbeat")
        one.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected")
    desk.decide(of_a, "approved", data={"approved": {"euros": 25}})
    second = [attempt(desk, "A"), attempt(desk, "B")]
    assert [one.wait() for one in second] == [0, 0], [one.output for one in second]
    assert "paying 25 for A" in second[0].output
    assert "done not paid: rejected" in second[1].output
    third = attempt(desk, "A")
    assert third.wait() == 0, third.output
    assert "done paid 25" in third.output
    assert "paying" not in "".join(one.output for one in (*first, second[1], third))


def test_an_activity_pays_nothing_that_nobody_approved(desk: Desk) -> None:
    late = attempt(desk, "late", WITHIN_SECONDS="2")
    canceled = attempt(desk, "canceled")
    task = desk.asked("Refund canceled?")
    desk.decide_in_vain(task)
    desk.cancel(task)
    desk.decide(task, "approved", status=409)
    assert late.wait() == 0, late.output
    assert "done not paid: expired" in late.output
    assert canceled.wait() != 0
    assert "ApplicationError: Over: the intent is CANCELED" in canceled.output
    assert "paying" not in late.output + canceled.output


def test_the_intent_is_canceled_with_the_activity_and_not_with_the_worker(desk: Desk) -> None:
    stopped, canceled = attempt(desk, "stopped"), attempt(desk, "given-up")
    of_stopped, of_canceled = desk.asked("Refund stopped?"), desk.asked("Refund given-up?")
    stopped.stop(signal.SIGTERM)
    canceled.stop(signal.SIGINT)
    assert desk.ends(of_canceled["intent_id"])["status"] == "CANCELED"
    again = attempt(desk, "stopped")
    desk.decide(of_stopped, "approved")
    assert again.wait() == 0, again.output
    assert "paying 40 for stopped" in again.output
