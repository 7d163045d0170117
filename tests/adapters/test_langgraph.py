"""LangGraph itself, with an agent of LangChain whose model is a fake: what people say reaches its tools, or nothing does."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import ROOT
from tests.adapters import frameworks
from tests.adapters.conftest import Desk
from tests.adapters.frameworks import Start

pytestmark = frameworks.marks("langgraph")


@pytest.fixture
def start(desk: Desk, tmp_path: Path) -> Start:
    return frameworks.example("langgraph", "langgraph_refunds", desk, tmp_path / "refunds.sqlite")


def told_by(program: str) -> Any:
    """What a program beside this file prints."""
    command = [frameworks.python("langgraph"), str(Path(__file__).parent / f"{program}.py")]
    run = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "adapters")}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


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
    desk.decide_in_vain(of_b)
    desk.cancel(of_b)
    desk.decide(of_b, "approved", status=409)
    desk.decide(of_a, "approved")
    assert canceled.wait() != 0
    assert "paying" not in program.output + canceled.output


def test_each_form_in_which_a_graph_asks_is_answered_as_it_reads_it() -> None:
    """That of Agent Inbox, alone and in a list, and both of LangChain's middleware. Answering for a tool refuses nothing, an
    empty answer is none."""
    found = told_by("langgraph_forms")
    edited = {"order": "A", "euros": 25}
    inbox = {
        "approved": {"type": "accept", "args": None},
        "edited": {"type": "edit", "args": {"action": "refund", "args": edited}},
        "rejected": {"type": "ignore", "args": "never bought"},
        "responded": {"type": "response", "args": "ask again tomorrow"},
    }
    call = {
        "approved": {"type": "approve"},
        "edited": {"type": "edit", "edited_action": {"name": "refund", "args": edited}},
        "rejected": {"type": "reject", "message": "never bought"},
        "responded": {"type": "respond", "message": "ask again tomorrow"},
    }
    for form, answers in (
        ("inbox", inbox),
        ("inbox list", {what: [told] for what, told in inbox.items()}),
        ("per call", call),
        ("middleware", {what: {"decisions": [told, told]} for what, told in call.items()}),
    ):
        assert found[form] == answers | dict.fromkeys(("responded with nothing", "expired"), "unanswered"), form


def test_questions_of_one_node_are_put_one_by_one_in_forms_of_their_schemas() -> None:
    """Each gets its own answer, though a node runs again from its beginning."""
    found = told_by("langgraph_questions")
    amount, *others = found["asked"]
    assert amount[1]["properties"]["euros"]["type"] == "integer"
    text = {"type": "object", "properties": {"answer": {"type": "string", "minLength": 1}}, "required": ["answer"]}
    assert (amount[0], others) == ("How much?", [["Pay?", None], ["Really?", None], ["Why?", text]])
    assert found["said"] == [25, True, False, "broken"]
