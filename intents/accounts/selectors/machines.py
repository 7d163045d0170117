"""Agents and their keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from intents.accounts.models import Agent, AgentKey, AgentStatus, CommandLine, Member
from intents.kernel import statements
from intents.kernel.actors import ADMINS, Tenant


def agents_of(workspace_id: UUID) -> QuerySet[Agent]:
    """The agents of a workspace that are not deleted. Checks no actor."""
    return Agent.objects.filter(workspace_id=workspace_id).exclude(status=AgentStatus.DELETED)


def active_agents() -> QuerySet[Agent]:
    """The agents of all workspaces that may work, with their workspaces and organizations. Checks no actor."""
    return Agent.objects.filter(status=AgentStatus.ACTIVE).select_related("workspace__organization")


class ActiveAgent(NamedTuple):
    """What it takes to act as an agent that may work."""

    id: UUID
    workspace_id: UUID
    name: str
    workspace_slug: str
    org_slug: str


_ACTIVE = """
SELECT a.id, a.workspace_id, a.name, w.slug, o.slug FROM intents_agent a
JOIN intents_workspace w ON w.id = a.workspace_id JOIN intents_organization o ON o.id = w.organization_id
WHERE a.status = 'active' AND"""


def active_by_id(ids: Iterable[UUID]) -> dict[UUID, ActiveAgent]:
    """Those of these agents that may work. Checks no actor."""
    query = f"{_ACTIVE} a.id = ANY({statements.array('ids', 'uuid')})"
    return {row[0]: ActiveAgent(*row) for row in statements.rows(query, {"ids": list(ids)})}


def active_named(names: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], ActiveAgent]:
    """The agents that may work of these (workspace, local name). Checks no actor."""
    asked = list(names)
    query = f"{_ACTIVE} (a.workspace_id, a.name) IN (SELECT * FROM unnest(%(workspaces)s::uuid[], %(names)s::text[]))"
    rows = statements.rows(query, {"workspaces": [one for one, _ in asked], "names": [name for _, name in asked]})
    return {(found.workspace_id, found.name): found for found in map(ActiveAgent._make, rows)}


def agents_by_id(ids: Sequence[UUID]) -> dict[UUID, Agent]:
    """Agents with their workspaces, deleted ones too. Checks no actor."""
    return {row.id: row for row in Agent.objects.select_related("workspace").filter(id__in=ids)}


def owner_of(workspace_id: UUID, name: str) -> UUID | None:
    """The user who owns the agent of a local name. Checks no actor."""
    return agents_of(workspace_id).filter(name=name).values_list("owner_id", flat=True).first()


def told_of(workspace_id: UUID, owner_id: UUID | None) -> list[tuple[str, str]]:
    """The verified addresses of who is told of something of a workspace, each with the language they chose: the member who
    owns it, and when none does, the owners and admins. Checks no actor."""
    active = Member.objects.filter(workspace_id=workspace_id, suspended_at=None, user__is_active=True)
    known = active.filter(user__email_verified_at__isnull=False).order_by("user__email")
    told = known.values_list("user__email", "user__language")
    owner = list(told.filter(user_id=owner_id)) if owner_id else []
    return owner or list(told.filter(role__in=ADMINS))


def locked_agent(agent_id: UUID) -> Agent:
    """An agent, its row locked to the end of the transaction. Checks no actor."""
    return Agent.objects.select_for_update(of=("self",)).get(id=agent_id)


def agents(actor: Tenant, now: datetime) -> QuerySet[Agent]:
    """The agents of the workspace by name, each with the number of keys in force, `live_keys`."""
    live = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=now))
    found = Agent.objects.filter(workspace_id=actor.workspace_id).exclude(status=AgentStatus.DELETED).select_related("owner")
    return found.annotate(live_keys=Count("keys", filter=live & Q(keys__id__isnull=False))).order_by("name")


def keys(agent: Agent) -> QuerySet[AgentKey]:
    """All keys of an agent whose visibility was checked, newest first."""
    return AgentKey.objects.filter(agent=agent).order_by("-id")


def is_of_command_line(key: AgentKey) -> bool:
    """Whether a key is the one by which a command line's session sends. Checks no actor."""
    return CommandLine.objects.filter(agent_key=key).exists()
