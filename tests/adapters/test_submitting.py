"""Submitting to a pipeline and waiting for what it comes to, whoever is killed meanwhile."""

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


def pipeline(desk: Desk, *arguments: str, **variables: str) -> Process:
    return desk.start(sys.executable, "publish_pipeline", *arguments, **variables)


def submitted(desk: Desk, program: Process) -> str:
    return desk.ground.says(program, "submitted ").partition("submitted ")[2].split()[0]


def waits_for_the_crm(desk: Desk, intent_id: str) -> None:
    eventually(lambda: desk.intent(intent_id)["waiting_reason"] == "WAITING_FOR_TOOL", "it waits for the crm", SECONDS)


def test_who_waits_is_told_the_result_after_a_kill_of_anybody(desk: Desk) -> None:
    worker = pipeline(desk, "work")
    killed, stays = pipeline(desk, "submit", "R-1"), pipeline(desk, "submit", "R-1")
    intent_id = submitted(desk, killed)
    assert submitted(desk, stays) == intent_id
    waits_for_the_crm(desk, intent_id)
    killed.stop(signal.SIGKILL)
    worker.stop(signal.SIGKILL)
    desk.ground.start_server()
    again, worker_again = pipeline(desk, "submit", "R-1"), pipeline(desk, "work")
    desk.done("crm", "R-1", customers=7)
    for program in (stays, again):
        assert program.wait() == 0, (program.output, worker_again.output)
        assert "done {'customers': 7, 'sum': 12}" in program.output
    assert "from None" in worker.output
    assert "from {'loaded': 3}" in worker_again.output
    told = desk.http.get(f"/v1/intents/{intent_id}/events").json()["events"]
    percents = [one["details"]["percent"] for one in told if "percent" in (one["details"] or {})]
    # What is told is told again where the function begins anew.
    assert percents == [10, 10, 90]
    checks.nothing_is_broken(desk.ground.site)


def test_who_waits_is_told_that_there_is_no_result(desk: Desk) -> None:
    impatient = pipeline(desk, "submit", "late", WITHIN_SECONDS="1")
    assert impatient.wait() != 0
    assert "Expired" in impatient.output
    program = pipeline(desk, "submit", "canceled")
    intent_id = submitted(desk, program)
    desk.http.post(
        f"/v1/intents/{intent_id}/resolve", json={"status": "CANCELED", "reason": "not needed"}
    ).raise_for_status()
    assert program.wait() != 0
    assert "the intent is CANCELED" in program.output
    assert "done {" not in (impatient.output + program.output).replace("done {await", "")
