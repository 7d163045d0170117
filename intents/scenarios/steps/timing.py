"""Steps about time: waiting for it, and limiting it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from intents.engine.events import Pending
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.services.deadline import set_deadline
from intents.engine.services.parking import wait_of
from intents.engine.services.transitions import Move
from intents.engine.waits import Timeout
from intents.kernel import clock
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField
from intents.scenarios.kinds import (
    Compiling,
    ConfigField,
    Entered,
    Outcome,
    Rehearsed,
    Rehearsing,
    Resumed,
    Step,
    StepPosition,
    Succeeded,
    Waits,
    seconds,
)

EARLIEST = 1970
"""The year that times begin with, as in other fields."""


class DelayStep:
    """Waits for so long, or until a time: `{"seconds": 30}`, `{"until": "2030-01-31T09:00:00Z"}`."""

    name = "delay"
    instant = False
    writes = False
    fields = (ConfigField("seconds", "length"), ConfigField("until"))

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        place, config = at.config(raw)
        moment = config.get("until")
        if moment is None:
            return {"seconds": seconds(config, place, least=0), "until": None}
        if clock.moment(f"{place}.until", moment).year < EARLIEST:
            raise InvalidField(f"{place}.until", f"not before the year {EARLIEST}")
        return {"seconds": None, "until": moment}

    def enter(self, position: StepPosition) -> Entered:
        step, now = position.step, position.now
        due_at = datetime.fromisoformat(step["until"]) if step["until"] else now + timedelta(seconds=step["seconds"])
        if due_at <= now:
            return Succeeded({"due_at": rfc3339(due_at)})
        return Waits(until(position, due_at, {"step_id": step["step_id"]}))

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return Succeeded(dict(resumed.resume))

    def answers(self, step: Step) -> Sequence[str]:
        return ()

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        due_at = datetime.fromisoformat(at.step["until"]) if at.step["until"] else None
        lasts = max(0.0, (due_at - at.now).total_seconds()) if due_at else at.step["seconds"]
        return Rehearsed(Succeeded({"due_at": rfc3339(at.now + timedelta(seconds=lasts))}), lasts)


class TimeoutStep:
    """Gives the rest of the run so long: it is TIMED_OUT when it is not over by then. The run goes on at once."""

    name = "timeout"
    instant = True
    writes = True
    fields = (ConfigField("seconds", "length"),)

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        place, config = at.config(raw)
        return {"seconds": seconds(config, place)}

    def enter(self, position: StepPosition) -> Entered:
        intent = position.intent
        due_at = position.now + timedelta(seconds=position.step["seconds"])
        if intent.deadline_at is None or due_at < intent.deadline_at:
            set_deadline(intent=intent, deadline_at=due_at, now=position.now)
            intent.save(update_fields=["deadline_at"])
        assert intent.deadline_at is not None
        return Succeeded({"deadline_at": rfc3339(intent.deadline_at)})

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return Succeeded()

    def answers(self, step: Step) -> Sequence[str]:
        return ()

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        lasts = at.step["seconds"]
        return Rehearsed(Succeeded({"deadline_at": rfc3339(at.now + timedelta(seconds=lasts))}), run_seconds=lasts)


def until(position: StepPosition, due_at: datetime, details: dict[str, Any]) -> Move:
    """How a run comes to wait for a time."""
    told = {"due_at": rfc3339(due_at)} | details
    timeout = Timeout(at=due_at)
    wait = wait_of(intent=position.intent, reason=WaitReason.TIME, spec=told, timeout=timeout, now=position.now)
    pending = Pending("internal", "time")
    return Move(intent=position.intent, to=Status.WAITING, wait=wait, details=told, pending=pending)
