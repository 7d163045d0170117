"""The Microsoft Agent Framework itself, with a fake model: agents whose tools people approve, and a workflow that asks."""

import signal
from pathlib import Path

import pytest

from tests.adapters import frameworks
from tests.adapters.conftest import Desk
from tests.adapters.frameworks import Start

pytestmark = frameworks.marks("agent-framework")


@pytest.fixture
def start(desk: Desk, tmp_path: Path) -> Start:
    return frameworks.example("agent-framework", "agent_framework_refunds", desk, tmp_path / "checkpoints")


def test_an_agent_and_a_workflow_that_are_killed_go_on_with_answers_in_reverse(desk: Desk, start: Start) -> None:
    first = start("killed")
    of_a, of_b = desk.refunds()
    first.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected", comment="never bought")
    second = start("killed")
    desk.decide(of_a, "approved")
    how_much, whether = desk.asked("How much for C?"), desk.asked("Refund C?")
    assert "said paid 40 for A / Error: Tool call invocation was rejected by user." in second.output
    assert "refund was refused: never bought" in second.output
    second.stop(signal.SIGKILL)
    desk.decide(whether, "rejected")
    third = start("killed")
    desk.decide(how_much, "provided", data={"answer": 25})
    assert third.wait() == 0, third.output
    assert "25 euros" in third.output
    assert "'no'" in third.output
    assert "for B" not in (first.output + second.output).replace("paid 40 for B", "")
    assert "paying" not in first.output + third.output


def test_a_call_that_was_approved_with_other_arguments_is_refused_as_it_cannot_be_changed(desk: Desk, start: Start) -> None:
    program = start("changed")
    of_a, of_b = desk.refunds()
    desk.decide(of_a, "approved", data={"approved": {"/arguments/euros": 25}})
    desk.decide(of_b, "approved")
    desk.decide(desk.asked("Refund C?"), "rejected")
    desk.decide(desk.asked("How much for C?"), "provided", data={"answer": 25})
    assert program.wait() == 0, program.output
    assert "refund was refused: It was approved with other values" in program.output
    assert "paying 40 for B" in program.output
    assert "for A" not in program.output


@pytest.mark.parametrize("how", ["expired", "canceled"])
def test_nothing_is_done_that_nobody_approved(desk: Desk, start: Start, how: str) -> None:
    program = start(how, WITHIN_SECONDS="6" if how == "expired" else "600")
    of_a, of_b = desk.refunds()
    desk.decide(of_b, "approved")
    if how == "canceled":
        desk.decide_in_vain(of_a)
        desk.cancel(of_a)
        desk.cancel(desk.asked("Refund C?"))
        desk.decide(desk.asked("How much for C?"), "provided", data={"answer": 25})
    assert program.wait() != 0
    desk.decide(of_a, "approved", status=409)
    assert f"Nobody approved refund: {how}" in program.output
    assert f"the question was not answered: {how}" in program.output
    assert "paying 40 for B" in program.output
    assert "paying 40 for A" not in program.output
