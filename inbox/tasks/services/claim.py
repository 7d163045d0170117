"""Claiming: of several whom a task is assigned to, one takes it on, and then nobody else decides it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inbox import presentation
from inbox.tasks import permissions, selectors, tally
from inbox.tasks.models import Task
from inbox.tasks.services import decide, moves
from inbox.tasks.services.events import record_event
from inbox.vocabulary.lifecycle import State
from intents.accounts import selectors as accounts
from intents.engine import selectors as domain
from intents.engine.models import Intent
from intents.kernel.actors import ADMINS, Actor, Person, Tenant
from intents.kernel.errors import Conflict, Denied
from intents.kernel.unit_of_work import unit


def locked(*, actor: Tenant, task_id: UUID) -> tuple[Person, Task, Intent, datetime]:
    """A task that can still be decided, locked after its intent, for a person. Raises Missing, Denied for machines,
    AlreadyDecided, TaskClosed."""
    seen = selectors.task(actor, task_id)
    permissions.person(actor)
    task, now = selectors.lock(seen)
    person, _ = permissions.present(actor, staying=True)
    decide.ensure_open(task=task, intent=task.intent, now=now)
    return person, task, task.intent, now


@unit
def claim(*, actor: Tenant, task_id: UUID) -> Task:
    """Take a task on. Once more changes nothing. Raises Missing, Denied, AlreadyDecided, TaskClosed, TaskClaimed, Conflict
    where it takes several."""
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    permissions.ensure_may_decide(person, task, now=now)
    decide.ensure_unclaimed(task=task, actor=person)
    if tally.takes_several(task):
        raise Conflict("several people decide this: nobody claims it for themselves", task_id=str(task.id))
    if task.state == State.OPEN:
        moves.move_many(tasks=[task], to=State.CLAIMED, now=now, claimed_by=accounts.user(person))
        record_event(task=task, intent=intent, action="claimed", actor=person, now=now)
    return task


def is_lost(task: Task) -> bool:
    """Whether a task is claimed by somebody who may not decide it any more."""
    return task.state == State.CLAIMED and not selectors.deciders(task, limit=1)


@unit
def end_lost(*, workspace_id: UUID, user_ids: Sequence[UUID], actor: Actor) -> None:
    """End the claims of these users in a workspace, and of who stands in for them, on what those may not decide any more."""
    locked = domain.lock_many(selectors.claimed_for(workspace_id, user_ids))
    for task in selectors.lock_live(list(locked.intents)):
        if is_lost(task):
            end(task=task, intent=locked.intents[task.intent_id], actor=actor, now=locked.now)


def end(*, task: Task, intent: Intent, actor: Actor, now: datetime) -> None:
    """End the claim of a locked task of a locked intent."""
    assert task.claimed_by is not None
    of = task.claimed_by.email
    moves.move_many(tasks=[task], to=State.OPEN, now=now)
    record_event(task=task, intent=intent, action="released", actor=actor, now=now, claimed_by=of)


@unit
def release(*, actor: Tenant, task_id: UUID) -> Task:
    """Give a claimed task back to everybody it is assigned to; an owner or admin may for others. An unclaimed one stays as
    it is.

    Raises Missing, Denied, AlreadyDecided, TaskClosed.
    """
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    if task.claimed_by is None:
        return task
    if person.user_id != task.claimed_by_id and person.role not in ADMINS:
        by = presentation.called(task.claimed_by)
        raise Denied(f"{by} has claimed this: they give it back, or an owner or admin does")
    end(task=task, intent=intent, actor=person, now=now)
    return task
