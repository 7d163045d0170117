"""Questions to people: an intent waits for a human task, and goes on by what a person decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from intents.engine.events import Pending
from intents.engine.human_gate import HumanTaskRequest, gate
from intents.engine.lifecycle import EventType, Status, WaitReason
from intents.engine.models import Intent, IntentEvent, Wait, WaitState
from intents.engine.services.parking import satisfy, wait_of
from intents.engine.services.transitions import Move, move, move_many
from intents.kernel import canonical, statements
from intents.kernel.actors import Actor
from intents.kernel.clock import rfc3339
from intents.kernel.statements import Clause


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


def decided(
    *,
    intent: Intent,
    wait: Wait,
    task_result: dict[str, Any],
    decision: dict[str, Any],
    actor: Actor,
    now: datetime,
    beside: Sequence[Sequence[Model]] = (),
    also: Clause = statements.NO_CLAUSE,
) -> IntentEvent:
    """A person has decided what a locked intent has its open `wait` for: a task that came with the submit ends it, any other
    sends it back to its agent. `decision` goes on record in the event. New rows `beside`, and what the part `also` writes,
    are stored with that."""
    if canonical.loads(wait.spec)["on_submit"]:
        completed = Move(
            intent=intent,
            to=Status.COMPLETED,
            wait_ended=WaitState.SATISFIED,
            details={"result": task_result, "decision": decision},
        )
        return move(move=completed, actor=actor, now=now, beside=beside, also=also)
    statements.store(beside, also)
    return satisfy(intent=intent, resume={"task_result": task_result}, actor=actor, now=now, more={"decision": decision})
