"""Whose votes a task can get."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.tasks.models import Decision, Task
from inbox.tasks.selectors.deciding import ROLES, SERVED
from intents.kernel import clock, statements
from intents.kernel.clock import rfc3339

_ELECTORATE = """
SELECT named.principal, u.id FROM intents_member m JOIN intents_user u ON u.id = m.user_id, LATERAL (
    SELECT unnest(ARRAY['user:' || u.id, 'role:' || m.role]) AS principal
    UNION ALL SELECT 'email:' || u.email WHERE u.email_verified_at IS NOT NULL
    UNION ALL SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id
) named
WHERE m.workspace_id = %(workspace)s AND m.role = ANY(%(roles)s::text[]) AND u.is_active AND m.suspended_at IS NULL
  AND named.principal = ANY(%(principals)s::text[])
ORDER BY u.id
"""


def electorate(workspace_id: UUID, principals: Iterable[str]) -> dict[str, list[UUID]]:
    """The users whom principals mean now and who can decide in the workspace at all. Checks no actor."""
    found: dict[str, list[UUID]] = {one: [] for one in principals}
    params = {"workspace": workspace_id, "roles": ROLES, "principals": list(found)}
    for principal, user_id in statements.rows(_ELECTORATE, params):
        found[principal].append(user_id)
    return found


_ASSIGNED = f"""
SELECT principal, authority, by_id FROM inbox_assignment
WHERE task_id = %(task)s AND (until IS NULL OR until > {clock.NOW}) ORDER BY id
"""


def able(task: Task) -> set[UUID]:
    """The users whose votes a task can get as its workspace's members are now: those it is assigned to, and those in whose
    place somebody else can vote."""
    rows = statements.rows(_ASSIGNED, {"task": task.id, "now": clock.override()})
    people = electorate(task.workspace_id, {principal for principal, _, _ in rows})
    found: set[UUID] = set()
    for principal, authority, by in rows:
        users = [user for user in people[principal] if user not in task.excluded]
        if authority != "delegate":
            found.update(users)
        elif users and by is not None and by not in task.excluded:
            found.add(by)
    return found


# By the principals of those who can decide at all. Of one who voted it does not matter whether they still could.
_TOO_FEW = f"""
{SERVED}
SELECT t.id FROM inbox_task t
WHERE t.ballot IS NOT NULL AND t.state IN ('claimed', 'open') AND (
    t.ballot::jsonb -> 'seats' <> '[]' OR t.ballot::jsonb -> 'required' <> '[]' OR (t.ballot::jsonb -> 'short')::int > 0
    OR (t.ballot::jsonb -> 'approve')::int > (
        SELECT count(*) FROM (
            SELECT unnest(s.users) FROM inbox_assignment a
            JOIN served s ON s.workspace_id = a.workspace_id AND s.principal = a.principal
            WHERE a.task_id = t.id AND a.authority <> 'delegate'
            UNION
            SELECT a.by_id FROM inbox_assignment a
            JOIN served s ON s.workspace_id = a.workspace_id AND s.principal = a.principal AND NOT s.users <@ t.excluded
            WHERE a.task_id = t.id AND a.authority = 'delegate' AND a.until > {clock.START}
            UNION
            SELECT (v ->> 'for')::uuid FROM jsonb_array_elements(t.ballot::jsonb -> 'votes') v
        ) able (user_id)
        WHERE NOT user_id = ANY(t.excluded) AND NOT user_id::text IN (
            SELECT v ->> 'for' FROM jsonb_array_elements(t.ballot::jsonb -> 'votes') v WHERE (v -> 'against')::bool
        )
    )
)
ORDER BY t.id LIMIT %(limit)s
"""


def maybe_too_few(*, limit: int) -> list[Task]:
    """Undecided tasks that several decide and of whose people there may be too few, the oldest first. Checks no actor."""
    params = {"roles": ROLES, "limit": limit, "now": clock.override()}
    ids = [row[0] for row in statements.rows(_TOO_FEW, params)]
    return list(Task.objects.filter(id__in=ids).order_by("id"))


@dataclass(frozen=True, slots=True)
class CastVote:
    """A vote that counts, with the names of who gave it and in whose place. Stages are counted from 1."""

    task_id: UUID
    stage: int
    by: str
    name: str
    delegated_by: str | None
    outcome: str
    comment: str | None
    authority: str
    channel: str
    at: datetime
    counts_for: UUID

    def told(self) -> dict[str, Any]:
        """As results and records have it."""
        return {
            "stage": self.stage,
            "by": self.by,
            **({"delegated_by": self.delegated_by} if self.delegated_by else {}),
            "outcome": self.outcome,
            **({"comment": self.comment} if self.comment else {}),
            "authority": self.authority,
            "channel": self.channel,
            "at": rfc3339(self.at),
        }


# Overriding is no vote, and what holds of a task that several decide is one otherwise.
_VOTES = """
SELECT d.task_id, d.stage + 1, p.email, coalesce(nullif(p.name, ''), p.email), b.email,
       d.outcome, d.comment, d.authority, d.channel, d.at, d.counts_for
FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
JOIN intents_user p ON p.id = d.person_id LEFT JOIN intents_user b ON b.id = d.delegated_by_id
WHERE d.task_id = ANY(%(tasks)s::uuid[]) AND d.void_at IS NULL AND d.counts_for IS NOT NULL AND d.revision = t.revision
ORDER BY d.id
"""


def all_votes(task_ids: Sequence[UUID]) -> list[CastVote]:
    """Every vote that counts of tasks, of all their stages, the oldest first. Checks no actor."""
    return [CastVote(*row) for row in statements.rows(_VOTES, {"tasks": list(task_ids)})]


def vote(task: Task, stage: int, user: UUID) -> Decision:
    """The vote that counts for a user in a stage of a task."""
    found = Decision.objects.filter(task_id=task.id, revision=task.revision, stage=stage, void_at__isnull=True)
    return found.select_related("person", "delegated_by").get(counts_for=user)
