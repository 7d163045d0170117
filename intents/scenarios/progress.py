"""Where a run goes on after a step: what runs do, and tries of drafts."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from intents.scenarios.kinds import Outcome, Step, Succeeded

MOST_STEPS = 1000
"""So many tries of steps a run may have: one that goes in a circle ends."""


class Retries(NamedTuple):
    """The step is tried again, so many seconds later."""

    after_seconds: float


class Follows(NamedTuple):
    """The step that a run goes on at; of no step, it is over."""

    step_id: str | None


class Fails(NamedTuple):
    """The run failed."""

    error: dict[str, Any]


Next: TypeAlias = Retries | Follows | Fails


def after(step: Step, attempt: int, outcome: Outcome) -> Next:
    """What comes after the try `attempt` of a step that ended so."""
    if isinstance(outcome, Succeeded):
        return Follows(step["on_success"])
    if outcome.retryable and attempt <= step["max_retries"]:
        return Retries(step["retry_delay_seconds"])
    if step["on_failure"]:
        return Follows(step["on_failure"])
    return Fails(outcome.error | {"step_id": step["step_id"]})


def goes_in_a_circle(step_id: str) -> Fails:
    """A run that came back to a step without having waited: it would go the same way again."""
    message = "the run came back to a step without waiting between"
    return Fails({"code": "step_limit", "message": message, "step_id": step_id})


def is_too_long(step_id: str, most: int = MOST_STEPS) -> Fails:
    """A run that went through as many steps as it may."""
    return Fails({"code": "step_limit", "message": f"the run went through {most} steps", "step_id": step_id})


def completed(scenario_id: str, results: Mapping[str, Any]) -> dict[str, Any]:
    """What the result of a run says beside what its steps ended with."""
    told: dict[str, Any] = {"scenario_id": scenario_id}
    outcomes = [one["outcome"] for one in results.values() if isinstance(one.get("outcome"), str)]
    return told | ({"outcome": outcomes[-1]} if outcomes else {})
