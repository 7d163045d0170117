"""Reads about people for an actor: members, groups, invitations, and one's own tokens and sessions. What an actor may not
see is missing, never forbidden."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Max, Model, Q, QuerySet

from intents.accounts.models import (
    Agent,
    AgentKey,
    AgentStatus,
    Group,
    Invitation,
    Member,
    Organization,
    PersonToken,
    Session,
    User,
    Workspace,
)
from intents.kernel import secrets
from intents.kernel.actors import ADMINS, Person, Tenant
from intents.kernel.errors import Missing

Row = TypeVar("Row", bound=Model)


def members(actor: Tenant) -> QuerySet[Member]:
    """The members of the workspace by name."""
    found = Member.objects.filter(workspace_id=actor.workspace_id).select_related("user", "workspace", "manager__user")
    return found.order_by("user__name", "user__email")


def user(actor: Person, *, lock: bool = False) -> User:
    """The user who acts."""
    return _users(lock=lock).get(id=actor.user_id)


def known_as(address: str, *, lock: bool = False) -> User | None:
    """The user of an address in lower case, whether it is verified or not. Checks no actor."""
    return _users(lock=lock).filter(email=address).first()


def _users(*, lock: bool) -> QuerySet[User]:
    return User.objects.select_for_update() if lock else User.objects.all()


def member(actor: Tenant, member_id: UUID) -> Member:
    """Raises Missing."""
    return found_or_missing(members(actor).filter(id=member_id).first(), "member", member_id)


def member_known_as(workspace_id: UUID, address: str) -> Member | None:
    """The member with a verified address, in lower case, with their user. Checks no actor."""
    known = Member.objects.filter(workspace_id=workspace_id, user__email_verified_at__isnull=False)
    return known.filter(user__email=address).select_related("user").first()


def membership(workspace: Workspace, user: User) -> Member | None:
    """A user as a member of a workspace, None when they are none. Checks no actor."""
    return Member.objects.filter(workspace=workspace, user=user).first()


def organization_called(slug: str) -> Organization | None:
    """The organization of a slug. Checks no actor."""
    return Organization.objects.filter(slug=slug).first()


def workspace_called(org: str, slug: str) -> Workspace | None:
    """The workspace `org/slug` with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").filter(organization__slug=org, slug=slug).first()


def agents_of(workspace_id: UUID) -> QuerySet[Agent]:
    """The agents of a workspace that are not deleted. Checks no actor."""
    return Agent.objects.filter(workspace_id=workspace_id).exclude(status=AgentStatus.DELETED)


def active_agents() -> QuerySet[Agent]:
    """The agents of all workspaces that may work, with their workspaces and organizations. Checks no actor."""
    return Agent.objects.filter(status=AgentStatus.ACTIVE).select_related("workspace__organization")


def agents_by_id(ids: Sequence[UUID]) -> dict[UUID, Agent]:
    """Agents with their workspaces, deleted ones too. Checks no actor."""
    return {row.id: row for row in Agent.objects.select_related("workspace").filter(id__in=ids)}


def owner_of(workspace_id: UUID, name: str) -> UUID | None:
    """The user who owns the agent of a local name. Checks no actor."""
    return agents_of(workspace_id).filter(name=name).values_list("owner_id", flat=True).first()


def told_of(workspace_id: UUID, owner_id: UUID | None) -> list[str]:
    """The verified addresses of who is told of something of a workspace: the member who owns it, and when none does, the
    owners and admins. Checks no actor."""
    active = Member.objects.filter(workspace_id=workspace_id, suspended_at=None, user__is_active=True)
    known = active.filter(user__email_verified_at__isnull=False).order_by("user__email")
    owner = list(known.filter(user_id=owner_id).values_list("user__email", flat=True)) if owner_id else []
    return owner or list(known.filter(role__in=ADMINS).values_list("user__email", flat=True))


def locked_agent(agent_id: UUID) -> Agent:
    """An agent, its row locked to the end of the transaction. Checks no actor."""
    return Agent.objects.select_for_update(of=("self",)).get(id=agent_id)


def groups_of(workspace_id: UUID) -> QuerySet[Group]:
    """The groups of a workspace. Checks no actor."""
    return Group.objects.filter(workspace_id=workspace_id)


def groups(actor: Tenant) -> QuerySet[Group]:
    """The groups of the workspace by name, each with the number of its members as `size`."""
    found = Group.objects.filter(workspace_id=actor.workspace_id)
    return found.annotate(size=Count("group_members")).order_by("name")


def group(actor: Tenant, group_id: UUID) -> Group:
    """Raises Missing."""
    return found_or_missing(groups(actor).filter(id=group_id).first(), "group", group_id)


def invitations(actor: Tenant) -> QuerySet[Invitation]:
    """Those that would make somebody a member and that nobody has accepted or taken back yet, expired ones among them,
    newest first, each with the `outgoing_email` that brings it."""
    found = Invitation.objects.filter(workspace_id=actor.workspace_id, accepted_at=None, revoked_at=None)
    return found.exclude(role="").select_related("workspace__organization", "outgoing_email").order_by("-id")


def invitation(actor: Tenant, invitation_id: UUID) -> Invitation:
    """Raises Missing."""
    found = Invitation.objects.select_related("workspace__organization")
    return found_or_missing(
        found.filter(workspace_id=actor.workspace_id, id=invitation_id).first(), "invitation", invitation_id
    )


def invitation_by_token(token: str) -> Invitation | None:
    """The invitation of a token, in whatever state, with its workspace and who took it. The token stands for the actor."""
    known = Invitation.objects.select_related("workspace__organization", "accepted_profile")
    return known.filter(fingerprint=secrets.fingerprint(token)).first()


def tokens(actor: Person) -> QuerySet[PersonToken]:
    """The person's own tokens of this workspace that were not revoked, newest first."""
    return PersonToken.objects.filter(workspace_id=actor.workspace_id, user_id=actor.user_id, revoked_at=None).order_by(
        "-id"
    )


def token(actor: Person, token_id: UUID) -> PersonToken:
    """Raises Missing."""
    return found_or_missing(tokens(actor).filter(id=token_id).first(), "token", token_id)


def sessions(actor: Person, now: datetime) -> QuerySet[Session]:
    """Where the person is signed in, the latest used first."""
    return Session.objects.filter(user_id=actor.user_id, expires_at__gt=now).order_by("-seen_at")


def agents(actor: Tenant, now: datetime) -> QuerySet[Agent]:
    """The agents of the workspace by name, each with the number of keys in force, `live_keys`, and `last_used_at`."""
    live = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=now))
    found = Agent.objects.filter(workspace_id=actor.workspace_id).exclude(status=AgentStatus.DELETED).select_related("owner")
    return found.annotate(
        live_keys=Count("keys", filter=live & Q(keys__id__isnull=False)), last_used_at=Max("keys__last_used_at")
    ).order_by("name")


def keys(agent: Agent) -> QuerySet[AgentKey]:
    """All keys of an agent whose visibility was checked, newest first."""
    return AgentKey.objects.filter(agent=agent).order_by("-id")


def found_or_missing(row: Row | None, what: str, row_id: UUID) -> Row:
    """A row that was looked for by its id. Raises Missing, with `<what>_id` among its details."""
    if row is None:
        raise Missing(f"no {what} has the id {row_id}", **{f"{what}_id": str(row_id)})
    return row
