"""Watching tasks: being told of comments about one, and how it ends, whoever it is assigned to."""

from collections.abc import Collection
from uuid import UUID

from inbox.tasks import notices, permissions, selectors
from inbox.tasks.models import Task
from inbox.vocabulary import principals
from intents.engine.models import IntentEvent
from intents.kernel import live, statements
from intents.kernel.actors import Person, Tenant
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

_JOIN = """
INSERT INTO inbox_taskwatcher (id, workspace_id, task_id, user_id)
SELECT %(id)s::uuid, %(workspace)s::uuid, %(task)s::uuid, %(user)s::uuid ON CONFLICT (task_id, user_id) DO NOTHING
"""


@unit
def watch(*, actor: Tenant, task_id: UUID) -> Task:
    """Be told of what is said about a task that `actor` may see, and how it ends. Raises Missing, Denied for machines."""
    task = selectors.task(actor, task_id)
    person = permissions.person(actor)
    join(actor=person, task=task)
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    return task


@unit
def unwatch(*, actor: Tenant, task_id: UUID) -> Task:
    """Be told no more. Raises Missing, Denied for machines."""
    task = selectors.task(actor, task_id)
    person = permissions.person(actor)
    statements.rows("DELETE FROM inbox_taskwatcher WHERE task_id = %s AND user_id = %s", [task.id, person.user_id])
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    return task


def join(*, actor: Person, task: Task) -> None:
    """Let `actor` watch a task, which who comments on it does by that."""
    who = {"id": new_id(), "workspace": task.workspace_id, "task": task.id, "user": actor.user_id}
    statements.rows(_JOIN, who)


def tell(*, actor: Person, task: Task, event: IntentEvent, but: Collection[UUID] = ()) -> None:
    """Notify those who watch a task that `actor` commented on it, `but` for those who are mentioned."""
    told = [one.user_id for one in selectors.watchers(task) if one.user_id != actor.user_id and one.user_id not in but]
    statements.insert([notices.notice(task, "commented", number=event.seq, principal=principals.user(one)) for one in told])
