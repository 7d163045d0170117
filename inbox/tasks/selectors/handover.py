"""What waits for somebody who will be out of office, and what of it goes to who stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inbox.tasks.selectors.deciding import ELIGIBLE
from inbox.vocabulary import principals
from intents.accounts import selectors as accounts
from intents.accounts.models import Member
from intents.kernel import clock, statements
from intents.kernel.actors import Person

MOST = 200
GROUP = "it was put to a group or role, and others there can decide it"
ONLY_YOU = "it was put to a group or role, and only you can decide it"
DELEGATED_TO = "it was delegated to you, and goes no further"
DELEGATED_ON = "you delegated it to somebody else"
ASKED = "the stand-in is asked already"
APART = "separation of duties keeps the stand-in from it"
NOBODY = "nobody stands in"
AWAY = "the stand-in is out of office too"
"""Why a task does not go to a stand-in, as the API has it."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A task that waits for who will be away, and why it does not go to their stand-in; nothing when it does."""

    task_id: UUID
    intent_id: UUID
    headline: str
    risk: str
    due_at: datetime | None
    why_not: str


# What who leaves has claimed is released as they do, and then others can decide it.
_OTHERS = ELIGIBLE.replace("(t.claimed_by_id IS NULL OR t.claimed_by_id = m.user_id)", "true")
_HANDOVERS = f"""
SELECT found.id, found.intent_id, found.headline, found.risk, found.due_at, CASE
    WHEN delegated_on THEN '{DELEGATED_ON}'
    WHEN NOT by_name AND delegated THEN '{DELEGATED_TO}'
    WHEN asked AND NOT apart THEN '{ASKED}'
    WHEN NOT by_name THEN CASE WHEN others THEN '{GROUP}' ELSE '{ONLY_YOU}' END
    WHEN %(stand_in)s::uuid IS NULL THEN '{NOBODY}'
    WHEN apart THEN '{APART}'
    WHEN %(both_away)s::bool THEN '{AWAY}'
    ELSE '' END
FROM (
    SELECT t.id, t.intent_id, coalesce(nullif(t.headline, ''), t.title) AS headline, t.risk, t.due_at,
           t.risk_order, t.due_order, mine.by_name, mine.delegated,
           EXISTS (SELECT FROM inbox_assignment d WHERE d.task_id = t.id AND d.authority = 'delegate'
                     AND d.by_id = %(user)s AND d.until > {clock.START}) AS delegated_on,
           EXISTS (SELECT FROM inbox_assignment o WHERE o.task_id = t.id AND o.principal = ANY(%(theirs)s::text[])
                     AND (o.until IS NULL OR o.until > {clock.START})) AS asked,
           EXISTS (SELECT {_OTHERS} AND m.user_id <> %(user)s) AS others,
           coalesce(%(stand_in)s::uuid = ANY(t.excluded), false) AS apart
    FROM (
        SELECT a.task_id, bool_or(a.authority <> 'delegate' AND a.principal = ANY(%(named)s::text[])) AS by_name,
               bool_or(a.authority = 'delegate') AS delegated
        FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
        WHERE a.workspace_id = %(workspace)s AND a.principal = ANY({statements.array("principals", "text")})
          AND (a.live OR t.claimed_by_id = %(user)s) AND (a.until IS NULL OR a.until > {clock.START})
        GROUP BY a.task_id
    ) mine JOIN inbox_task t ON t.id = mine.task_id
    WHERE t.state IN ('open', 'claimed') AND NOT %(user)s = ANY(t.excluded) AND NOT %(user)s = ANY(t.voted)
    ORDER BY t.risk_order, t.due_order, t.id LIMIT {MOST + 1}
) found ORDER BY risk_order, due_order, id
"""


def handovers(person: Person, stand_in: Member | None, *, both_away: bool) -> list[Handover]:
    """What waits for `person` now, the most pressing MOST + 1, and what of it would go to `stand_in`."""
    own = principals.of(person)
    params = {
        "user": person.user_id,
        "workspace": person.workspace_id,
        "principals": own,
        "named": [one for one in own if one.startswith(("user:", "email:"))],
        "theirs": _addressed(stand_in) if stand_in else [],
        "stand_in": stand_in.user_id if stand_in else None,
        "both_away": both_away,
        "now": clock.override(),
    }
    return [Handover(*row) for row in statements.rows(_HANDOVERS, params)]


def _addressed(member: Member) -> Sequence[str]:
    """All that a member is addressed by."""
    found = [principals.user(member.user_id), principals.role(member.role)]
    found += [principals.group(one) for one in accounts.groups_of_member(member)]
    return [*found, principals.email(member.user.email)] if member.user.email_verified_at else found


_NAMED = f"""
SELECT a.task_id FROM inbox_assignment a
WHERE a.workspace_id = %(workspace)s AND a.live AND a.authority <> 'delegate' AND a.principal = ANY(%(named)s::text[])
  AND (a.until IS NULL OR a.until > {clock.START})
UNION
SELECT a.task_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
WHERE t.workspace_id = %(workspace)s AND t.state = 'claimed'
  AND a.authority <> 'delegate' AND a.principal = ANY(%(named)s::text[]) AND (a.until IS NULL OR a.until > {clock.START})
ORDER BY 1 LIMIT %(limit)s
"""


def assigned_by_name(member: Member, *, limit: int) -> list[UUID]:
    """The tasks that are assigned to a member by name, open or claimed by anybody, the oldest first. Checks no actor."""
    named = [one for one in _addressed(member) if one.startswith(("user:", "email:"))]
    params = {"workspace": member.workspace_id, "named": named, "limit": limit, "now": clock.override()}
    return [row[0] for row in statements.rows(_NAMED, params)]
