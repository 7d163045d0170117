"""The OpenAI Agents SDK itself, with a fake model: a call runs when people approved this call, and not otherwise."""

import signal
from typing import Any

import pytest

from tests.acceptance.processes import Process
from tests.adapters import frameworks
from tests.adapters.conftest import Desk

pytestmark = frameworks.marks("openai-agents")


def start(desk: Desk, run: str, **variables: str) -> Process:
    return desk.start(frameworks.python("openai-agents"), "openai_refunds", run, **variables)


def two(desk: Desk) -> list[dict[str, Any]]:
    tasks = desk.all_asked("Call refund?", 2)
    return sorted(tasks, key=lambda task: str(desk.payload(task)["arguments"]["order"]))


def test_a_run_that_is_killed_goes_on_with_answers_that_came_in_reverse(desk: Desk) -> None:
    first = start(desk, "killed")
    of_a, of_b = two(desk)
    first.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected", comment="never bought")
    second = start(desk, "killed")
    desk.decide(of_a, "approved")
    assert second.wait() == 0, second.output
    assert "done paid 40 for A / never bought" in second.output
    third = start(desk, "killed")
    assert third.wait() == 0, third.output
    assert "paying" not in first.output + third.output


@pytest.mark.parametrize("how", ["expired", "canceled"])
def test_nothing_is_paid_that_nobody_approved(desk: Desk, how: str) -> None:
    program = start(desk, how, WITHIN_SECONDS="5" if how == "expired" else "600")
    of_a, of_b = two(desk)
    desk.decide(of_b, "approved")
    if how == "canceled":
        desk.cancel(of_a)
    assert program.wait() == 0, program.output
    assert f"Nobody approved this call: {how}" in program.output
    assert "paying 40 for B" in program.output
    assert "for A" not in program.output.replace("paid 40 for A", "")
