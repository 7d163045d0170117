"""Documents that are odd, large or wrong on purpose: each is taken with one meaning, or refused by path."""

from typing import Any

import pytest

from intents.kernel import clock
from intents.scenarios.models import ScenarioVersion
from tests.callers import KeyCaller
from tests.intents.bundles import DO, SIGN, new

PAST = "2020-01-01T00:00:00Z"


def agent(**more: Any) -> dict[str, Any]:
    return {"role": "doer", "address": "edge-doer", "create_if_missing": True} | more


LATE: dict[str, tuple[dict[str, Any], str]] = {
    "a deadline that has passed": (
        new("a.b.c", [DO], intent={"type": "a.b.v1", "deadline_at": PAST}),
        "intent.deadline_at: this time has passed already",
    ),
    "a mode that is not there": (
        new("a.b.c", [DO], agents=[agent(delivery_mode="pigeon")]),
        "agents.0.delivery_mode: one of",
    ),
    "a URL that is none": (
        new("a.b.c", [DO], agents=[agent(delivery_mode="http", callback_url="ftp://x")]),
        "agents.0.callback_url: ",
    ),
    "an address of one letter": (new("a.b.c", [DO], agents=[agent(address="x")]), "agents.0.address: at least 2 characters"),
}
"""What compiles, and cannot begin."""


@pytest.mark.parametrize("what", LATE)
def test_validate_tells_what_apply_refuses(machine: KeyCaller, what: str) -> None:
    sent, line = LATE[what]
    told = machine.post("/scenarios/validate", sent).ok()
    assert (told["valid"], [one.startswith(line) for one in told["errors"]]) == (False, [True]), told
    refused = machine.post("/scenarios/apply", sent)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, line.partition(": ")[0])


def test_who_makes_no_agents_is_told_so_before(worker: KeyCaller) -> None:
    told = worker.post("/scenarios/validate", new("a.b.c", [DO], agents=[agent()])).ok()
    assert told["errors"] == ["agents.0: only an owner, an admin or a workspace key makes the agents that are missing"]


ODD: dict[str, list[dict[str, Any]]] = {
    "a step that comes after itself": [DO | {"on_success": "do"}],
    "steps in a circle that wait": [DO | {"on_success": "sign"}, SIGN | {"on_success": "do"}],
    "an id of other letters": [DO | {"step_id": "prüfen-検査-🙂"}],
    "a hundred steps": [DO | {"step_id": f"do-{number}"} for number in range(100)],
    "a delay of a year": [{"step_id": "cool", "runtime_type": "delay", "config": {"days": 365}}],
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_and_has_a_meaning_is_taken(machine: KeyCaller, what: str) -> None:
    applied = machine.post("/scenarios/apply", new("odd.demo.v1", ODD[what])).ok()
    assert machine.intent(applied["intent_id"])["status"] == "WAITING"


REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a thousand steps": ([DO | {"step_id": f"do-{number}"} for number in range(1000)], "workflow.steps: "),
    "an id that is nothing": ([DO | {"step_id": ""}], "workflow.steps.0.step_id: "),
    "an id of a hundred and one": ([DO | {"step_id": "x" * 101}], "workflow.steps.0.step_id: "),
    "a delay of a thousand years": (
        [{"step_id": "cool", "runtime_type": "delay", "config": {"days": 365_000}}],
        "workflow.steps.0.config.days: ",
    ),
    "a limit of no time": (
        [{"step_id": "limit", "runtime_type": "timeout", "config": {"seconds": 0}}, DO],
        "workflow.steps.0.config.seconds: ",
    ),
    "more retries than anybody waits for": (
        [DO | {"retry": {"max_retries": 10**9}}],
        "workflow.steps.0.retry.max_retries: ",
    ),
    "a failure that leads nowhere": (
        [DO | {"on_failure": "nowhere"}],
        "workflow.steps.0.on_failure: no step is called nowhere",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_meaning_is_refused_by_its_path(machine: KeyCaller, what: str) -> None:
    steps, line = REFUSED[what]
    told = machine.post("/scenarios/validate", new("odd.demo.v1", steps)).ok()
    assert any(one.startswith(line) for one in told["errors"]), told["errors"]
    assert machine.post("/scenarios/apply", new("odd.demo.v1", steps)).status == 422


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800"])
def test_an_id_that_no_database_keeps_is_refused(machine: KeyCaller, bad: str) -> None:
    answer = machine.post("/scenarios/apply", new("odd.demo.v1", [DO | {"step_id": bad}]))
    assert 400 <= answer.status < 500, answer.raw


def test_a_large_document_is_stored_once_for_all_its_runs_and_a_larger_one_refused(machine: KeyCaller) -> None:
    large, larger = (new("large.demo.v1", [DO], note="x" * size) for size in (700_000, 1_000_000))
    assert machine.post("/scenarios/apply", larger).code == "payload_too_large"
    assert machine.post("/scenarios/validate", large).ok()["valid"]
    for _ in range(2):
        machine.post("/scenarios/apply", large).ok()
    assert ScenarioVersion.objects.count() == 1


def test_a_step_of_an_intent_type_of_its_own_is_submitted_as_one(machine: KeyCaller) -> None:
    applied = machine.post(
        "/scenarios/apply", new("typed.demo.v1", [DO | {"intent_type": "thing.made.v2"}, DO | {"step_id": "b"}])
    )
    run = machine.get(f"/scenarios/runs/{applied.ok()['intent_id']}").ok()["run"]
    assert machine.intent(run["steps"][0]["child_intent_id"])["intent_type"] == "thing.made.v2"


def test_keys_of_agents_are_told_as_the_command_line_stores_them(machine: KeyCaller) -> None:
    (made,) = machine.post("/scenarios/apply", new("keys.demo.v1", [DO], agents=[agent()])).ok()["agents_provisioned"]
    assert {"address", "service_account_id", "key_id", "api_key", "created_at"} <= set(made)
    assert clock.moment("created_at", made["created_at"]) <= clock.now()
