"""Questions to people: an intent waits for a human task, and goes on by what a person decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from intents.engine import continuations, outbox
from intents.engine.continuations import Satisfied
from intents.engine.events import Pending
from intents.engine.human_gate import HumanTaskRequest, gate
from intents.engine.lifecycle import EventType, Status, WaitReason
from intents.engine.models import Intent, IntentEvent, Wait, WaitState
from intents.engine.services.parking import resumption, satisfy_many, wait_of
from intents.engine.services.transitions import Move, move_many
from intents.kernel import canonical, statements
from intents.kernel.actors import Actor
from intents.kernel.clock import rfc3339
from intents.kernel.statements import Clause
from intents.kernel.tracing import Trace


def ask_people(*, requests: Sequence[HumanTaskRequest], actor: Actor, now: datetime) -> list[IntentEvent]:
    """Locked intents of one workspace wait for people. Raises InvalidTransition."""
    moves, rows = questions(requests=requests, actor=actor, now=now)
    return move_many(moves=moves, actor=actor, now=now, beside=rows)


def questions(
    *, requests: Sequence[HumanTaskRequest], actor: Actor, now: datetime
) -> tuple[list[Move], list[Sequence[Model]]]:
    """`ask_people` that leaves it to the caller to move the intents, and to store the rows with them."""
    moves: list[Move] = []
    put, rows = gate().open(requests, now=now)
    for request in put:
        intent, spec, timeout = request.intent, request.spec, request.timeout
        kept = {"human_task": spec, "on_submit": request.on_submit}
        wait = wait_of(intent=intent, reason=WaitReason.HUMAN, spec=kept, timeout=timeout, now=now, wait_id=request.wait_id)
        moves.append(
            Move(
                intent=intent,
                to=Status.WAITING,
                wait=wait,
                event_type=EventType.HUMAN_TASK_ASSIGNED,
                details={"human_task": spec, "due_at": rfc3339(timeout.at) if timeout.at else None},
                pending=Pending("human", str(intent.id)),
                by=actor,
                trace=request.trace,
            )
        )
    return moves, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person, `by` whom it was, has decided about a locked intent that has its open `wait` for that: the result that
    its agent is told, and the `decision` for the record in its event. `trace` is of the request, if not the current one."""

    intent: Intent
    wait: Wait
    task_result: dict[str, Any]
    decision: dict[str, Any]
    by: Actor
    trace: Trace | None = None

    def carry_out(
        self, *, now: datetime, beside: Sequence[Sequence[Model]] = (), also: Clause = statements.NO_CLAUSE
    ) -> IntentEvent:
        """A task that came with the submit ends its intent, any other sends it back to its agent. New rows `beside`, and
        what the part `also` writes, are stored with that."""
        if not self._ends and continuations.is_run(self.intent):
            statements.store(beside, also)
            return satisfy_many(satisfied=[self._satisfied], actor=self.by, now=now)[0]
        return Verdict.carry_out_many([self], now=now, beside=beside, also=also)[0]

    @staticmethod
    def carry_out_many(
        verdicts: "Sequence[Verdict]",
        *,
        now: datetime,
        beside: Sequence[Sequence[Model]] = (),
        also: Clause = statements.NO_CLAUSE,
    ) -> list[IntentEvent]:
        """`carry_out` of many, of whatever workspaces, but of none that sends a run on."""
        moves = [one._move() for one in verdicts]
        events = move_many(moves=moves, actor=verdicts[0].by, now=now, beside=beside, also=also)
        again = [one._satisfied for one in verdicts if not one._ends]
        outbox.hand_out_again([(one.intent, canonical.dumps(one.resume)) for one in again], now=now)
        return events

    @property
    def _ends(self) -> bool:
        """Whether the intent is over by it: what it waited for came with the submit."""
        return bool(canonical.loads(self.wait.spec)["on_submit"])

    @property
    def _satisfied(self) -> Satisfied:
        return Satisfied(self.intent, {"task_result": self.task_result}, {"decision": self.decision})

    def _move(self) -> Move:
        if self._ends:
            details = {"result": self.task_result, "decision": self.decision}
            made = Move(intent=self.intent, to=Status.COMPLETED, wait_ended=WaitState.SATISFIED, details=details, by=self.by)
        else:
            made = resumption(satisfied=self._satisfied, actor=self.by, state=WaitState.SATISFIED)
        made.trace = self.trace
        return made
