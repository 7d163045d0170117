"""Who may decide, and whom names mean."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inbox.tasks.models import StandingGrant, Task
from inbox.vocabulary import principals
from intents.accounts.absences import STANDING_IN
from intents.engine.models import Intent
from intents.kernel import clock, statements
from intents.kernel.asks import Ask, Sql, alone


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may decide a task."""

    user_id: UUID
    email: str
    name: str


ROLES = sorted(principals.DECIDERS)
_DECIDE = ", ".join(f"'{role}'" for role in ROLES)
ELIGIBLE = f"""
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = t.workspace_id AND m.role IN ({_DECIDE}) AND u.is_active AND m.suspended_at IS NULL
  AND NOT m.user_id = ANY(t.excluded)
  AND (t.claimed_by_id IS NULL OR t.claimed_by_id = m.user_id)
  AND EXISTS (
      SELECT FROM inbox_assignment a
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.NOW}) AND (
          a.principal IN ('user:' || u.id, 'role:' || m.role)
          OR (a.principal = 'email:' || u.email AND u.email_verified_at IS NOT NULL)
          OR a.principal IN (SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id)
          OR (a.authority <> 'delegate' AND EXISTS (
              SELECT FROM ({STANDING_IN}) s WHERE s.workspace_id = t.workspace_id AND s.stand_in = u.id
                AND a.principal IN (s.principal, s.address) AND NOT s.away = ANY(t.excluded)
          ))
      )
  )
"""
_DECIDERS = Sql(
    f"""
SELECT found.* FROM inbox_task t, LATERAL (
    SELECT u.id, u.email, u.name {ELIGIBLE} ORDER BY u.email LIMIT %(limit)s
) found
WHERE t.id = %(task)s
""",
    ("user_id", "email", "name"),
)
# Each text that a member is addressed by, with all who are: some dozens, whatever waits.
SERVED = """
WITH addressed AS (
    SELECT m.workspace_id, m.user_id, named.principal FROM intents_member m JOIN intents_user u ON u.id = m.user_id,
    LATERAL (
        SELECT unnest(ARRAY['user:' || u.id, 'role:' || m.role]) AS principal
        UNION ALL SELECT 'email:' || u.email WHERE u.email_verified_at IS NOT NULL
        UNION ALL SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id
    ) named
    WHERE m.role = ANY(%(roles)s::text[]) AND u.is_active AND m.suspended_at IS NULL
), served AS MATERIALIZED (
    SELECT workspace_id, principal, array_agg(user_id) AS users FROM addressed GROUP BY workspace_id, principal
)
"""
# Who is away may decide all the same, so that a stand-in matters where one has claimed a task.
_STANDING_IN = f", standing_in AS MATERIALIZED ({STANDING_IN})"
# Task by task; who has voted is not waited for. OFFSET 0 keeps its few assignments from being joined from the other end.
_ONE_BY_ONE = f"""
SELECT t.{{column}} FROM inbox_task t
WHERE t.state IN ('claimed', 'open') AND {{which}}
  AND NOT EXISTS (
      SELECT FROM inbox_assignment a
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.START})
        AND (a.workspace_id, a.principal) IN (SELECT workspace_id, principal FROM served)
        AND EXISTS (
            SELECT FROM served s
            WHERE s.workspace_id = a.workspace_id AND s.principal = a.principal
              AND NOT s.users <@ (t.excluded || t.voted) AND (
                  t.claimed_by_id IS NULL OR t.claimed_by_id = ANY(s.users) OR a.authority <> 'delegate' AND EXISTS (
                      SELECT FROM standing_in i WHERE i.workspace_id = a.workspace_id AND i.stand_in = t.claimed_by_id
                        AND a.principal IN (i.principal, i.address) AND NOT i.away = ANY(t.excluded)
                  )
              )
        )
      OFFSET 0
  )
"""
# Those that are nobody's, and kept from nobody, at once: whoever they are assigned to may decide them. First the tasks of
# nobody, few of many, by indexes alone; then those of them that are so.
_AT_ONCE = f"""
SELECT t.{{column}} FROM inbox_task t
WHERE t.state = 'open' AND t.excluded = '{{{{}}}}' AND t.voted = '{{{{}}}}' AND t.workspace_id = %(workspace)s::uuid
  AND t.id = ANY(ARRAY(
    SELECT o.id FROM inbox_task o LEFT JOIN (
        SELECT task_id FROM inbox_assignment
        WHERE workspace_id = %(workspace)s::uuid AND live AND (until IS NULL OR until > {clock.START})
          AND principal = ANY(ARRAY(SELECT principal FROM served WHERE workspace_id = %(workspace)s::uuid))
    ) a ON a.task_id = o.id
    WHERE o.state IN ('claimed', 'open') AND o.workspace_id = %(workspace)s::uuid AND a.task_id IS NULL
  ))
"""
_HERE = "t.workspace_id = %(workspace)s::uuid"
_OTHERS = f"(t.state = 'claimed' OR t.excluded <> '{{}}') AND {_HERE}"
# Some of the votes are in. Of all that several decide there is an index.
_VOTED = f"t.ballot IS NOT NULL AND t.voted <> '{{}}' AND t.state = 'open' AND t.excluded = '{{}}' AND {_HERE}"


def _of_one(column: str) -> str:
    parts = [_AT_ONCE.format(column=column)]
    parts += [_ONE_BY_ONE.format(column=column, which=which) for which in (_OTHERS, _VOTED)]
    return f"{SERVED} {_STANDING_IN} {' UNION ALL '.join(parts)}"


_OF_ALL = f"{SERVED} {_STANDING_IN} {_ONE_BY_ONE.format(column='id', which='true')} ORDER BY t.id LIMIT %(limit)s"
_OF_ONE = f"{_of_one('id')} ORDER BY id LIMIT %(limit)s"
UNROUTABLE_INTENTS = _of_one("intent_id")
"""SQL of the intents of a `workspace` that wait for people of whom none may decide. `roles` are ROLES, and `now` is the
clock's."""
COUNTED = 1000

UNALERTED = f"""
SELECT t.intent_id FROM inbox_task t
WHERE t.state IN ('claimed', 'open') AND NOT EXISTS (SELECT {ELIGIBLE.replace(clock.NOW, "clock_timestamp()")})
  AND NOT EXISTS (SELECT FROM inbox_notice n WHERE n.task_id = t.id AND n.kind = 'unroutable')
  AND NOT EXISTS (SELECT FROM inbox_notification n WHERE n.task_id = t.id AND n.kind = 'unroutable')
"""
"""SQL for the intents that wait for a decision that nobody may make, and nobody was alerted. For the auditor."""


def ask_deciders(row: Task, *, limit: int = 50) -> Ask[list[Decider]]:
    """Who may decide `row` as the workspace's members are now; nobody means that the task is stuck."""
    params = {"task": row.id, "limit": limit, "now": clock.override()}
    return Ask(_DECIDERS, params, lambda rows: [Decider(*found) for found in rows])


def deciders(row: Task, *, limit: int = 50) -> list[Decider]:
    """The same, by itself."""
    return alone(ask_deciders(row, limit=limit))


def unroutable(workspace_id: UUID | None, *, limit: int = 100) -> list[UUID]:
    """The ids of undecided tasks that nobody may decide who has not voted yet, oldest first, of one workspace or of all. For
    alerts; checks no actor."""
    params = {"workspace": workspace_id, "roles": ROLES, "limit": limit, "now": clock.override()}
    return [row[0] for row in statements.rows(_OF_ALL if workspace_id is None else _OF_ONE, params)]


def has_standing_grants(workspace_id: UUID, *, now: datetime) -> bool:
    """Whether any standing grant of a workspace is in force. Checks no actor."""
    found = StandingGrant.objects.filter(workspace_id=workspace_id, ended_at__isnull=True, expires_at__gt=now)
    return found.exists()


def unroutable_total() -> int:
    """How many undecided tasks of all workspaces nobody may decide, up to COUNTED."""
    return len(unroutable(None, limit=COUNTED))


_SENT = """
WITH RECURSIVE line AS (
    SELECT id, parent_id, rerun_of_id, account_id, person_id, sender FROM intents_intent WHERE id = %s
    UNION ALL
    SELECT i.id, i.parent_id, i.rerun_of_id, i.account_id, i.person_id, i.sender
    FROM intents_intent i JOIN line ON i.id IN (line.parent_id, line.rerun_of_id)
)
SELECT account_id, person_id, sender FROM line
"""


def sent(intent: Intent) -> list[tuple[UUID | None, UUID | None, str]]:
    """Of an intent, of what it is a part of, up to the root, and of what any of these runs again: the account and the person
    who sent it, and as whom."""
    if intent.parent_id is None and intent.rerun_of_id is None:
        return [(intent.account_id, intent.person_id, intent.sender)]
    return [(account, person, name) for account, person, name in statements.rows(_SENT, [intent.id])]
