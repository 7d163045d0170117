"""What runs that go on together write: one statement for what is alike in all of them, however many they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from intents.engine.events import Entry, Pending
from intents.engine.lifecycle import EventType, Status, WaitReason
from intents.engine.models import Intent, IntentEvent
from intents.engine.services.human_tasks import questions
from intents.engine.services.parking import wait_of
from intents.engine.services.submission import Submission
from intents.engine.services.submit import submit_many
from intents.engine.services.transitions import Move, move_many
from intents.engine.waits import NEVER
from intents.kernel import statements
from intents.kernel.actors import Machine, Scope, System
from intents.kernel.errors import DomainError
from intents.scenarios import selectors
from intents.scenarios.kinds import Asks, StepPosition, Submits
from intents.scenarios.models import RunStep, ScenarioRun
from intents.scenarios.selectors import Loaded

RUNNER = System(name="scenarios")

_CHANGING: statements.Columns = (
    ("id", "uuid"),
    ("state", "text"),
    ("child_id", "uuid"),
    ("started_at", "timestamptz"),
    ("ended_at", "timestamptz"),
    ("result", "text"),
    ("error", "text"),
)
_UPDATE = f"""
UPDATE intents_runstep s SET {", ".join(f"{name} = v.{name}" for name, _ in _CHANGING[1:])}
FROM {statements.few("rows", "v", _CHANGING)} WHERE s.id = v.id
"""

_REMINDING = ("remind_after_seconds", "remind_interval_seconds", "max_reminders", "escalate_to")


class Entering(NamedTuple):
    """A step that a run is to wait at, for what was not submitted or asked yet."""

    position: StepPosition
    entered: Submits | Asks


@dataclass(slots=True)
class Batch:
    """Locked runs that go on at one moment. What they come to is kept here until `store`, in its order: how they became
    IN_PROGRESS, what they told, and how they come to wait or end."""

    now: datetime
    resumed: dict[UUID, IntentEvent] = field(default_factory=dict)
    """What resumed the runs that waited, once it is stored."""
    _entering: list[Entering] = field(default_factory=list)
    _changed: dict[UUID, RunStep] = field(default_factory=dict)
    _runs: list[ScenarioRun] = field(default_factory=list)
    _new: list[RunStep] = field(default_factory=list)
    _beside: list[Sequence[Model]] = field(default_factory=list)
    _moves: list[Move | Entry] = field(default_factory=list)
    _senders: dict[tuple[Any, ...], Machine] = field(default_factory=dict)

    def begins(self, run: ScenarioRun, reused: Sequence[RunStep]) -> None:
        """A new run, and its steps that another has done."""
        self._runs.append(run)
        self._new.extend(reused)

    def new(self, row: RunStep) -> None:
        """A try of a step that begins."""
        self._new.append(row)

    def changed(self, row: RunStep) -> None:
        """A try of a step that is not what it was stored as."""
        if not row._state.adding:
            self._changed[row.id] = row

    def move(self, *moves: Move | Entry) -> None:
        self._moves.extend(moves)

    def enter(self, position: StepPosition, entered: Submits | Asks) -> None:
        """Let a run wait at a step, once `carry_out` has done what is needed for that."""
        self._entering.append(Entering(position, entered))

    @property
    def waiting(self) -> bool:
        """Whether there is something for `carry_out`."""
        return bool(self._entering)

    def carry_out(self) -> list[tuple[StepPosition, DomainError]]:
        """Submit and ask what steps wait for, and let their runs wait. Returns those that were refused, and why."""
        entering, self._entering = self._entering, []
        submitting = [(one.position, one.entered) for one in entering if isinstance(one.entered, Submits)]
        asking = [(one.position, one.entered) for one in entering if isinstance(one.entered, Asks)]
        return [*self._submit(submitting), *self._ask(asking)]

    def _submit(self, asked: Sequence[tuple[StepPosition, Submits]]) -> list[tuple[StepPosition, DomainError]]:
        refused: list[tuple[StepPosition, DomainError]] = []
        payloads = selectors.payloads([position.intent.id for position, _ in asked]) if asked else {}
        made: dict[Machine, list[tuple[StepPosition, Submission]]] = defaultdict(list)
        for position, entered in asked:
            try:
                submission = entered.make(payloads[position.intent.id])
            except DomainError as refusal:
                refused.append((position, refusal))
            else:
                made[position.actor].append((position, submission))
        # Always in one order, for submitting locks what quotas and policies count.
        for sender, theirs in sorted(made.items(), key=lambda one: (one[0].workspace_id, one[0].speaks_as, one[0].name)):
            answers = submit_many(actor=sender, submissions=[submission for _, submission in theirs], by=RUNNER)
            for (position, submission), answer in zip(theirs, answers, strict=True):
                if isinstance(answer, DomainError):
                    refused.append((position, answer))
                else:
                    self._park(position, submission, answer.intent_id)
        return refused

    def _ask(self, asked: Sequence[tuple[StepPosition, Asks]]) -> list[tuple[StepPosition, DomainError]]:
        """Ask those of one workspace together, and each alone where one of them is refused."""
        refused: list[tuple[StepPosition, DomainError]] = []
        asking: dict[UUID, list[tuple[StepPosition, Asks]]] = defaultdict(list)
        for position, entered in asked:
            asking[position.intent.workspace_id].append((position, entered))
        for _, theirs in sorted(asking.items()):
            before = [(position.intent, _reminding(position.intent)) for position, _ in theirs]
            try:
                with transaction.atomic():
                    _remind([(position.intent, one.reminding) for position, one in theirs])
                    moves, rows = questions(requests=[one.request for _, one in theirs], actor=RUNNER, now=self.now)
            except DomainError as refusal:
                for intent, fields in before:
                    _give(intent, fields)
                if len(theirs) == 1:
                    refused.append((theirs[0][0], refusal))
                else:
                    refused += [found for one in theirs for found in self._ask([one])]
            else:
                self._moves += moves
                self._beside += rows
        return refused

    def _park(self, position: StepPosition, submission: Submission, child_id: UUID) -> None:
        intent, row = position.intent, position.row
        row.child_id = child_id
        self.changed(row)
        details = {"child_intent_ids": [str(child_id)], "until": "all"}
        wait = wait_of(intent=intent, reason=WaitReason.AGENT, spec=details, timeout=NEVER, now=self.now)
        told = details | {"step_id": row.step_id}
        pending = Pending("agent", submission.to_agent)
        self._moves.append(Move(intent=intent, to=Status.WAITING, wait=wait, details=told, pending=pending))

    def flush(self) -> None:
        """Write the moves so far, for a step that writes of the intents itself, and finds them as they are."""
        self._write(())

    def store(self) -> None:
        """Write all of it. Raises what moving the intents raises."""
        # First what ended, for a run is at one step.
        if self._changed:
            statements.rows(_UPDATE, {"rows": statements.records(self._changed.values(), _CHANGING)})
        self._write((self._runs, self._new, *self._beside))

    def _write(self, rows: Sequence[Sequence[Model]]) -> None:
        if not self._moves:
            return statements.insert(*rows)
        events = move_many(moves=self._moves, actor=RUNNER, now=self.now, beside=rows)
        for move, event in zip(self._moves, events, strict=True):
            if isinstance(move, Move) and move.event_type is EventType.RESUMED:
                self.resumed[event.intent_id] = event
        self._moves.clear()
        return None

    def sender(self, intent: Intent, loaded: Loaded) -> Machine:
        """Whom a run is from, as the sender of what it submits: who is behind it stays so, and the agent whose key began it
        is held against the rules as well, as at a submit of its own."""
        key = (intent.workspace_id, intent.account_id, intent.sender, intent.person_id)
        if key not in self._senders:
            org, workspace = loaded.tenant
            self._senders[key] = Machine(
                workspace_id=intent.workspace_id,
                org_slug=org,
                workspace_slug=workspace,
                agent_id=intent.account_id,  # type: ignore[arg-type] # of none, where no key sent it
                credential_id=intent.account_id or UUID(int=0),
                name=loaded.speaker or intent.sender,
                speaks_as=intent.sender,
                scope=Scope.OWN,
                person_id=intent.person_id,
            )
        return self._senders[key]


def _reminding(intent: Intent) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in _REMINDING}


def _remind(reminding: Sequence[tuple[Intent, Mapping[str, Any]]]) -> None:
    """Give locked intents the reminder fields of what people are asked about them."""
    for intent, fields in reminding:
        if fields != _reminding(intent):
            _give(intent, fields)
            intent.save(update_fields=[*_REMINDING])


def _give(intent: Intent, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(intent, name, value)
