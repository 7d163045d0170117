"""Held decisions: final for everybody else at once, but their person can take them back until the intent hears of them.

The timer by which a decision takes effect is a row of the same transaction, so that a crash delays it at most.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from inbox.tasks import permissions, selectors, tally
from inbox.tasks.models import Task
from inbox.tasks.services import apply, moves, stages, voting
from inbox.tasks.services.events import record_event
from inbox.tasks.services.revise import revise
from inbox.vocabulary.errors import AlreadyDecided
from inbox.vocabulary.kinds import RISKY
from inbox.vocabulary.lifecycle import State
from intents.engine import timers
from intents.engine.models import Intent
from intents.engine.selectors import Locked
from intents.engine.timers import Due
from intents.kernel.actors import Author, Tenant
from intents.kernel.errors import Conflict, Denied
from intents.kernel.unit_of_work import unit

SOON = timedelta(minutes=1)
"""A task that is due within this is decided without delay."""


def held_until(*, task: Task, now: datetime) -> datetime | None:
    """Until when a decision of an undecided task made now is held, None when it takes effect at once."""
    if not settings.UNDO_SECONDS or task.risk in RISKY or (task.due_at is not None and task.due_at - now <= SOON):
        return None
    return now + timedelta(seconds=settings.UNDO_SECONDS)


@unit
def undo(*, actor: Tenant, task_id: UUID) -> Task:
    """Take one's own decision back while it is held: the task is open again, for everybody. A vote can be taken back as long
    as nothing was settled by it. Both stay on record.

    Raises Missing, Denied for anybody else's, AlreadyDecided when it has taken effect, Conflict when nothing was decided.
    """
    seen = selectors.task(actor, task_id)
    permissions.person(actor)
    task, now = selectors.lock(seen)
    person, _ = permissions.present(actor)
    intent = task.intent
    if task.decided_by_id is None and voting.take_back(task=task, intent=intent, actor=person, now=now):
        return task
    if task.decided_by_id is None:
        raise Conflict("nothing was decided here that could be taken back", task_id=str(task_id), state=task.state)
    if task.decided_by_id != person.user_id:
        raise Denied("only who decided takes it back")
    if task.state != State.HELD or task.held_until is None or task.held_until <= now:
        raise AlreadyDecided("it is too late: the decision has taken effect", task_id=str(task_id), state=task.state)
    decision = selectors.decision(task)
    assert decision is not None
    decision.void_at, decision.void_reason = now, "taken_back"
    decision.save(update_fields=["void_at", "void_reason"])
    moves.move_many(tasks=[task], to=State.OPEN, now=now)
    if task.approved is not None:
        revise(task=task, intent=intent)
    timers.disarm(intent.id, kinds=[timers.TAKE_EFFECT])
    voting.uncount(task=task, decision=decision, actor=person)
    record_event(task=task, intent=intent, action="taken_back", actor=person, now=now, outcome=decision.outcome)
    return task


def take_effect(*, intents: Iterable[Intent], now: datetime) -> None:
    """Let the held decisions about these locked intents take effect."""
    waiting = {intent.id: intent for intent in intents}
    for task in selectors.lock_live(list(waiting)):
        if task.state == State.HELD:
            decision = selectors.decision(task)
            assert decision is not None
            timers.disarm(task.intent_id, kinds=[timers.TAKE_EFFECT])
            author, intent = Author(label=decision.person.email), waiting[task.intent_id]
            if (stage := tally.next_stage(task, decision)) is not None:
                stages.go_on(task=task, intent=intent, decision=decision, stage=stage, actor=author, now=now)
                continue
            verdict = moves.Verdict(decision.outcome, decision.person, decision.at)
            moves.move_many(tasks=[task], to=State.DECIDED, now=now, verdict=verdict)
            apply.apply_decision(task=task, intent=intent, decision=decision, actor=author, now=now)


def fire(due: Sequence[Due], locked: Locked) -> None:
    """Let the decisions that were held until now take effect."""
    take_effect(intents=(locked.intents[one.intent_id] for one in due if one.intent_id in locked.intents), now=locked.now)
