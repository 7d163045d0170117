"""A try of a draft: its steps one after the other in the order that a run would take, with nobody real.

Agents and approvers are simulated, and time passes at once. Nothing is stored and nobody is told anything, so no inbox,
figure, email or budget can know of it. Where a run goes on after a step is decided by the code that real runs go by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from intents.engine.lifecycle import Status
from intents.kernel import canonical
from intents.kernel.clock import LATEST, rfc3339
from intents.scenarios import kinds, progress, results
from intents.scenarios.compiling import AGENT
from intents.scenarios.kinds import Outcome, Rehearsed, Rehearses, Rehearsing, Succeeded
from intents.scenarios.models import StepState
from intents.scenarios.progress import Fails, Follows, Retries

MOST_STEPS = 200
"""Tries of steps that are shown; a longer run is cut there."""
MOST_BYTES = 16 * 1024
"""Of what a step is given that is kept of each of its tries; of more, the size is."""


@dataclass(slots=True)
class TriedStep:
    """A try of a step in a try of a draft."""

    number: int
    step_id: str
    kind: str
    attempt: int
    state: str
    started_at: datetime
    ended_at: datetime | None
    given: Any = None
    result: Any = None
    error: Any = None
    notes: list[dict[str, str]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """As it is kept."""
        ended_at = rfc3339(self.ended_at) if self.ended_at else None
        kept = {name: getattr(self, name) for name in self.__slots__}
        return kept | {"state": str(self.state), "started_at": rfc3339(self.started_at), "ended_at": ended_at}


@dataclass(slots=True)
class Rehearsal:
    """How a try went: the status that a run would have now. `ended_at` is None where it would wait on without end."""

    status: str
    started_at: datetime
    ended_at: datetime | None
    error: dict[str, Any] | None
    steps: list[TriedStep]

    def shown(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "status": str(self.status),
            "started_at": rfc3339(self.started_at),
            "ended_at": rfc3339(self.ended_at) if self.ended_at else None,
            "error": self.error,
            "steps": [one.shown() for one in self.steps],
        }


def answers(step: Mapping[str, Any]) -> Sequence[str]:
    """What whoever does a step of a program may be played to do, the usual first; nothing where nobody does it."""
    kind = kinds.of(step["kind"])
    return kind.answers(step) if isinstance(kind, Rehearses) else ()


def rehearse(*, program: Mapping[str, Any], run: Mapping[str, Any], played: Mapping[str, str], now: datetime) -> Rehearsal:
    """Try a program, of a document compiled without errors. `run` says what it is about, as applying takes it, and `played`
    by step what is done there: one of its `answers`, else the first."""
    return _Rehearsing(program, run, played, now).go()


class _Rehearsing:
    def __init__(self, program: Mapping[str, Any], run: Mapping[str, Any], played: Mapping[str, str], now: datetime) -> None:
        self.program, self.run, self.played = program, run, played
        self.began = self.now = now
        seconds = run["deadline_seconds"]
        self.deadline: datetime | None = run["deadline_at"] or (now + timedelta(seconds=seconds) if seconds else None)
        self.steps: list[TriedStep] = []
        self.at_once: set[str] = set()
        self.program_steps = {one["step_id"]: one for one in program["steps"]}

    def go(self) -> Rehearsal:
        step_id, attempt = self.program["entry"], 1
        while step := self.program_steps.get(step_id):
            if step_id in self.at_once:
                return self._over(Status.FAILED, progress.goes_in_a_circle(step_id).error)
            if len(self.steps) >= MOST_STEPS:
                return self._over(Status.FAILED, progress.is_too_long(step_id, MOST_STEPS).error)
            self.at_once.add(step_id)
            outcome = self._enter(step, attempt)
            if isinstance(outcome, Rehearsal):
                return outcome
            match progress.after(step, attempt, outcome):
                case Fails(error):
                    return self._over(Status.FAILED, error)
                case Retries(seconds):
                    attempt += 1
                    if self._passes(seconds) is not None:
                        return self._over(Status.TIMED_OUT)
                case Follows(following):
                    step_id, attempt = following, 1
        return self._over(Status.COMPLETED)

    def _enter(self, step: Mapping[str, Any], attempt: int) -> Outcome | Rehearsal:
        """How a try of a step ends, or the whole, where the run ends in it or waits on."""
        row = TriedStep(len(self.steps) + 1, step["step_id"], step["kind"], attempt, StepState.RUNNING, self.now, None)
        row.given = self._given(step)
        self.steps.append(row)
        done = self._rehearsed(step, attempt)
        if done.run_seconds is not None:
            until = self._in(done.run_seconds)
            self.deadline = min(until, self.deadline) if self.deadline else until
        ends = self._passes(done.seconds if done.outcome is not None else None)
        last = ends or self.now
        row.notes = [
            {"at": rfc3339(when), "what": what}
            for seconds, what in done.notes
            if (when := row.started_at + timedelta(seconds=seconds)) <= last or (what == "answered_late" and not ends)
        ]
        if ends is not None:
            return self._over(Status.TIMED_OUT)
        if done.outcome is None:
            return Rehearsal(Status.WAITING, self.began, None, None, self.steps)
        row.ended_at = self.now
        if isinstance(done.outcome, Succeeded):
            row.state, row.result = StepState.SUCCEEDED, done.outcome.result
        else:
            row.state, row.error = StepState.FAILED, done.outcome.error
        return done.outcome

    def _rehearsed(self, step: Mapping[str, Any], attempt: int) -> Rehearsed:
        kind = kinds.of(step["kind"])
        if not isinstance(kind, Rehearses):
            return Rehearsed(Succeeded())
        may = kind.answers(step)
        wanted = self.played.get(step["step_id"], "")
        played = wanted if wanted in may else next(iter(may), "")
        known = {"intent_id": "…", "scenario_id": self.program["scenario_id"], "step_id": step["step_id"]}
        reminding = {name: step[name] or self.run["defaults"].get(name) for name in _REMINDING}
        own = any(step[name] for name in _REMINDING)
        return kind.rehearse(
            Rehearsing(
                step={**step, **({} if own else reminding)},
                attempt=attempt,
                played=played,
                now=self.now,
                said=lambda text: kinds.filled(text, known),
            )
        )

    def _in(self, seconds: float) -> datetime:
        """So many seconds from now, but no later than times are set."""
        return min(self.now + timedelta(seconds=seconds), LATEST)

    def _passes(self, seconds: float | None) -> datetime | None:
        """Let time pass, None: without end. Returns when the run's time was over, if it was."""
        if seconds:
            self.at_once.clear()
        until = self._in(seconds) if seconds is not None else None
        if self.deadline is not None and (until is None or until >= self.deadline) and seconds != 0:
            self.now = max(self.deadline, self.now)
            return self.now
        if until is not None:
            self.now = until
        return None

    def _given(self, step: Mapping[str, Any]) -> Any:
        """What an agent would be handed, or people be asked."""
        if step["kind"] != AGENT:
            return _kept(step.get("human_task"))
        done = {one.step_id: one.result for one in self.steps if one.result is not None}
        last = {one.step_id: one for one in self.steps if one.ended_at is not None}
        errors = {step_id: one.error for step_id, one in last.items() if one.error is not None}
        payload = {"parent_payload": self.run["payload"], "step_id": step["step_id"]}
        return _kept(results.beside(payload | ({"input": step["input"]} if step["input"] is not None else {}), done, errors))

    def _over(self, status: Status, error: dict[str, Any] | None = None) -> Rehearsal:
        return Rehearsal(status, self.began, self.now, error, self.steps)


def _kept(given: Any) -> Any:
    """What is kept of what a step is given: each of up to MOST_STEPS tries has it once more."""
    size = len(canonical.dumps(given).encode())
    return given if size <= MOST_BYTES else {"omitted": True, "bytes": size}


_REMINDING = ("remind_after_seconds", "remind_interval_seconds", "max_reminders")
