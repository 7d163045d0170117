"""Every invariant of runs can be broken, and is found to be."""

import pytest

from intents.engine.invariants import findings
from intents.scenarios.invariants import RULES
from tests.callers import KeyCaller
from tests.intents.scenario_runs import CHECK, apply, finish
from tests.intents.test_invariants import tampering

BREAKS: dict[str, str] = {
    "a run that is not over waits at one step": "DELETE FROM intents_runstep WHERE state = 'running'",
    "a run that completed is at no step": "UPDATE intents_runstep SET state = 'running' WHERE state = 'succeeded'",
    "a step that is over says when, and how it ended": "UPDATE intents_runstep SET ended_at = NULL WHERE result IS NOT NULL",
    "the intent that does a step is a child of its run": "UPDATE intents_runstep SET child_id = run_id",
    "a run, its steps and its version are of one workspace": "UPDATE intents_runstep SET workspace_id = gen_random_uuid()",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_invariant_of_runs_is_found(machine: KeyCaller, worker: KeyCaller, rule: str) -> None:
    apply(machine, CHECK)
    finish(worker)
    apply(machine, CHECK)
    assert findings() == []
    with tampering(BREAKS[rule]):
        assert rule in {finding.rule for finding in findings()}
