"""Tasks, and what goes with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from inbox.tasks.models import Notice, Task
from inbox.vocabulary.lifecycle import LIVE, State
from intents.accounts import stops
from intents.accounts.models import EVERYTHING, User, Workspace
from intents.engine import selectors
from intents.engine.models import Intent, IntentBody, Wait
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Machine, Person, Scope, Tenant
from intents.kernel.asks import VALUE, Ask, Sql
from intents.kernel.errors import Missing


def tasks(actor: Tenant) -> QuerySet[Task]:
    """The tasks `actor` may see, with their intents: those of the intents it may see."""
    found = Task.objects.filter(workspace_id=actor.workspace_id).select_related("intent", "decided_by", "claimed_by")
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        found = found.filter(intent__in=selectors.intents(actor))
    return found


_COLUMNS = statements.columns(Task, "t")
_TASK = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.workspace_id = %s AND t.id = %s"
# One by each of the two: asked for either at once, a plan that is kept may go through all tasks of the workspace.
_NAMED = f"""
SELECT {_COLUMNS} FROM (
    (SELECT {_COLUMNS} FROM inbox_task t WHERE t.id = %(id)s)
    UNION ALL (SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %(id)s ORDER BY t.id DESC LIMIT 1)
) t
WHERE t.workspace_id = %(workspace)s ORDER BY t.id = %(id)s DESC LIMIT 1
"""


def task(actor: Tenant, task_id: UUID) -> Task:
    """Raises Missing."""
    found = statements.objects(Task, _TASK, [actor.workspace_id, task_id])
    if not found or not may_see(actor, found[0]):
        raise Missing(f"no task has the id {task_id}", task_id=str(task_id))
    return found[0]


def task_named(actor: Tenant, any_id: UUID) -> Task:
    """A task by its own id or its intent's, of several the newest. Raises Missing."""
    found = statements.objects(Task, _NAMED, {"workspace": actor.workspace_id, "id": any_id})
    if not found or not may_see(actor, found[0]):
        raise Missing(f"no task and no intent with a task has the id {any_id}", approval_id=str(any_id))
    return found[0]


def may_see(actor: Tenant, row: Task) -> bool:
    """What `tasks` filters by, for a row of the actor's workspace."""
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        return selectors.intents(actor).filter(id=row.intent_id).exists()
    return True


_LOCK_LIVE = f"""
SELECT {_COLUMNS} FROM inbox_task t
WHERE t.intent_id = ANY(%s) AND t.state IN ({", ".join(f"'{state}'" for state in sorted(LIVE))}) ORDER BY t.id
FOR NO KEY UPDATE
"""
# What refers to a task, as a notification of it does, is stored meanwhile: who tells people of many delays no decision.

STOPPED = f"""
SELECT c.state FROM intents_agentstop c WHERE c.workspace_id = task.workspace_id AND c.name = '{EVERYTHING}'
"""
"""SQL of the state of the workspace of a locked `task` where nobody decides anything."""

_INTENT = [field.attname for field in Intent._meta.concrete_fields]
_TASK_FIELDS = [field.attname for field in Task._meta.concrete_fields]
# The task is looked for when its intent is locked. What its wait was begun with does not change.
_LOCK = f"""
WITH intent AS MATERIALIZED (
    SELECT {", ".join(_INTENT)} FROM intents_intent WHERE id = %(intent)s FOR UPDATE
), task AS MATERIALIZED (
    SELECT {_COLUMNS} FROM inbox_task t WHERE t.id = %(task)s AND t.intent_id = (SELECT id FROM intent)
    FOR NO KEY UPDATE
)
SELECT {clock.NOW}, ({STOPPED}), intent.*, task.*, {statements.columns(Wait, "w")}
FROM intent, task JOIN intents_wait w ON w.id = task.wait_id
"""


_WHOLE = f"""
SELECT {clock.NOW}, {statements.columns(Intent, "i")}, {_COLUMNS}, {statements.columns(Wait, "w")}
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id JOIN intents_wait w ON w.id = t.wait_id
WHERE t.workspace_id = %(workspace)s AND t.id = %(task)s
"""


def task_to_show(actor: Tenant, task_id: UUID) -> tuple[Task, datetime]:
    """A `task` with its intent and its wait, and the time. Raises Missing."""
    rows = statements.rows(_WHOLE, {"workspace": actor.workspace_id, "task": task_id, "now": clock.override()})
    if not rows or not may_see(actor, found := whole(rows[0][1:])):
        raise Missing(f"no task has the id {task_id}", task_id=str(task_id))
    return found, rows[0][0]


def whole(row: Sequence[Any]) -> Task:
    """The columns of an intent, its task and that one's wait as objects."""
    of_task, of_wait = len(_INTENT), len(_INTENT) + len(_TASK_FIELDS)
    found = statements.made(Task, row[of_task:of_wait])
    found.intent = statements.made(Intent, row[:of_task])
    found.wait = statements.made(Wait, row[of_wait:])
    return found


_LISTED = f"""
SELECT {_COLUMNS}, {statements.columns(Intent, "i")}, {statements.columns(User, "d")}, {statements.columns(User, "c")}
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id
LEFT JOIN intents_user d ON d.id = t.decided_by_id LEFT JOIN intents_user c ON c.id = t.claimed_by_id
WHERE t.workspace_id = %(workspace)s AND t.id = ANY({statements.array("ids", "uuid")})
"""


def listed(person: Person, ids: Sequence[UUID]) -> dict[UUID, Task]:
    """Of `tasks`, those of `ids`, by their ids."""
    rows = statements.rows(_LISTED, {"workspace": person.workspace_id, "ids": list(ids)}) if ids else []
    return {found.id: found for row in rows if (found := _listed(row))}


def _listed(row: Sequence[Any]) -> Task:
    of_intent, of_decider = len(_TASK_FIELDS), len(_TASK_FIELDS) + len(_INTENT)
    of_claimer = of_decider + (len(row) - of_decider) // 2
    found = statements.made(Task, row[:of_intent])
    found.intent = statements.made(Intent, row[of_intent:of_decider])
    found.decided_by = statements.made(User, row[of_decider:of_claimer]) if found.decided_by_id else None
    found.claimed_by = statements.made(User, row[of_claimer:]) if found.claimed_by_id else None
    return found


def lock(seen: Task) -> tuple[Task, datetime]:
    """A task with its intent and its wait, locked after the intent, and the time after locking. Raises Missing when it has
    been deleted, and WorkspaceStopped."""
    params = {"intent": seen.intent_id, "task": seen.id, "now": clock.override()}
    rows = statements.rows(_LOCK, params)
    if not rows:
        raise Missing(f"no task has the id {seen.id}", task_id=str(seen.id))
    now, stopped, *row = rows[0]
    if stopped:
        stops.ensure_open({EVERYTHING: stopped})
    return whole(row), now


def lock_live(intent_ids: Sequence[UUID]) -> list[Task]:
    """The live tasks of intents that the caller holds locked."""
    return statements.objects(Task, _LOCK_LIVE, [list(intent_ids)])


def newest(actor: Person, intent_id: UUID) -> Task | None:
    """The latest task of an intent of the actor's workspace."""
    query = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %s AND t.workspace_id = %s ORDER BY t.id DESC LIMIT 1"
    found = statements.objects(Task, query, [intent_id, actor.workspace_id])
    return found[0] if found else None


def claimed_by(workspace_id: UUID, user_id: UUID) -> list[UUID]:
    """The intents of what a user has claimed in a workspace. Checks no actor."""
    found = Task.objects.filter(workspace_id=workspace_id, claimed_by_id=user_id)
    return list(found.values_list("intent_id", flat=True))


_CLAIMED_FOR = """
SELECT t.intent_id FROM inbox_task t
WHERE t.workspace_id = %(workspace)s AND t.state = 'claimed' AND (t.claimed_by_id = ANY(%(users)s::uuid[]) OR EXISTS (
    SELECT FROM intents_user u JOIN inbox_assignment a ON a.principal IN ('user:' || u.id, 'email:' || u.email)
    WHERE u.id = ANY(%(users)s::uuid[]) AND a.task_id = t.id
))
"""


def claimed_for(workspace_id: UUID, user_ids: Sequence[UUID]) -> list[UUID]:
    """The intents of what is claimed in a workspace by any of these users, or by others where it is assigned to one of these
    by name, as by who stands in for them. Checks no actor."""
    return [row[0] for row in statements.rows(_CLAIMED_FOR, {"workspace": workspace_id, "users": list(user_ids)})]


def lock_newest(intent: Intent) -> Task | None:
    """The latest task of an intent that the caller holds locked."""
    query = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %s ORDER BY t.id DESC LIMIT 1 FOR NO KEY UPDATE"
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


def is_noticed(workspace_id: UUID, kind: str, *, since: datetime) -> bool:
    """Whether a task of the workspace that was assigned after `since` has a notice of the kind, or notifications made of
    one. Checks no actor."""
    lately = Task.objects.filter(workspace_id=workspace_id, assigned_at__gt=since)
    if Notice.objects.filter(kind=kind, task_id__in=lately.values("id")).exists():
        return True
    return lately.filter(notification__kind=kind).exists()


_PAYLOADS = """
SELECT intent_id, payload FROM intents_intentbody
WHERE intent_id = ANY(%(intents)s::uuid[]) AND octet_length(payload) <= coalesce(%(most)s::int, octet_length(payload))
"""


def payloads(intent_ids: Sequence[UUID], *, most: int | None = None) -> dict[UUID, str]:
    """What intents carry, as canonical JSON; with `most`, of those where that has so many bytes at most. Checks no actor."""
    return dict(statements.rows(_PAYLOADS, {"intents": list(intent_ids), "most": most}))


_BODY = f"SELECT {statements.columns(IntentBody, 'b')} FROM intents_intentbody b WHERE b.intent_id = %s"


def body(intent: Intent) -> IntentBody:
    """What an intent carries, which is kept apart from it."""
    (found,) = statements.objects(IntentBody, _BODY, [intent.id])
    return found


_AS_SENT = Sql("SELECT coalesce(b.sent, b.payload) FROM intents_intentbody b WHERE b.intent_id = %(intent)s", VALUE)


def ask_as_sent(intent_id: UUID) -> Ask[Any]:
    """`IntentBody.as_sent`, by itself."""
    return Ask(_AS_SENT, {"intent": intent_id}, lambda rows: canonical.loads(rows[0][0]))


def workspace_of(intent: Intent) -> Workspace:
    """An intent's workspace with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").get(id=intent.workspace_id)
