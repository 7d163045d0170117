"""Tasks, and what goes with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from inbox.tasks.models import Notice, Task
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import LIVE, State
from intents.accounts.models import Workspace
from intents.engine import selectors
from intents.engine.models import Intent, IntentBody, Wait
from intents.kernel import clock, statements
from intents.kernel.actors import Machine, Person, Scope, Tenant
from intents.kernel.errors import Missing


def tasks(actor: Tenant) -> QuerySet[Task]:
    """The tasks `actor` may see, with their intents: those of the intents it may see."""
    found = Task.objects.filter(workspace_id=actor.workspace_id).select_related("intent", "decided_by", "claimed_by")
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        found = found.filter(intent__in=selectors.intents(actor))
    return found


_COLUMNS = statements.columns(Task, "t")
_TASK = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.workspace_id = %s AND t.id = %s"
_NAMED = f"""
SELECT {_COLUMNS} FROM inbox_task t WHERE t.workspace_id = %(workspace)s AND (t.id = %(id)s OR t.intent_id = %(id)s)
ORDER BY t.id = %(id)s DESC, t.id DESC LIMIT 1
"""


def task(actor: Tenant, task_id: UUID) -> Task:
    """Raises Missing."""
    found = statements.objects(Task, _TASK, [actor.workspace_id, task_id])
    if not found or not _may_see(actor, found[0]):
        raise Missing(f"no task has the id {task_id}", task_id=str(task_id))
    return found[0]


def task_named(actor: Tenant, any_id: UUID) -> Task:
    """A task by its own id or its intent's, of several the newest. Raises Missing."""
    found = statements.objects(Task, _NAMED, {"workspace": actor.workspace_id, "id": any_id})
    if not found or not _may_see(actor, found[0]):
        raise Missing(f"no task and no intent with a task has the id {any_id}", approval_id=str(any_id))
    return found[0]


def _may_see(actor: Tenant, row: Task) -> bool:
    """What `tasks` filters by, for a row of the actor's workspace."""
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        return selectors.intents(actor).filter(id=row.intent_id).exists()
    return True


_LOCK_LIVE = f"""
SELECT {_COLUMNS} FROM inbox_task t
WHERE t.intent_id = ANY(%s) AND t.state IN ({", ".join(f"'{state}'" for state in sorted(LIVE))}) ORDER BY t.id FOR UPDATE
"""


_INTENT = [field.attname for field in Intent._meta.concrete_fields]
_TASK_FIELDS = [field.attname for field in Task._meta.concrete_fields]
_WAIT_FIELDS = [field.attname for field in Wait._meta.concrete_fields]
# The task is looked for when its intent is locked. What its wait was begun with does not change.
_LOCK = f"""
WITH intent AS MATERIALIZED (
    SELECT {", ".join(_INTENT)} FROM intents_intent WHERE id = %(intent)s FOR UPDATE
), task AS MATERIALIZED (
    SELECT {_COLUMNS} FROM inbox_task t WHERE t.id = %(task)s AND t.intent_id = (SELECT id FROM intent) FOR UPDATE
)
SELECT {clock.NOW}, intent.*, task.*, {statements.columns(Wait, "w")}
FROM intent, task JOIN intents_wait w ON w.id = task.wait_id
"""


_WHOLE = f"""
SELECT {statements.columns(Intent, "i")}, {_COLUMNS}, {statements.columns(Wait, "w")}
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id JOIN intents_wait w ON w.id = t.wait_id
WHERE t.workspace_id = %s AND t.id = %s
"""


def task_to_show(actor: Tenant, task_id: UUID) -> Task:
    """A `task` with its intent and its wait. Raises Missing."""
    rows = statements.rows(_WHOLE, [actor.workspace_id, task_id])
    if not rows or not _may_see(actor, found := _whole(rows[0])):
        raise Missing(f"no task has the id {task_id}", task_id=str(task_id))
    return found


def _whole(row: Sequence[Any]) -> Task:
    """The columns of an intent, its task and that one's wait as objects."""
    of_task, of_wait = len(_INTENT), len(_INTENT) + len(_TASK_FIELDS)
    found = Task.from_db("default", _TASK_FIELDS, row[of_task:of_wait])
    found.intent = Intent.from_db("default", _INTENT, row[:of_task])
    found.wait = Wait.from_db("default", _WAIT_FIELDS, row[of_wait:])
    return found


def lock(seen: Task) -> tuple[Task, datetime]:
    """A task with its intent and its wait, locked after the intent, and the time after locking. Raises Missing when it has
    been deleted."""
    params = {"intent": seen.intent_id, "task": seen.id, "now": clock.override()}
    rows = statements.rows(_LOCK, params)
    if not rows:
        raise Missing(f"no task has the id {seen.id}", task_id=str(seen.id))
    return _whole(rows[0][1:]), rows[0][0]


def lock_live(intent_ids: Sequence[UUID]) -> list[Task]:
    """The live tasks of intents that the caller holds locked."""
    return statements.objects(Task, _LOCK_LIVE, [list(intent_ids)])


def newest(actor: Person, intent_id: UUID) -> Task | None:
    """The latest task of an intent of the actor's workspace."""
    query = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %s AND t.workspace_id = %s ORDER BY t.id DESC LIMIT 1"
    found = statements.objects(Task, query, [intent_id, actor.workspace_id])
    return found[0] if found else None


def lock_newest(intent: Intent) -> Task | None:
    """The latest task of an intent that the caller holds locked."""
    query = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %s ORDER BY t.id DESC LIMIT 1 FOR UPDATE"
    found = statements.objects(Task, query, [intent.id])
    return found[0] if found else None


# Ids begin with the time they were made at, so each state's index has the newest first.
_SINCE = """
SELECT found.id FROM unnest(%(states)s::text[]) AS one (state), LATERAL (
    SELECT t.id FROM inbox_task t
    WHERE t.workspace_id = %(workspace)s AND t.state = one.state AND t.id >= %(floor)s
    ORDER BY t.id DESC LIMIT %(limit)s
) found
ORDER BY found.id DESC LIMIT %(limit)s
"""
_CLOCKS_APART = timedelta(hours=1)


def tasks_since(actor: Tenant, since: datetime, *, limit: int) -> list[Task]:
    """The tasks of the actor's workspace that were opened after `since`, with their intents and waits, the newest first."""
    floor = UUID(int=int((since - _CLOCKS_APART).timestamp() * 1000) << 80)
    params = {"states": list(State), "workspace": actor.workspace_id, "floor": floor, "limit": limit}
    ids = [row[0] for row in statements.rows(_SINCE, params)]
    found = tasks(actor).select_related("wait").filter(id__in=ids, assigned_at__gte=since)
    return list(found.order_by("-id"))


_AUTHORITIES = """
SELECT DISTINCT ON (authority) authority, by_id FROM inbox_assignment
WHERE task_id = %s AND principal = ANY(%s) AND (until IS NULL OR until > %s::timestamptz) ORDER BY authority, id
"""


def authorities(row: Task, person: Person, *, now: datetime) -> dict[str, UUID | None]:
    """By what authorities a task is assigned to a person, and by whom it was delegated; one whose time is over counts no
    more."""
    return dict(statements.rows(_AUTHORITIES, [row.id, principals.of(person), now]))


def is_noticed(workspace_id: UUID, kind: str, *, since: datetime) -> bool:
    """Whether a task of the workspace that was assigned after `since` has a notice of the kind, or notifications made of
    one. Checks no actor."""
    lately = Task.objects.filter(workspace_id=workspace_id, assigned_at__gt=since)
    if Notice.objects.filter(kind=kind, task_id__in=lately.values("id")).exists():
        return True
    return lately.filter(notification__kind=kind).exists()


class Own(NamedTuple):
    """What a task is to one person alone: whether they have read it, and until when they snoozed it."""

    read: bool
    snoozed_until: datetime | None


_OWN = f"""
SELECT t.id, o.id IS NOT NULL, s.until FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id
LEFT JOIN inbox_opened o ON o.task_id = t.id AND o.user_id = %(user)s
LEFT JOIN inbox_snooze s ON s.task_id = t.id AND s.user_id = %(user)s AND s.until > {clock.START} AND s.seq = i.seq
WHERE t.id = ANY(%(tasks)s)
"""


def own(person: Person, task_ids: Sequence[UUID]) -> dict[UUID, Own]:
    """What a person has done with tasks for themselves: read or snoozed them."""
    params = {"user": person.user_id, "tasks": list(task_ids), "now": clock.override()}
    return {task_id: Own(*rest) for task_id, *rest in statements.rows(_OWN, params)}


def payloads(intent_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What intents carry, as canonical JSON. Checks no actor."""
    return dict(IntentBody.objects.filter(intent_id__in=list(intent_ids)).values_list("intent_id", "payload"))


_BODY = f"SELECT {statements.columns(IntentBody, 'b')} FROM intents_intentbody b WHERE b.intent_id = %s"


def body(intent: Intent) -> IntentBody:
    """What an intent carries, which is kept apart from it."""
    (found,) = statements.objects(IntentBody, _BODY, [intent.id])
    return found


def workspace_of(intent: Intent) -> Workspace:
    """An intent's workspace with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").get(id=intent.workspace_id)
