"""Whom tasks concern: for telling open pages, and for saying on a page who is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inbox.tasks.models import Task
from inbox.vocabulary.principals import DECIDERS, id_in
from intents.accounts.absences import STANDING_IN
from intents.kernel import clock, statements
from intents.kernel.actors import MANAGER, Person, Role
from intents.kernel.asks import Ask, Sql, alone

_PRINCIPALS = f"""
SELECT task_id, array_agg(principal) FROM (
    SELECT task_id, principal FROM inbox_assignment WHERE task_id = ANY(%(ids)s)
    UNION ALL
    SELECT a.task_id, 'user:' || s.stand_in FROM ({STANDING_IN}) s
    JOIN inbox_assignment a ON a.task_id = ANY(%(ids)s) AND a.workspace_id = s.workspace_id
      AND a.principal IN (s.principal, s.address)
) asked GROUP BY task_id
"""


def principals(task_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """The principals of tasks, by the task's id, with those of who stands in for one of them. Checks no actor."""
    found = statements.rows(_PRINCIPALS, {"ids": list(task_ids), "now": clock.override()})
    return {task_id: frozenset(texts) for task_id, texts in found}


def names(emails: Iterable[str]) -> dict[str, str]:
    """How people are called, by their email addresses."""
    asked = [email for email in emails if "@" in email]
    query = "SELECT email, name FROM intents_user WHERE email = ANY(%s) AND name <> ''"
    return dict(statements.rows(query, [asked])) if asked else {}


def workspaces(intent_ids: Iterable[UUID]) -> set[UUID]:
    """The workspaces that these intents are of. Checks no actor."""
    query = "SELECT DISTINCT workspace_id FROM intents_intent WHERE id = ANY(%s)"
    return {workspace_id for (workspace_id,) in statements.rows(query, [list(intent_ids)])}


def intent_of(person: Person, task_id: UUID) -> UUID | None:
    """The intent that a task of the person's workspace is about."""
    return Task.objects.filter(workspace_id=person.workspace_id, id=task_id).values_list("intent_id", flat=True).first()


_SHOWN_NAME = """
SELECT coalesce(nullif(u.name, ''), u.email) FROM intents_user u JOIN intents_workspace w ON w.id = %s
WHERE u.id = %s AND w.shows_presence
"""


def shown_name(person: Person) -> str:
    """As whom a person is shown to others who look at the same task; empty where their workspace does not show that."""
    found = statements.rows(_SHOWN_NAME, [person.workspace_id, person.user_id])
    return str(found[0][0]) if found else ""


def showing_presence(workspace_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these workspaces that show who looks at a task. Checks no actor."""
    query = "SELECT id FROM intents_workspace WHERE id = ANY(%s) AND shows_presence"
    return {workspace_id for (workspace_id,) in statements.rows(query, [list(workspace_ids)])}


@dataclass(frozen=True, slots=True)
class Assigned:
    """To whom a task is assigned. `kind` is user, email, role, group or name; `by` the name of who delegated it. Who is out
    of office is so until `away_until`, and `stand_in` is the name of who stands in."""

    kind: str
    name: str
    authority: str
    by: str | None
    away_until: datetime | None = None
    stand_in: str | None = None


_NAME = "coalesce(nullif(u.name, ''), u.email, g.name, substr(a.principal, strpos(a.principal, ':') + 1))"
_BEHIND = f"""
LEFT JOIN intents_user u ON u.id = {id_in("a.principal", "user")}
LEFT JOIN intents_group g ON g.id = {id_in("a.principal", "group")}
"""
_AWAY = f"""
LEFT JOIN intents_absence w ON w.member_id = m.id AND w.start <= {clock.NOW} AND w.until > {clock.NOW}
LEFT JOIN intents_member sm ON sm.id = w.stand_in_id LEFT JOIN intents_user s ON s.id = sm.user_id
"""
_ASSIGNED = Sql(
    f"""
SELECT split_part(a.principal, ':', 1), {_NAME}, a.authority, coalesce(nullif(b.name, ''), b.email), w.until,
       coalesce(nullif(s.name, ''), s.email)
FROM inbox_assignment a
{_BEHIND}
LEFT JOIN intents_user b ON b.id = a.by_id
LEFT JOIN intents_member m ON m.workspace_id = a.workspace_id AND m.user_id = u.id
{_AWAY}
WHERE a.task_id = %(task)s ORDER BY a.id
""",
    ("kind", "name", "authority", "by", "away_at", "stand_in"),
)


def ask_assigned(task: Task) -> Ask[list[Assigned]]:
    """To whom a task is assigned, in the order in which it was."""
    params = {"task": task.id, "now": clock.override()}
    return Ask(_ASSIGNED, params, lambda rows: [Assigned(*row) for row in rows])


_NAMED = f"""
SELECT a.principal, coalesce(u.email, g.name, substr(a.principal, strpos(a.principal, ':') + 1))
FROM inbox_assignment a {_BEHIND}
WHERE a.task_id = %s AND a.authority <> 'delegate' ORDER BY a.id
"""


def named(task: Task) -> list[tuple[str, str]]:
    """The principals that a task is assigned to, with what requests call them; not those it was delegated to."""
    return [(principal, name) for principal, name in statements.rows(_NAMED, [task.id])]


# Intent by intent, so that each finds its task and that one's few assignments by their indexes, however many there are.
_ASKED = f"""
SELECT t.intent_id, t.ballot::jsonb ->> 'name', f.kinds, f.names
FROM unnest({statements.array("ids", "uuid")}) AS c(intent_id)
CROSS JOIN LATERAL (
    SELECT id, intent_id, ballot FROM inbox_task WHERE intent_id = c.intent_id ORDER BY id DESC LIMIT 1
) t
CROSS JOIN LATERAL (
    SELECT array_agg(split_part(a.principal, ':', 1) ORDER BY a.id) AS kinds, array_agg({_NAME} ORDER BY a.id) AS names
    FROM inbox_assignment a {_BEHIND} WHERE a.task_id = t.id
) f
WHERE f.kinds IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class AskedPeople:
    """Whom a task is assigned to: the kinds of principals, beside what each is called, and of one in stages the `stage`."""

    stage: str | None
    kinds: Sequence[str]
    names: Sequence[str]

    def __str__(self) -> str:
        """As programs are told; pages have words for roles."""
        return self.stage or ", ".join(self.names)


def asked(intent_ids: Iterable[UUID]) -> dict[UUID, AskedPeople]:
    """Whom the newest tasks of intents are assigned to. Checks no actor."""
    return {intent_id: AskedPeople(*row) for intent_id, *row in statements.rows(_ASKED, {"ids": list(intent_ids)})}


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


@dataclass(frozen=True, slots=True)
class Other:
    """Whom a task may be given to: `to` as it is written, an address or the name of a group. A member who is out of office
    is so until `away_until`, and `stand_in` the name of who stands in."""

    to: str
    away_until: datetime | None = None
    stand_in: str | None = None


_PEOPLE = Sql(
    f"""
SELECT u.email, w.until, coalesce(nullif(s.name, ''), s.email)
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
{_AWAY}
WHERE m.workspace_id = %(workspace)s AND u.is_active AND m.suspended_at IS NULL AND m.role <> 'viewer'
  AND u.email_verified_at IS NOT NULL AND u.id <> %(user)s
UNION ALL SELECT name, NULL, NULL FROM intents_group WHERE workspace_id = %(workspace)s
ORDER BY 1 LIMIT %(most)s
""",
    ("to", "away_at", "stand_in"),
)


def ask_others(person: Person, *, most: int | None = 200) -> Ask[list[Other]]:
    """Whom `person` may give a task to: addresses of members and names of groups, the first `most` of them, or all."""
    params = {"workspace": person.workspace_id, "user": person.user_id, "most": most, "now": clock.override()}
    return Ask(_PEOPLE, params, lambda rows: [Other(*row) for row in rows])


def others(person: Person, *, most: int | None = 200) -> list[Other]:
    """The same, by itself."""
    return alone(ask_others(person, most=most))
