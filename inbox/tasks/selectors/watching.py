"""Who watches a task, and whom a comment can name."""

from dataclasses import dataclass
from uuid import UUID

from inbox.tasks.models import Task
from intents.kernel import statements
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql, alone


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who watches a task."""

    user_id: UUID
    email: str
    name: str


_WATCHERS = Sql(
    """
SELECT u.id, u.email, coalesce(nullif(u.name, ''), u.email) FROM inbox_taskwatcher w
JOIN intents_user u ON u.id = w.user_id JOIN intents_member m ON m.user_id = u.id AND m.workspace_id = w.workspace_id
WHERE w.task_id = %(task)s AND u.is_active AND m.suspended_at IS NULL ORDER BY w.id
""",
    ("user_id", "email", "name"),
)


def ask_watchers(row: Task) -> Ask[list[Watcher]]:
    """Who watches a task whose visibility was checked, those who began first first; nobody who left or is suspended."""
    return Ask(_WATCHERS, {"task": row.id}, lambda rows: [Watcher(*found) for found in rows])


def watchers(row: Task) -> list[Watcher]:
    """The same, by itself."""
    return alone(ask_watchers(row))


@dataclass(frozen=True, slots=True)
class Mentionable:
    """Somebody whom a comment can name: by `handle`, after an @."""

    handle: str
    name: str


# A handle is the part of an address before the @, where only one member has it.
_MENTIONABLE = """
SELECT CASE WHEN count(*) OVER (PARTITION BY split_part(u.email, '@', 1)) = 1 THEN split_part(u.email, '@', 1)
    ELSE u.email END, coalesce(nullif(u.name, ''), u.email), u.id
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %s AND u.is_active AND m.suspended_at IS NULL AND u.email_verified_at IS NOT NULL
ORDER BY 2, 1 LIMIT 1000
"""


def mentionable(person: Person) -> list[Mentionable]:
    """The other members of a person's workspace, by name. All of them may see its tasks."""
    found = statements.rows(_MENTIONABLE, [person.workspace_id])
    return [Mentionable(handle, name) for handle, name, user_id in found if user_id != person.user_id]
