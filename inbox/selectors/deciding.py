"""Who may decide, and whom names mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower

from inbox import principals
from inbox.models import Task
from intents import clock, statements
from intents.actors import Person
from intents.models import Agent as AgentRow
from intents.models import AgentKey, AgentStatus, Group, Intent, Member, User


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


_NAMED = """
SELECT 'user', m.user_id, u.email::text, m.id
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %(workspace)s AND u.email = ANY(%(emails)s)
UNION ALL
SELECT 'user', m.user_id, u.email, m.id
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %(workspace)s AND (m.user_id = ANY(%(ids)s) OR m.id = ANY(%(ids)s))
UNION ALL
SELECT 'group', id, name, id FROM intents_group
WHERE workspace_id = %(workspace)s AND (lower(name) = ANY(%(names)s) OR id = ANY(%(ids)s))
UNION ALL
SELECT 'oncall', id, name, id FROM inbox_schedule
WHERE workspace_id = %(workspace)s AND (lower(name) = ANY(%(schedules)s) OR id = ANY(%(schedule_ids)s))
"""


def named(workspace_id: UUID, texts: Iterable[str]) -> dict[str, str]:
    """The principals of the members (by e-mail address, or the id of the user or the membership), groups and on-call
    schedules (by name or id) that `texts`, in small letters, name; those that name none are left out. Checks no actor."""
    emails = [text for text in texts if "@" in text]
    schedules = [schedule for text in texts if (schedule := principals.schedule(text))]
    names = [text for text in texts if "@" not in text and principals.schedule(text) is None]
    params = {
        "workspace": workspace_id,
        "emails": emails,
        "names": names,
        "ids": principals.ids(names),
        "schedules": schedules,
        "schedule_ids": principals.ids(schedules),
    }
    found: dict[str, str] = {}
    for kind, row_id, name, other_id in statements.rows(_NAMED, params):
        before = principals.ON_CALL if kind == "oncall" else ""
        for key in (name.lower(), str(row_id), str(other_id)):
            found[f"{before}{key}"] = f"{kind}:{row_id}"
    return found


_USER = f"SELECT {statements.columns(User, 'u')} FROM intents_user u WHERE u.id = %s"


def user(person: Person) -> User:
    """The user who acts as `person`."""
    (found,) = statements.objects(User, _USER, [person.user_id])
    return found


def groups(workspace_id: UUID, *, names: Iterable[str], ids: Iterable[UUID]) -> list[Group]:
    """Groups by their id, or by their name whatever its case."""
    found = Group.objects.filter(workspace_id=workspace_id).annotate(lower=Lower("name"))
    return list(found.filter(Q(lower__in=[name.strip().lower() for name in names]) | Q(id__in=list(ids))))


@dataclass(frozen=True, slots=True)
class Makers:
    """Who made or owns agents, or made keys of theirs: `users`, people by their `emails`, and agents by their `labels`."""

    users: set[UUID]
    emails: set[str]
    labels: set[str]


def makers(workspace_id: UUID, *, names: Iterable[str], accounts: Iterable[UUID]) -> Makers:
    """Of the agents of these local names, also deleted ones, and of these ids. Who owned one once counts too."""
    rows = AgentRow.objects.filter(Q(name__in=list(names)) | Q(id__in=list(accounts)), workspace_id=workspace_id)
    found = list(rows.values_list("id", "owner_id", "past_owners", "created_by", "created_with"))
    keys = AgentKey.objects.filter(workspace_id=workspace_id, agent_id__in=[row[0] for row in found])
    made = {label for row in found for label in row[3:]} | {label for row in keys.values_list(*_MADE) for label in row}
    owners = {user for _, owner, past, *_ in found for user in (owner, *past) if user is not None}
    labels = {label for label in made if "://" in label}
    return Makers(owners, made - labels - {""}, labels)


_MADE = ("created_by", "created_with")
_SENT = """
WITH RECURSIVE line AS (
    SELECT id, parent_id, account_id, person_id, sender FROM intents_intent WHERE id = %s
    UNION ALL
    SELECT i.id, i.parent_id, i.account_id, i.person_id, i.sender FROM intents_intent i JOIN line ON i.id = line.parent_id
)
SELECT account_id, person_id, sender FROM line
"""


def sent(intent: Intent) -> list[tuple[UUID | None, UUID | None, str]]:
    """Of an intent, and of what it is a part of, up to the root: the account and the person who sent it, and as whom."""
    if intent.parent_id is None:
        return [(intent.account_id, intent.person_id, intent.sender)]
    return [(account, person, name) for account, person, name in statements.rows(_SENT, [intent.id])]


def owner_and_manager(workspace_id: UUID, agent: str) -> tuple[User | None, User | None]:
    """Who owns the agent of this local name, and whom they report to in this workspace. Checks no actor."""
    found = AgentRow.objects.filter(workspace_id=workspace_id, name=agent).exclude(status=AgentStatus.DELETED)
    row = found.select_related("owner").first()
    if row is None or row.owner is None:
        return None, None
    member = Member.objects.filter(workspace_id=workspace_id, user=row.owner).select_related("manager__user").first()
    return row.owner, member.manager.user if member and member.manager else None
