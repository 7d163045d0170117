"""Pydantic AI itself, with a fake model: what people approve, change, refuse and answer reaches the agent, or nothing."""

import signal
from typing import Any

import pytest

from tests.acceptance.processes import Process
from tests.adapters import frameworks
from tests.adapters.conftest import Desk

pytestmark = frameworks.marks("pydantic-ai")


def start(desk: Desk, run: str, **variables: str) -> Process:
    return desk.start(frameworks.python("pydantic-ai"), "pydantic_refunds", run, **(frameworks.LEASE | variables))


def asked(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    return desk.asked("Call refund?"), desk.asked("Which account?")


def test_an_agent_that_is_killed_goes_on_with_a_changed_call_and_an_answer(desk: Desk) -> None:
    first = start(desk, "changed")
    refund, question = asked(desk)
    first.stop(signal.SIGKILL)
    desk.decide(question, "provided", data={"answer": "the second"})
    second = start(desk, "changed")
    desk.decide(refund, "approved", data={"approved": {"/arguments/euros": 15}})
    assert second.wait() == 0, second.output
    assert "paying 15 for A" in second.output
    assert "done paid 15 / the second" in second.output
    third = start(desk, "changed")
    assert third.wait() == 0, third.output
    assert "paying" not in first.output + third.output


@pytest.mark.parametrize(("how", "told"), [("rejected", "not theirs"), ("expired", "expired"), ("canceled", "canceled")])
def test_nothing_is_paid_that_was_not_approved(desk: Desk, how: str, told: str) -> None:
    program = start(desk, how, WITHIN_SECONDS="5" if how == "expired" else "600")
    refund, question = asked(desk)
    desk.decide(question, "provided", data={"answer": "the first"})
    if how == "rejected":
        desk.decide(refund, "rejected", comment="not theirs")
    elif how == "canceled":
        desk.decide_in_vain(refund)
        desk.cancel(refund)
        desk.decide(refund, "approved", status=409)
    assert program.wait() == 0, program.output
    assert told in program.output
    assert "paying" not in program.output
