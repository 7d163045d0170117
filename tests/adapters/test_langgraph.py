"""LangGraph itself, with an agent of LangChain whose model is a fake: what people say reaches its tools, or nothing does."""

import signal
from pathlib import Path

import pytest

from tests.adapters import frameworks
from tests.adapters.conftest import Desk
from tests.adapters.frameworks import Start

pytestmark = frameworks.marks("langgraph")


@pytest.fixture
def start(desk: Desk, tmp_path: Path) -> Start:
    return frameworks.example("langgraph", "langgraph_refunds", desk, tmp_path / "refunds.sqlite")


@pytest.mark.parametrize("mode", ["batched", "per_call"])
def test_a_graph_that_is_killed_goes_on_with_answers_that_came_in_reverse(desk: Desk, start: Start, mode: str) -> None:
    first = start(mode, INTERRUPT_MODE=mode)
    of_a, of_b = desk.refunds()
    first.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected", comment="never bought")
    second = start(mode, INTERRUPT_MODE=mode)
    desk.decide(of_a, "approved", data={"approved": {"/arguments/euros": 25}})
    assert second.wait() == 0, second.output
    assert "paying 25 for A" in second.output
    assert "never bought" in second.output
    assert "for B" not in first.output + second.output
    third = start(mode, INTERRUPT_MODE=mode)
    assert third.wait() == 0, third.output
    assert "paying" not in third.output


def test_nothing_is_paid_when_nobody_answers_in_time_or_the_question_is_canceled(desk: Desk, start: Start) -> None:
    program = start("late", WITHIN_SECONDS="4")
    of_a, of_b = desk.refunds()
    desk.decide(of_a, "approved")
    assert program.wait() != 0
    assert "Unanswered" in program.output
    canceled = start("canceled")
    of_a, of_b = desk.refunds()
    desk.cancel(of_b)
    desk.decide(of_a, "approved")
    assert canceled.wait() != 0
    assert "paying" not in program.output + canceled.output
