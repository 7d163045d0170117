"""Whom tasks concern: for telling open pages, and for saying on a page who is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from inbox.tasks.models import Task
from inbox.vocabulary.principals import DECIDERS
from intents.kernel import statements
from intents.kernel.actors import MANAGER, Person, Role

_PRINCIPALS = """
SELECT task_id, array_agg(principal) FROM inbox_assignment WHERE task_id = ANY(%(ids)s) GROUP BY task_id
"""


def principals(task_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """The principals of tasks, by the task's id. Checks no actor."""
    found = statements.rows(_PRINCIPALS, {"ids": list(task_ids)})
    return {task_id: frozenset(texts) for task_id, texts in found}


def names(emails: Iterable[str]) -> dict[str, str]:
    """How people are called, by their email addresses."""
    return dict(statements.rows("SELECT email, name FROM intents_user WHERE email = ANY(%s) AND name <> ''", [list(emails)]))


def workspaces(intent_ids: Iterable[UUID]) -> set[UUID]:
    """The workspaces that these intents are of. Checks no actor."""
    query = "SELECT DISTINCT workspace_id FROM intents_intent WHERE id = ANY(%s)"
    return {workspace_id for (workspace_id,) in statements.rows(query, [list(intent_ids)])}


def intent_of(person: Person, task_id: UUID) -> UUID | None:
    """The intent that a task of the person's workspace is about."""
    return Task.objects.filter(workspace_id=person.workspace_id, id=task_id).values_list("intent_id", flat=True).first()


@dataclass(frozen=True, slots=True)
class Assigned:
    """To whom a task is assigned. `kind` is user, email, role, group or name; `by` the name of who delegated it."""

    kind: str
    name: str
    authority: str
    by: str | None


_NAME = "coalesce(nullif(u.name, ''), u.email, g.name, substr(a.principal, strpos(a.principal, ':') + 1))"
_BEHIND = """
LEFT JOIN intents_user u ON a.principal = 'user:' || u.id
LEFT JOIN intents_group g ON a.principal = 'group:' || g.id
"""
_ASSIGNED = f"""
SELECT split_part(a.principal, ':', 1), {_NAME}, a.authority, coalesce(nullif(b.name, ''), b.email)
FROM inbox_assignment a
{_BEHIND}
LEFT JOIN intents_user b ON b.id = a.by_id
WHERE a.task_id = %(task)s ORDER BY a.id
"""


def assigned(task: Task) -> list[Assigned]:
    """To whom a task is assigned, in the order in which it was."""
    return [Assigned(*row) for row in statements.rows(_ASSIGNED, {"task": task.id})]


_ASKED = f"""
SELECT t.intent_id, string_agg({_NAME}, ', ' ORDER BY a.id)
FROM (SELECT DISTINCT ON (intent_id) id, intent_id FROM inbox_task WHERE intent_id = ANY(%s) ORDER BY intent_id, id DESC) t
JOIN inbox_assignment a ON a.task_id = t.id
{_BEHIND}
GROUP BY t.intent_id
"""


def asked(intent_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Whom the newest tasks of intents are assigned to, in one text each. Checks no actor."""
    return dict(statements.rows(_ASKED, [list(intent_ids)]))


@dataclass(frozen=True, slots=True)
class Askable:
    """Whom a level of a policy may name: `to` as it is written, `name` what to call them. `kind` is role, manager, group,
    oncall or person."""

    to: str
    kind: str
    name: str


_ASKABLE = """
SELECT 'group:' || name, name FROM intents_group WHERE workspace_id = %(workspace)s
UNION ALL SELECT 'oncall:' || name, name FROM inbox_schedule WHERE workspace_id = %(workspace)s
UNION ALL SELECT 'person:' || u.email, coalesce(nullif(u.name, ''), u.email)
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %(workspace)s AND u.is_active AND m.suspended_at IS NULL AND m.role <> 'viewer'
  AND u.email_verified_at IS NOT NULL
ORDER BY 1
"""


def askable(person: Person) -> list[Askable]:
    """Whom the levels of a policy may name: roles, the manager of an agent's owner, then groups, schedules and members, each
    by name."""
    found = [Askable(role, "role", role) for role in Role if role in DECIDERS]
    found.append(Askable(MANAGER, "manager", MANAGER))
    for text, name in statements.rows(_ASKABLE, {"workspace": person.workspace_id}):
        kind, _, named = text.partition(":")
        found.append(Askable(text if kind == "oncall" else named, kind, name))
    return found


_PEOPLE = """
SELECT u.email FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %(workspace)s AND u.is_active AND m.suspended_at IS NULL AND m.role <> 'viewer'
  AND u.email_verified_at IS NOT NULL AND u.id <> %(user)s
UNION ALL SELECT name FROM intents_group WHERE workspace_id = %(workspace)s
ORDER BY 1 LIMIT 200
"""


def others(person: Person) -> list[str]:
    """Whom `person` may delegate a task to: addresses of members and names of groups."""
    return [name for (name,) in statements.rows(_PEOPLE, {"workspace": person.workspace_id, "user": person.user_id})]
