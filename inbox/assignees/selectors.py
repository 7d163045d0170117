"""Reads about people: whom names mean, who can decide in a workspace at all, who stands behind an agent."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower

from inbox.vocabulary import principals
from intents.accounts.models import Agent as AgentRow
from intents.accounts.models import AgentKey, AgentStatus, Group, Member, User
from intents.kernel import statements
from intents.kernel.actors import Person


def able(workspace_id: UUID) -> set[UUID]:
    """The users who can decide in a workspace at all. Checks no actor."""
    found = Member.objects.filter(
        workspace_id=workspace_id, role__in=principals.DECIDERS, user__is_active=True, suspended_at=None
    )
    return set(found.values_list("user_id", flat=True))


def people(ids: Iterable[UUID]) -> dict[UUID, User]:
    """Users by their ids, also those who left. For those whom a row of the workspace names."""
    return User.objects.in_bulk(list(ids))


def members(workspace_id: UUID, *, emails: Iterable[str], ids: Iterable[UUID]) -> list[Member]:
    """Members by verified email address, or by the id of the user or the membership."""
    found = Member.objects.filter(workspace_id=workspace_id).select_related("user")
    wanted = list(ids)
    by_address = found.filter(
        user__email__in=[address.strip().lower() for address in emails], user__email_verified_at__isnull=False
    )
    return list(by_address | found.filter(user_id__in=wanted) | found.filter(id__in=wanted))


_NAMED = """
SELECT 'user', m.user_id, u.email::text, m.id
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = %(workspace)s AND u.email = ANY(%(emails)s) AND u.email_verified_at IS NOT NULL
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
    """The principals of the members (by verified email address, or the id of the user or the membership), groups and
    on-call schedules (by name or id) that `texts`, in small letters, name; those that name none are left out. Checks no
    actor."""
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
    principals_of: dict[str, str] = {}
    for kind, row_id, name, other_id in statements.rows(_NAMED, params):
        before = principals.ON_CALL if kind == "oncall" else ""
        for key in (name.lower(), str(row_id), str(other_id)):
            principals_of[f"{before}{key}"] = f"{kind}:{row_id}"
    return principals_of


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


def owner_and_manager(workspace_id: UUID, agent: str) -> tuple[User | None, User | None]:
    """Who owns the agent of this local name, and whom they report to in this workspace. Checks no actor."""
    found = AgentRow.objects.filter(workspace_id=workspace_id, name=agent).exclude(status=AgentStatus.DELETED)
    row = found.select_related("owner").first()
    if row is None or row.owner is None:
        return None, None
    member = Member.objects.filter(workspace_id=workspace_id, user=row.owner).select_related("manager__user").first()
    return row.owner, member.manager.user if member and member.manager else None


def managers(workspace_id: UUID, users: Iterable[UUID]) -> dict[UUID, User]:
    """Whom these users report to in a workspace, as far as they have a manager there. Checks no actor."""
    found = Member.objects.filter(workspace_id=workspace_id, user_id__in=list(users), manager__isnull=False)
    return {row.user_id: row.manager.user for row in found.select_related("manager__user") if row.manager}
