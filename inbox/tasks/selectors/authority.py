"""By what authorities tasks are somebody's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from inbox.tasks.models import Task
from inbox.vocabulary import principals
from intents.accounts.absences import STANDING_IN
from intents.kernel import clock, statements
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql, alone


def _parameter(name: str) -> str:
    return f"%({name})s"


# A stand-in has what is assigned to whom they stand in for by name, but for what was delegated to those: one hop. Who must
# not decide passes nothing on, and whose vote is in comes last.
def _authorities(principals: str, user: str, of: Callable[[str], str] = _parameter) -> str:
    """Of a task, and the time, which `of` tells the SQL of."""
    return f"""
SELECT DISTINCT ON (authority) authority, by_id FROM (
    SELECT authority, by_id, id, false AS voted FROM inbox_assignment
    WHERE task_id = {of("task")} AND principal = ANY({principals}) AND (until IS NULL OR until > {of("at")}::timestamptz)
    UNION ALL
    SELECT 'delegate', s.away, a.id, s.away = ANY({of("voted")}::uuid[]) FROM ({STANDING_IN}) s
    JOIN inbox_assignment a ON a.task_id = {of("task")} AND a.authority <> 'delegate'
        AND a.principal IN (s.principal, s.address)
    WHERE s.workspace_id = {of("workspace")} AND s.stand_in = {user} AND NOT s.away = ANY({of("excluded")}::uuid[])
) found ORDER BY authority, voted, id
"""


_AUTHORITIES = Sql(_authorities("%(principals)s", "%(user)s"), ("authority", "by_id"))
# `principals.of` a member `m`, whose user is `u`, as they are now.
_OF_MEMBER = """
ARRAY['user:' || u.id, 'role:' || m.role]
|| CASE WHEN u.email_verified_at IS NOT NULL THEN ARRAY['email:' || lower(u.email)] ELSE ARRAY[]::text[] END
|| ARRAY(SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id)
"""
_HELD = f"ARRAY(SELECT ARRAY[authority, by_id::text] FROM ({_authorities(_OF_MEMBER, 'm.user_id')}) held)"
_OF_PLACE: statements.Columns = (
    ("place", "int"),
    ("task", "uuid"),
    ("workspace", "uuid"),
    ("excluded", "uuid[]"),
    ("voted", "uuid[]"),
    ("at", "timestamptz"),
)
_HELD_THERE = f"""
ARRAY(
    SELECT ARRAY[held.authority, held.by_id::text]
    FROM {statements.recordset("tasks", "w", _OF_PLACE)}, LATERAL (
        {_authorities(_OF_MEMBER, "m.user_id", lambda name: f"w.{name}")}
    ) held
    WHERE w.place = v.place
)
"""


def authorities(row: Task, person: Person, *, now: datetime) -> dict[str, UUID | None]:
    """By what authorities a task is assigned to a person, and by whom it was delegated, or for whom they stand in; one whose
    time is over counts no more."""
    return alone(ask_authorities(row, person, now=now))


def ask_authorities(row: Task, person: Person, *, now: datetime) -> Ask[dict[str, UUID | None]]:
    """The same, to be asked with others."""
    params = {"principals": principals.of(person), "user": person.user_id, "now": clock.override()}
    return Ask(_AUTHORITIES, params | _of_task(row, now), lambda rows: {row[0]: row[1] for row in rows})


def held(row: Task, *, now: datetime) -> statements.Clause:
    """SQL of `authorities` for whoever is looked up by it, see `rights.present_with`; `read_held` reads what it gives."""
    return statements.Clause(_HELD, _of_task(row, now))


class _There(NamedTuple):
    place: int
    task: UUID
    workspace: UUID
    excluded: list[UUID]
    voted: list[UUID]
    at: datetime


def held_there(rows: Sequence[Task], *, now: datetime) -> statements.Clause:
    """The same of each place of `rows`, see `rights.Several`."""
    there = [_There(place, **_of_task(row, now)) for place, row in enumerate(rows)]
    return statements.Clause(_HELD_THERE, {"tasks": statements.records(there, _OF_PLACE)})


def read_held(value: Sequence[Sequence[str | None]]) -> dict[str, UUID | None]:
    """What `held` gave."""
    return {str(authority): UUID(by) if by else None for authority, by in value}


def _of_task(row: Task, now: datetime) -> dict[str, Any]:
    return {"task": row.id, "workspace": row.workspace_id, "excluded": row.excluded, "voted": row.voted, "at": now}
