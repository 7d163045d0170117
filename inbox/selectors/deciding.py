"""Who may decide, and whom names mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower

from inbox import principals
from inbox.models import Task
from intents import clock, statements
from intents.models import Agent as AgentRow
from intents.models import AgentKey, AgentStatus, Group, Member, User


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may decide a task."""

    user_id: UUID
    email: str
    name: str


_ELIGIBLE = f"""
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = t.workspace_id AND m.role = ANY(%(roles)s) AND u.is_active AND NOT m.user_id = ANY(t.excluded)
  AND (t.claimed_by_id IS NULL OR t.claimed_by_id = m.user_id)
  AND EXISTS (
      SELECT FROM inbox_assignment a
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.NOW}) AND (
          a.principal IN ('user:' || u.id, 'email:' || u.email, 'role:' || m.role)
          OR a.principal IN (SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id)
      )
  )
"""
_DECIDERS = f"""
SELECT found.* FROM inbox_task t, LATERAL (
    SELECT u.id, u.email, u.name {_ELIGIBLE} ORDER BY u.email LIMIT %(limit)s
) found
WHERE t.id = %(task)s
"""
# Each text that a member is addressed by, with all who are: some dozens, whatever waits.
_UNROUTABLE = f"""
WITH addressed AS (
    SELECT m.workspace_id, m.user_id, named.principal FROM intents_member m JOIN intents_user u ON u.id = m.user_id,
    LATERAL (
        SELECT unnest(ARRAY['user:' || u.id, 'email:' || u.email, 'role:' || m.role]) AS principal
        UNION ALL SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id
    ) named
    WHERE m.role = ANY(%(roles)s) AND u.is_active
), served AS MATERIALIZED (
    SELECT workspace_id, principal, array_agg(user_id) AS users FROM addressed GROUP BY workspace_id, principal
)
SELECT t.id FROM inbox_task t
WHERE t.state IN ('claimed', 'open') AND (%(workspace)s::uuid IS NULL OR t.workspace_id = %(workspace)s::uuid)
  AND NOT EXISTS (
      SELECT FROM inbox_assignment a
      JOIN served s ON s.workspace_id = a.workspace_id AND s.principal = a.principal
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.START}) AND NOT s.users <@ t.excluded
        AND (t.claimed_by_id IS NULL OR t.claimed_by_id = ANY(s.users))
  )
ORDER BY t.id LIMIT %(limit)s
"""
COUNTED = 1000
_ROLES = sorted(principals.DECIDERS)


def deciders(row: Task, *, limit: int = 50) -> list[Decider]:
    """Who may decide `row` as the workspace's members are now; nobody means that the task is stuck."""
    return [
        Decider(*found)
        for found in statements.rows(_DECIDERS, {"task": row.id, "roles": _ROLES, "limit": limit, "now": clock.override()})
    ]


def unroutable(workspace_id: UUID | None, *, limit: int = 100) -> list[UUID]:
    """The ids of undecided tasks that nobody may decide, oldest first, of one workspace or of all. For alarms; checks no
    actor."""
    params = {"workspace": workspace_id, "roles": _ROLES, "limit": limit, "now": clock.override()}
    return [row[0] for row in statements.rows(_UNROUTABLE, params)]


def unroutable_total() -> int:
    """How many undecided tasks of all workspaces nobody may decide, up to COUNTED."""
    return len(unroutable(None, limit=COUNTED))


def able(workspace_id: UUID) -> set[UUID]:
    """The users who can decide in a workspace at all. Checks no actor."""
    found = Member.objects.filter(workspace_id=workspace_id, role__in=principals.DECIDERS, user__is_active=True)
    return set(found.values_list("user_id", flat=True))


def people(ids: Iterable[UUID]) -> dict[UUID, User]:
    """Users by their ids, also those who left. For those whom a row of the workspace names."""
    return User.objects.in_bulk(list(ids))


def members(workspace_id: UUID, *, emails: Iterable[str], ids: Iterable[UUID]) -> list[Member]:
    """Members by e-mail address, or by the id of the user or the membership."""
    found = Member.objects.filter(workspace_id=workspace_id).select_related("user")
    wanted = list(ids)
    by_address = found.filter(user__email__in=[address.strip().lower() for address in emails])
    return list(by_address | found.filter(user_id__in=wanted) | found.filter(id__in=wanted))


def groups(workspace_id: UUID, *, names: Iterable[str], ids: Iterable[UUID]) -> list[Group]:
    """Groups by their id, or by their name whatever its case."""
    found = Group.objects.filter(workspace_id=workspace_id).annotate(lower=Lower("name"))
    return list(found.filter(Q(lower__in=[name.strip().lower() for name in names]) | Q(id__in=list(ids))))


def makers(workspace_id: UUID, names: Iterable[str]) -> set[str]:
    """The labels of those who made or own agents of these local names, or made keys for them."""
    agents = AgentRow.objects.filter(workspace_id=workspace_id, name__in=list(names))
    keys = AgentKey.objects.filter(workspace_id=workspace_id, agent__in=agents)
    made = {label for row in agents.values_list("created_by", "owner__email") for label in row if label}
    return made | set(keys.values_list("created_by", flat=True))


def owner_and_manager(workspace_id: UUID, agent: str) -> tuple[User | None, User | None]:
    """Who owns the agent of this local name, and whom they report to in this workspace. Checks no actor."""
    found = AgentRow.objects.filter(workspace_id=workspace_id, name=agent).exclude(status=AgentStatus.DELETED)
    row = found.select_related("owner").first()
    if row is None or row.owner is None:
        return None, None
    member = Member.objects.filter(workspace_id=workspace_id, user=row.owner).select_related("manager__user").first()
    return row.owner, member.manager.user if member and member.manager else None
