"""Google ADK itself, with a fake model: its app resumes with what people said of each call."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.processes import ROOT
from tests.adapters import frameworks
from tests.adapters.conftest import Desk
from tests.adapters.frameworks import Start

pytestmark = frameworks.marks("google-adk")

ADAPTERS = str(ROOT / "adapters")


@pytest.fixture
def start(desk: Desk, tmp_path: Path) -> Start:
    # Its first call imports much, and no lease is renewed meanwhile.
    usual = {"AXME_LEASE_SECONDS": "30"}
    return frameworks.example("google-adk", "google_adk_refunds", desk, tmp_path / "refunds.sqlite", **usual)


def test_an_app_that_is_killed_goes_on_with_answers_that_came_in_reverse(desk: Desk, start: Start) -> None:
    first = start("killed")
    refund, write_off = desk.asked("Call refund?"), desk.asked("Call write_off?")
    first.stop(signal.SIGKILL)
    desk.decide(write_off, "approved")
    second = start("killed")
    desk.decide(refund, "approved", data={"approved": {"/confirmation/euros": 25}})
    assert second.wait() == 0, second.output
    assert "done paid 25 for A / wrote off 40 of A" in second.output
    third = start("killed")
    assert third.wait() == 0, third.output
    assert "done paid 25 for A / wrote off 40 of A" in third.output
    assert "paying" not in first.output + third.output


@pytest.mark.parametrize("how", ["rejected", "expired", "canceled", "changed"])
def test_nothing_is_done_that_nobody_approved(desk: Desk, start: Start, how: str) -> None:
    program = start(how, WITHIN_SECONDS="8" if how == "expired" else "600")
    state = "expired" if how == "expired" else "undecided"  # which it may be before anybody looks
    refund, write_off = desk.asked("Call refund?", state), desk.asked("Call write_off?", state)
    told = f"Nobody approved this call: {how}."
    if how == "rejected":
        told = "never bought"
        desk.decide(refund, "rejected", comment=told)
        desk.decide(write_off, "rejected", comment=told)
    elif how == "canceled":
        for task in (refund, write_off):
            desk.decide_in_vain(task)
            desk.cancel(task)
            desk.decide(task, "approved", status=409)
    elif how == "changed":  # which of its arguments it cannot be
        told = "It was approved with other values, which cannot be given here."
        desk.decide(refund, "rejected", comment=told)
        desk.decide(write_off, "approved", data={"approved": {"/arguments/euros": 25}})
    assert program.wait() == 0, program.output
    assert f"done not refunded: {told} / This tool call is rejected." in program.output
    assert "paying" not in program.output
    assert "writing" not in program.output


def test_an_app_that_dies_between_two_of_its_agents_goes_on_with_the_second(desk: Desk) -> None:
    python = frameworks.python("google-adk")
    program = desk.ground.run("stopped", [python, str(Path(__file__).parent / "google_adk_stopped.py")], PYTHONPATH=ADAPTERS)
    assert program.wait() == 0, program.output
    assert program.output.count("done second") == 2
    assert program.output.count("asked second") == 1
