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
from intents.kernel import clock, statements
from intents.kernel.actors import Person

MOST = 12
"""So many are told of."""

# Whom the list of `assignee:` finds something for: the same assignments, and those who claimed.
_ASKED = f"""
WITH put AS (
    SELECT a.principal, t.intent_id FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
    WHERE a.workspace_id = %(workspace)s AND a.live AND (a.until IS NULL OR a.until > {clock.START})
    UNION
    SELECT 'user:' || t.claimed_by_id, t.intent_id FROM inbox_task t
    WHERE t.workspace_id = %(workspace)s AND t.state = 'claimed' AND t.claimed_by_id IS NOT NULL
)
SELECT kind, coalesce(nullif(u.name, ''), u.email, g.name, said), coalesce(u.email, g.name, said), count(*)
FROM (SELECT *, split_part(principal, ':', 1) AS kind, substr(principal, strpos(principal, ':') + 1) AS said FROM put) p
JOIN intents_intent i ON i.id = p.intent_id AND i.status = 'WAITING' AND i.waiting_reason = 'WAITING_FOR_HUMAN'
LEFT JOIN intents_user u ON p.principal = 'user:' || u.id
LEFT JOIN intents_group g ON p.principal = 'group:' || g.id
WHERE kind IN ('user', 'email', 'group', 'role', 'name')
GROUP BY p.principal, kind, 2, 3 ORDER BY 4 DESC, 2 LIMIT {MOST}
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
