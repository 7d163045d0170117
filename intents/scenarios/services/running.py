"""Carrying runs on: one step after the other, each in the transaction that ended the one before.

A run waits by its intent, for a child, people or a time. What ends the wait locks the intent, ends the step and begins the
next; so a crash leaves the run at a step, with its wait, and nothing that ended begins again. Runs that go on together
share their statements (`batching`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from intents.accounts import stops
from intents.accounts.stops import AgentStopped, WorkspaceStopped
from intents.engine.continuations import Satisfied
from intents.engine.lifecycle import Status
from intents.engine.models import Intent, IntentEvent, WaitState
from intents.engine.services.parking import resumption
from intents.engine.services.transitions import Move
from intents.kernel import canonical, failpoints
from intents.kernel.actors import Actor, Person, System, Tenant
from intents.kernel.errors import DomainError
from intents.scenarios import kinds, progress, results, selectors
from intents.scenarios.kinds import Asks, Entered, Failed, Outcome, Resumed, StepPosition, Submits, Succeeded, Waits
from intents.scenarios.models import RunStep, ScenarioRun, StepState
from intents.scenarios.progress import Fails, Follows, Retries
from intents.scenarios.selectors import Loaded
from intents.scenarios.services.batching import RUNNER, Batch
from intents.scenarios.steps.timing import until

SOONEST, LATEST = timedelta(seconds=15), timedelta(minutes=10)
"""How soon a step of what is stopped is tried again, and how late: after as long as it has waited."""


class ScenarioCarrier:
    """Carries runs of scenarios on: the engine's `continuations.Carrier`."""

    def carry_on(
        self, satisfied: Sequence[Satisfied], *, actor: Actor, now: datetime, state: WaitState
    ) -> list[IntentEvent]:
        """End the steps that these runs were at, and go on."""
        loaded = selectors.runs([one.intent.id for one in satisfied])
        batch = Batch(now)
        batch.move(*[resumption(satisfied=one, actor=actor, state=state) for one in satisfied])
        if state is not WaitState.SATISFIED:
            # What people were asked in vain is closed before they are asked something else.
            batch.flush()
        going = {one.intent.id: _Going(one.intent, loaded[one.intent.id], batch) for one in satisfied}
        for one in satisfied:
            going[one.intent.id].resumed(one, by_hand=not isinstance(actor, System))
            failpoints.hit("mid_batch")
        _finish(going, batch)
        return [batch.resumed[one.intent.id] for one in satisfied]

    def begin_again(self, *, intent: Intent, former: Intent, actor: Person, now: datetime) -> None:
        """Begin the version that a run was of once more, at its first step."""
        before = selectors.runs([former.id])[former.id]
        self.begin(run=before.run.another(intent), like=before, intent=intent, actor=actor, now=now)

    @staticmethod
    def begin(
        *,
        run: ScenarioRun,
        like: Loaded,
        intent: Intent,
        actor: Tenant,
        now: datetime,
        reused: Sequence[RunStep] = (),
        at: str | None = None,
    ) -> Loaded:
        """Begin a run that is not stored yet, of the version and program of `like` and a locked new intent: at its entry, or
        after the steps `reused` of another run `at` a step."""
        tenant = (actor.org_slug, actor.workspace_slug)
        loaded = Loaded(run, like.version, like.program, tenant, like.speaker, list(reused))
        batch = Batch(now)
        batch.begins(run, reused)
        going = _Going(intent, loaded, batch)
        going.go(at or loaded.program["entry"])
        _finish({intent.id: going}, batch)
        return loaded


def _finish(going: Mapping[Any, "_Going"], batch: Batch) -> None:
    """Submit what the runs wait for, until each waits or is over, and store it. A refusal fails its step, and the run may
    come to another one."""
    while batch.waiting:
        for position, refusal in batch.carry_out():
            going[position.intent.id].refused(position, refusal)
    batch.store()


@dataclass(slots=True)
class _Going:
    """A locked run that goes on until it waits or is over. `seen` are the steps that it came to at this moment."""

    intent: Intent
    loaded: Loaded
    batch: Batch
    seen: set[str] = field(default_factory=set)

    def resumed(self, satisfied: Satisfied, *, by_hand: bool) -> None:
        row = self.loaded.unfinished
        assert row is not None
        step = self.loaded.step(row.step_id)
        assert step is not None
        if row.state == StepState.RETRYING:
            return self.go(row.step_id, row)
        told = Resumed(satisfied.resume, satisfied.more, by_hand)
        try:
            outcome = kinds.of(row.kind).resumed(self._position(step, row), told)
        except DomainError as refusal:
            outcome = _failed(refusal)
        if outcome is None:
            return self.go(row.step_id, row)
        return self._follow(self._after(step, row, outcome))

    def refused(self, position: StepPosition, refusal: DomainError) -> None:
        """What a step was to wait for was not submitted."""
        if isinstance(refusal, AgentStopped):
            return self._hold(position, refusal)
        return self._follow(self._after(position.step, position.row, _failed(refusal)))

    def _hold(self, position: StepPosition, stopped: AgentStopped) -> None:
        """Come back to a step whose agent, sender or workspace is stopped: it is done once that goes on, and no try of it is
        lost."""
        row = position.row
        row.state = StepState.RETRYING
        self.batch.changed(row)
        ended = [one.ended_at for one in self.loaded.steps if one.ended_at is not None]
        waited = self.batch.now - max(ended, default=self.intent.created_at)
        details = {"step_id": row.step_id, "stopped": dict(stopped.details)}
        self.batch.move(until(position, self.batch.now + min(max(waited, SOONEST), LATEST), details))

    def _follow(self, following: Follows | None) -> None:
        if following:
            self.go(following.step_id)

    def go(self, step_id: str | None, row: RunStep | None = None) -> None:
        """Enter steps from this one on. `row` is a try of it that has begun already."""
        while (step := self.loaded.step(step_id)) is not None:
            if step["step_id"] in self.seen:
                return self._fail(progress.goes_in_a_circle(step["step_id"]).error)
            self.seen.add(step["step_id"])
            if len(self.loaded.steps) >= progress.MOST_STEPS:
                return self._fail(progress.is_too_long(step["step_id"]).error)
            row = self._entered(step, row)
            position = self._position(step, row)
            try:
                stops.ensure_open(self.intent.stopped)
            except WorkspaceStopped as stopped:
                return self._hold(position, stopped)
            match entered := self._enter(position):
                case Submits() | Asks():
                    return self.batch.enter(position, entered)
                case Waits(move):
                    return self.batch.move(move) if move else None
            if (following := self._after(step, row, entered)) is None:
                return None
            step_id, row = following.step_id, None
        return self._complete()

    def _entered(self, step: Mapping[str, Any], row: RunStep | None) -> RunStep:
        """The try of a step that begins now."""
        if row is None:
            return self._new(step, StepState.RUNNING)
        if row.state == StepState.RETRYING:
            row.state, row.started_at = StepState.RUNNING, self.batch.now
            self.batch.changed(row)
        return row

    def _new(self, step: Mapping[str, Any], state: StepState, *, attempt: int = 1) -> RunStep:
        row = RunStep(
            workspace_id=self.intent.workspace_id,
            run_id=self.intent.id,
            number=len(self.loaded.steps) + 1,
            step_id=step["step_id"],
            kind=step["kind"],
            attempt=attempt,
            state=state,
            started_at=self.batch.now,
        )
        self.batch.new(row)
        self.loaded.steps.append(row)
        return row

    def _after(self, step: Mapping[str, Any], row: RunStep, outcome: Outcome) -> Follows | None:
        """End a try of a step. Returns where the run goes on, None when it waits or ended."""
        now = row.ended_at = self.batch.now
        self.batch.changed(row)
        if isinstance(outcome, Succeeded):
            self.batch.move(*outcome.told)
            row.state, row.result = StepState.SUCCEEDED, canonical.dumps(outcome.result)
        else:
            row.state, row.error = StepState.FAILED, canonical.dumps(outcome.error)
        match progress.after(step, row.attempt, outcome):
            case Follows() as following:
                return following
            case Fails(error):
                self._fail(error)
            case Retries(seconds):
                assert isinstance(outcome, Failed)
                self._new(step, StepState.RETRYING, attempt=row.attempt + 1)
                details = {"step_id": step["step_id"], "retry": row.attempt, "error": outcome.error}
                self.batch.move(until(self._position(step, row), now + timedelta(seconds=seconds), details))
        return None

    def _complete(self) -> None:
        done = self.loaded.results()
        told = progress.completed(self.loaded.program["scenario_id"], done)
        details = {"result": results.beside(told, done, self.loaded.errors())}
        self.batch.move(Move(intent=self.intent, to=Status.COMPLETED, details=details))

    def _fail(self, error: Mapping[str, Any]) -> None:
        details = {"error": dict(error), "reason": error.get("outcome") or error.get("code")}
        self.batch.move(Move(intent=self.intent, to=Status.FAILED, details=details))

    def _enter(self, position: StepPosition) -> Entered:
        kind = kinds.of(position.row.kind)
        try:
            if not kind.writes:
                return kind.enter(position)
            self.batch.flush()
            with transaction.atomic():
                return kind.enter(position)
        except DomainError as refusal:
            return _failed(refusal)

    def _position(self, step: Mapping[str, Any], row: RunStep) -> StepPosition:
        return StepPosition(
            loaded=self.loaded,
            intent=self.intent,
            step=step,
            row=row,
            actor=self.batch.sender(self.intent, self.loaded),
            by=RUNNER,
            now=self.batch.now,
        )


def _failed(refusal: DomainError) -> Failed:
    return Failed({"code": refusal.code, "message": refusal.message, "details": refusal.details})
