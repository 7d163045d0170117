"""Steps that an agent does: a child intent each, which the run waits for."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, Status
from intents.engine.selectors import lock_many
from intents.engine.services.submission import Submission
from intents.engine.services.transitions import Move, move_many
from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.scenarios import compiling, results
from intents.scenarios.kinds import (
    Compiling,
    Entered,
    Failed,
    Outcome,
    Rehearsed,
    Rehearsing,
    Resumed,
    Step,
    StepPosition,
    Submits,
    Succeeded,
)

TIMED_OUT = "step_timeout"
MOST_ATTEMPTS = 2**31 - 1
DOES, FAILS, FAILS_ONCE, SILENT = "does", "fails", "fails_once", "silent"
"""What a simulated agent does in a try."""
TAKES_SECONDS = 60


class AgentStep:
    """A step of an agent. It gets the run's payload as `parent_payload`, and the `results` of the steps before."""

    name = compiling.AGENT
    instant = False
    writes = False

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        assigned = raw.get("assigned_to") or next(iter(at.agents))
        agent = at.agents.get(assigned) or {"address": assigned}
        if assigned not in at.agents:
            compiling.ensure_agents_address(assigned, at.actor)
        attempts = (raw.get("policy") or {}).get("max_delivery_attempts")
        if attempts is not None and (type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS):
            raise InvalidField(at.at("policy.max_delivery_attempts"), "must be a whole number, 1 or more")
        return {
            "to_agent": agent["address"],
            "role": assigned,
            "intent_type": raw.get("intent_type"),
            "input": raw.get("input"),
            "max_delivery_attempts": attempts,
        }

    def enter(self, position: StepPosition) -> Entered:
        return Submits(lambda payload: _submission(position, payload))

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        child_id = position.row.child_id
        if resumed.by_hand and child_id is not None:
            _cancel(position, child_id)
            return Succeeded(dict(resumed.resume))
        told = (resumed.resume.get("results") or {}).get(str(child_id))
        return _outcome(told) if told else None

    def answers(self, step: Step) -> Sequence[str]:
        return (DOES, FAILS, *([FAILS_ONCE] if step["max_retries"] else []), SILENT)

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        limit = at.step["deadline_seconds"]
        if at.played == SILENT:
            return Rehearsed(_outcome({"status": Status.TIMED_OUT}) if limit else None, limit or 0)
        takes = min(TAKES_SECONDS, limit / 2) if limit else TAKES_SECONDS
        if at.played == FAILS or (at.played == FAILS_ONCE and at.attempt == 1):
            error = {"code": "step_failed", "message": "the simulated agent failed"}
            return Rehearsed(_outcome({"status": Status.FAILED, "error": error}), takes)
        done = {"simulated": True, "step_id": at.step["step_id"]}
        return Rehearsed(_outcome({"status": Status.COMPLETED, "result": done}), takes)


def _submission(position: StepPosition, parent_payload: Any) -> Submission:
    intent, step = position.intent, position.step
    limit = step["deadline_seconds"]
    return Submission(
        # Programs of before steps could have one name none.
        intent_type=step.get("intent_type") or intent.intent_type,
        to_agent=step["to_agent"],
        payload=canonical.sized(_payload(position, parent_payload), "payload"),
        correlation_id=intent.correlation_id,
        deadline_at=position.now + timedelta(seconds=limit) if limit else None,
        max_delivery_attempts=step["max_delivery_attempts"] or position.defaults.get("max_delivery_attempts"),
        parent_id=intent.id,
        told={"step_id": step["step_id"]},
    )


def _payload(position: StepPosition, parent_payload: Any) -> dict[str, Any]:
    payload = {
        "parent_payload": parent_payload,
        "scenario_id": position.program["scenario_id"],
        "run_id": str(position.intent.id),
        "step_id": position.step["step_id"],
    }
    if position.step["input"] is not None:
        payload["input"] = position.step["input"]
    return results.beside(payload, position.loaded.results(), position.loaded.errors())


def _outcome(told: Mapping[str, Any]) -> Outcome:
    """What the end of a child says of its step."""
    status = told["status"]
    if status == Status.COMPLETED:
        return Succeeded(told.get("result") or {})
    error = dict(told.get("error") or {})
    if status == Status.TIMED_OUT:
        return Failed(error | {"code": TIMED_OUT, "message": "the step was not done in time"})
    if status == Status.CANCELED:
        return Failed({"code": "canceled", "message": str(told.get("reason") or "the step was canceled")})
    return Failed({"code": "step_failed", "message": str(error.get("reason") or "the step failed")} | error)


def _cancel(position: StepPosition, child_id: UUID) -> None:
    """End a child whose step somebody else has done."""
    child = lock_many([child_id]).intents.get(child_id)
    if child is not None and child.status not in TERMINAL:
        reason = {"reason": "its step was done by hand"}
        move_many(moves=[Move(intent=child, to=Status.CANCELED, details=reason)], actor=position.by, now=position.now)
