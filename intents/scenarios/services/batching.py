"""What runs that go on together write: one statement for what is alike in all of them, however many they are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine.events import Pending
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Intent
from intents.engine.services.parking import wait_of
from intents.engine.services.submission import Submission
from intents.engine.services.submit import submit_many
from intents.engine.services.transitions import Move, move_many
from intents.engine.waits import NEVER
from intents.kernel import statements
from intents.kernel.actors import Machine, Scope, System, Tenant
from intents.kernel.errors import DomainError
from intents.scenarios import selectors
from intents.scenarios.kinds import StepPosition, Submits
from intents.scenarios.models import RunStep, ScenarioRun

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
FROM {statements.recordset("rows", "v", _CHANGING)} WHERE s.id = v.id
"""


class Submitting(NamedTuple):
    """A step that waits for an intent which is not submitted yet."""

    position: StepPosition
    entered: Submits


@dataclass(slots=True)
class Batch:
    """Locked runs that go on at one moment. What they come to is kept here until `store`."""

    now: datetime
    submitting: list[Submitting] = field(default_factory=list)
    _changed: dict[UUID, RunStep] = field(default_factory=dict)
    _runs: list[ScenarioRun] = field(default_factory=list)
    _new: list[RunStep] = field(default_factory=list)
    _moves: list[Move] = field(default_factory=list)
    _senders: dict[tuple[Any, ...], Machine] = field(default_factory=dict)
    _tenants: dict[UUID, tuple[str, str]] = field(default_factory=dict)

    def begins(self, run: ScenarioRun, reused: Sequence[RunStep], actor: Tenant) -> None:
        """A new run of the actor's workspace, and its steps that another has done."""
        self._tenants[actor.workspace_id] = (actor.org_slug, actor.workspace_slug)
        self._runs.append(run)
        self._new.extend(reused)

    def new(self, row: RunStep) -> None:
        """A try of a step that begins."""
        self._new.append(row)

    def changed(self, row: RunStep) -> None:
        """A try of a step that is not what it was stored as."""
        if not row._state.adding:
            self._changed[row.id] = row

    def move(self, move: Move) -> None:
        self._moves.append(move)

    def submit(self) -> list[tuple[Submitting, DomainError]]:
        """Submit what steps wait for, and let their runs wait. Returns those that were refused, and why."""
        asked, self.submitting = self.submitting, []
        payloads = selectors.payloads([one.position.intent.id for one in asked])
        refused: list[tuple[Submitting, DomainError]] = []
        made: dict[Machine, list[tuple[Submitting, Submission]]] = defaultdict(list)
        for one in asked:
            try:
                submission = one.entered.make(payloads[one.position.intent.id])
            except DomainError as refusal:
                refused.append((one, refusal))
            else:
                made[one.position.actor].append((one, submission))
        # Always in one order, for submitting locks what quotas and policies count.
        for sender, theirs in sorted(made.items(), key=lambda one: (one[0].workspace_id, one[0].name)):
            answers = submit_many(actor=sender, submissions=[submission for _, submission in theirs], by=RUNNER)
            for (one, submission), answer in zip(theirs, answers, strict=True):
                if isinstance(answer, DomainError):
                    refused.append((one, answer))
                else:
                    self._park(one, submission, answer.intent_id)
        return refused

    def _park(self, one: Submitting, submission: Submission, child_id: UUID) -> None:
        intent, row = one.position.intent, one.position.row
        row.child_id = child_id
        self.changed(row)
        details = {"child_intent_ids": [str(child_id)], "until": "all"}
        wait = wait_of(intent=intent, reason=WaitReason.AGENT, spec=details, timeout=NEVER, now=self.now)
        told = details | {"step_id": row.step_id}
        pending = Pending("agent", submission.to_agent)
        self._moves.append(Move(intent=intent, to=Status.WAITING, wait=wait, details=told, pending=pending))

    def store(self) -> None:
        """Write all of it. Raises what moving the intents raises."""
        # First what ended, for a run is at one step.
        if self._changed:
            statements.rows(_UPDATE, {"rows": statements.records(self._changed.values(), _CHANGING)})
        rows = (self._runs, self._new)
        if self._moves:
            move_many(moves=self._moves, actor=RUNNER, now=self.now, beside=rows)
        else:
            statements.insert(*rows)

    def sender(self, intent: Intent) -> Machine:
        """Whom a run is from, as the sender of what it submits: who is behind it stays so."""
        key = (intent.workspace_id, intent.account_id, intent.sender, intent.person_id)
        if key not in self._senders:
            self._senders[key] = self._made(intent)
        return self._senders[key]

    def _made(self, intent: Intent) -> Machine:
        if intent.workspace_id not in self._tenants:
            self._tenants |= selectors.tenants([intent.workspace_id])
        org, workspace = self._tenants[intent.workspace_id]
        return Machine(
            workspace_id=intent.workspace_id,
            org_slug=org,
            workspace_slug=workspace,
            agent_id=intent.account_id,  # type: ignore[arg-type] # of none, where no key sent it
            credential_id=intent.account_id or UUID(int=0),
            name=intent.sender,
            speaks_as=intent.sender,
            scope=Scope.OWN,
            person_id=intent.person_id,
        )
