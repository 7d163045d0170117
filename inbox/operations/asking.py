"""Who decides: whom what waits now was put to, and who is on call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from inbox.calendars import selectors as calendars
from inbox.escalation.services import schedules
from inbox.operations.measures import LIST, PAGE
from inbox.operations.query import quoted
from inbox.vocabulary import principals
from intents.kernel import clock, statements
from intents.kernel.actors import Person

MOST = 12
"""So many are told of."""

# Whom the list of `assignee:` finds something for: the same assignments, and those who claimed. An intent has one task that
# can be decided, assigned to each once, and waits for people as long: so assignments are counted, from their index alone.
_ASKED = f"""
WITH put AS MATERIALIZED (
    SELECT principal, sum(number)::bigint AS number FROM (
        SELECT principal, count(*) AS number FROM inbox_assignment
        WHERE workspace_id = %(workspace)s AND live AND (until IS NULL OR until > {clock.START}) GROUP BY principal
        UNION ALL
        SELECT 'user:' || claimed_by_id, count(*) FROM inbox_task
        WHERE workspace_id = %(workspace)s AND state = 'claimed' GROUP BY claimed_by_id
    ) counted GROUP BY principal
)
SELECT kind, coalesce(nullif(u.name, ''), u.email, g.name, said), coalesce(u.email, g.name, said), number
FROM (SELECT *, split_part(principal, ':', 1) AS kind, substr(principal, strpos(principal, ':') + 1) AS said FROM put) p
LEFT JOIN intents_user u ON u.id = {principals.id_in("p.principal", "user")}
LEFT JOIN intents_group g ON g.id = {principals.id_in("p.principal", "group")}
WHERE kind IN ('user', 'email', 'group', 'role', 'name')
ORDER BY 4 DESC, 2 LIMIT {MOST}
"""


@dataclass(frozen=True, slots=True)
class AskedNow:
    """Somebody (`kind` is user, email, group, role or name) and how many intents wait for them. `list` and `page` are where
    those are, for programs and for people."""

    kind: str
    name: str
    open: int
    list: str
    page: str


def asked(workspace_id: UUID) -> Sequence[AskedNow]:
    """Whom most waits for, in a workspace. Checks no actor."""
    found = statements.rows(_ASKED, {"workspace": workspace_id, "now": clock.override()})
    made = []
    for kind, name, term, count in found:
        query = urlencode({"q": f"is:waiting for:human assignee:{quoted(term)}"})
        made.append(AskedNow(kind, name, count, f"{LIST}?{query}", f"{PAGE}?{query}"))
    return made


@dataclass(frozen=True, slots=True)
class OnCallNow:
    """A schedule, who is on call by it (None: nobody) and until when."""

    id: UUID
    schedule: str
    person: str | None
    until: datetime


def on_call(person: Person) -> list[OnCallNow]:
    """Who is on call, by each schedule of the person's workspace."""
    found = schedules.rosters(rows=list(calendars.schedules(person).order_by("name")[:MOST]), now=clock.now())
    return [OnCallNow(one.row.id, one.row.name, _who(one), one.now.end) for one in found]


def _who(roster: schedules.Roster) -> str | None:
    if roster.now.is_gap or roster.now.person is None:
        return None
    user = roster.people.get(roster.now.person)
    return (user.name or user.email) if user else None


def shape(one: AskedNow) -> dict[str, Any]:
    """For programs."""
    return {"kind": one.kind, "name": one.name, "open": one.open, "list": one.list}
