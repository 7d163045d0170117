"""CrewAI itself: a flow goes where people sent it, with their words, and nowhere where they said nothing."""

import signal

from tests.acceptance.processes import Process
from tests.adapters import frameworks
from tests.adapters.conftest import Desk

pytestmark = frameworks.marks("crewai")


def start(desk: Desk, order: str, **variables: str) -> Process:
    quiet = {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false", "AXME_LEASE_SECONDS": "30"}
    return desk.start(frameworks.python("crewai"), "crewai_refunds", order, **(quiet | variables))


def test_flows_that_are_killed_go_on_with_answers_that_came_in_reverse(desk: Desk) -> None:
    first = [start(desk, "A"), start(desk, "B")]
    of_a, of_b = desk.asked("How much for A?"), desk.asked("How much for B?")
    for one in first:
        one.stop(signal.SIGKILL)
    desk.decide(of_b, "provided", data={"answer": "15 euros"})
    desk.decide(of_a, "provided", data={"answer": "10 euros"})
    second = [start(desk, "A"), start(desk, "B")]
    desk.decide(desk.asked("Refund B?"), "rejected", comment="never bought")
    desk.decide(desk.asked("Refund A?"), "reworded", comment="25 euros")
    drafted = desk.asked("Refund A?")
    assert desk.payload(drafted)["output"] == "We refund you: 25 euros"
    second[0].stop(signal.SIGKILL)
    third = start(desk, "A")
    desk.decide(drafted, "approved")
    assert [one.wait() for one in (second[1], third)] == [0, 0], (second[1].output, third.output)
    assert "done not paid: never bought" in second[1].output
    assert "done paid 25 euros" in third.output
    assert "paying" not in "".join(one.output for one in (*first, *second))


def test_nothing_is_paid_that_nobody_approved(desk: Desk) -> None:
    routed = start(desk, "routed", WITHIN_SECONDS="15", EMITTED="approved rejected expired")
    canceled, late = start(desk, "canceled"), start(desk, "late", WITHIN_SECONDS="2")
    desk.decide(desk.asked("How much for routed?"), "provided", data={"answer": "10 euros"})
    desk.decide(desk.asked("How much for canceled?"), "provided", data={"answer": "10 euros"})
    assert desk.asked("Refund routed?")["human_task"]["allowed_outcomes"] == ["approved", "rejected"]
    asked = desk.asked("Refund canceled?")
    desk.decide_in_vain(asked)
    desk.cancel(asked)
    desk.decide(asked, "approved", status=409)
    assert canceled.wait() != 0
    assert "the question was not answered: canceled" in canceled.output
    assert routed.wait() == 0, routed.output
    assert "done not paid: nobody answered" in routed.output
    assert late.wait() != 0
    assert "the question was not answered: expired" in late.output
    assert "paying" not in routed.output + canceled.output + late.output
