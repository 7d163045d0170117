"""Who may send to whom, of what is sent by a key that speaks as another agent, later than its request."""

import pytest

from intents.accounts.models import Workspace
from intents.engine.models import Intent
from intents.kernel.actors import Scope
from tests.callers import Answer, Caller, KeyCaller, PersonCaller, make_machine
from tests.intents.scenario_runs import CHECK, SIGN, bundle, decide, states
from tests.intents.test_receiving import POLICY, held


def run_again(by: Caller, intent_id: str) -> Answer:
    return by.post(f"/operations/intents/{intent_id}/run-again", {"reason": "once more"})


@pytest.fixture
def under_another_name(workspace: Workspace, machine: KeyCaller, worker: KeyCaller) -> KeyCaller:
    """A key that the agent order-service takes nothing from, whose agent may speak for others."""
    many = make_machine(workspace, "shop", Scope.WORKSPACE)
    machine.put(POLICY, {"policy_type": "denylist"}).ok()
    machine.post(f"{POLICY}/entries", {"sender_pattern": "shop"}).ok()
    return many


def test_who_is_denied_sends_nothing_by_steps_of_a_run(
    machine: KeyCaller, alice: PersonCaller, under_another_name: KeyCaller
) -> None:
    applied = under_another_name.post("/scenarios/apply", bundle(CHECK), x_owner_agent="front").ok()
    run = machine.intent(applied["intent_id"])
    assert (run["from_agent"], run["status"]) == ("agent://myorg/production/front", "FAILED")
    assert "may not send to order-service" in str(machine.get(f"/intents/{run['intent_id']}/events").ok())
    again = run_again(alice, run["intent_id"]).ok()["rerun_as_intent_id"]
    assert machine.intent(again)["status"] == "FAILED"
    machine.put(POLICY, {"policy_type": "open"}).ok()
    allowed = run_again(alice, again).ok()["rerun_as_intent_id"]
    assert machine.intent(allowed)["status"] == "WAITING"
    assert Intent.objects.filter(parent_id=allowed, sender="front").exists()


def test_a_run_that_goes_on_is_held_against_who_began_it(
    machine: KeyCaller, bob: PersonCaller, under_another_name: KeyCaller
) -> None:
    steps = (SIGN | {"on_success": "check"}, CHECK)
    applied = under_another_name.post("/scenarios/apply", bundle(*steps), x_owner_agent="front").ok()
    decide(bob, applied["intent_id"])
    assert states(applied["intent_id"]) == [("sign", "succeeded"), ("check", "failed")]


def test_who_was_denied_meanwhile_is_not_run_again_under_another_name(
    machine: KeyCaller, alice: PersonCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    many = make_machine(workspace, "shop", Scope.WORKSPACE)
    one = {"intent_type": "a.b.v1", "to_agent": "order-service"}
    sent = many.post("/intents", one, x_owner_agent="front").ok()["intent_id"]
    many.post(f"/intents/{sent}/resolve", {"status": "CANCELED", "reason": "too early"}, x_owner_agent="front").ok()
    machine.put(POLICY, {"policy_type": "denylist"}).ok()
    machine.post(f"{POLICY}/entries", {"sender_pattern": "shop"}).ok()
    held(run_again(alice, sent), "policy", "denylist")
