"""The OpenAI Agents SDK itself, with a fake model: a call runs when people approved this call, and not otherwise."""

import signal

import pytest

from tests.adapters import frameworks
from tests.adapters.conftest import Desk
from tests.adapters.frameworks import Start

pytestmark = frameworks.marks("openai-agents")


@pytest.fixture
def start(desk: Desk) -> Start:
    return frameworks.example("openai-agents", "openai_refunds", desk)


def test_a_run_that_is_killed_goes_on_with_answers_that_came_in_reverse(desk: Desk, start: Start) -> None:
    first = start("killed")
    of_a, of_b = desk.refunds()
    first.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected", comment="never bought")
    second = start("killed")
    desk.decide(of_a, "approved")
    assert second.wait() == 0, second.output
    assert "done paid 40 for A / never bought" in second.output
    third = start("killed")
    assert third.wait() == 0, third.output
    assert "paying" not in first.output + third.output


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("expired", "Nobody approved this call: expired"),
        ("canceled", "Nobody approved this call: canceled"),
        ("changed", "approved with other values"),
    ],
)
def test_nothing_is_paid_that_nobody_approved(desk: Desk, start: Start, how: str, told: str) -> None:
    program = start(how, WITHIN_SECONDS="5" if how == "expired" else "600")
    of_a, of_b = desk.refunds()
    desk.decide(of_b, "approved")
    if how == "canceled":
        desk.decide_in_vain(of_a)
        desk.cancel(of_a)
    elif how == "changed":  # to which the SDK has no way
        desk.decide(of_a, "approved", data={"approved": {"/arguments/euros": 25}})
    assert program.wait() == 0, program.output
    if how != "changed":
        desk.decide(of_a, "approved", status=409)
    assert told in program.output
    assert "paying 40 for B" in program.output
    assert "for A" not in program.output.replace("paid 40 for A", "")
