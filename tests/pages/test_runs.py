"""The page of a run of a scenario: what its steps did, and going on from one of them."""

from datetime import datetime
from typing import Any

import pytest

from intents.scenarios.models import RunStep
from tests.callers import KeyCaller, PersonCaller
from tests.intents.scenario_runs import CHECK, MEND, apply, finish, states
from tests.intents.waiting import handed, look
from tests.pages.browser import Browser


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def failed_at_the_second(machine: KeyCaller, worker: KeyCaller, **more: Any) -> str:
    run = apply(machine, CHECK | {"description": "Check the stock"}, MEND, **more)
    finish(worker, in_stock=41)
    work = handed(worker)
    worker.post(f"/intents/{work['intent_id']}/fail", {"error": {"code": "no_glue", "message": "No glue is left"}}).ok()
    look()
    return run


def test_the_page_shows_each_step_with_its_input_output_and_error(
    machine: KeyCaller, worker: KeyCaller, olgas: Browser
) -> None:
    run = failed_at_the_second(machine, worker)
    shown = olgas.get(f"/operations/runs/{run}").text
    for text in ("Fulfil an order", "Check the stock", "in_stock", "41", "No glue is left", "version 1", "parent_payload"):
        assert text in shown, text


def test_a_run_goes_on_from_a_step_and_what_was_done_stays_done(
    machine: KeyCaller, worker: KeyCaller, olgas: Browser
) -> None:
    run = failed_at_the_second(machine, worker)
    assert "Retry from here" in olgas.get(f"/operations/runs/{run}").text
    olgas.post(f"/operations/runs/{run}/retry", {"step_id": "mend", "reason": "glue is here"})
    again = str(RunStep.objects.exclude(run_id=run).values_list("run_id", flat=True)[0])
    assert states(again) == [("check", "reused"), ("mend", "running")]
    assert finish(worker)["payload"]["results"] == {"check": {"in_stock": 41}}
    assert machine.intent(again)["status"] == "COMPLETED"
    shown = olgas.get(f"/operations/runs/{run}").text
    assert again in shown
    assert "Retry from here" not in shown


def test_a_run_that_goes_on_has_as_long_as_the_first_had(machine: KeyCaller, worker: KeyCaller, olgas: Browser) -> None:
    run = failed_at_the_second(machine, worker, durability={"deadline_seconds": 3600})
    olgas.post(f"/operations/runs/{run}/retry", {"step_id": "mend", "reason": "glue is here"})
    again = machine.intent(str(RunStep.objects.exclude(run_id=run).values_list("run_id", flat=True)[0]))
    lasts = datetime.fromisoformat(again["deadline_at"]) - datetime.fromisoformat(again["created_at"])
    assert abs(lasts.total_seconds() - 3600) < 10
