"""Organizations and workspaces by name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.accounts.models import EVERYTHING, Member, Organization, TenantStatus, Workspace
from intents.kernel import statements
from intents.kernel.actors import Role

_STOP = f"""
SELECT c.state, c.at, coalesce(nullif(u.name, ''), c.by), w.status, w.by_operator, o.status, o.by_operator
FROM intents_agentstop c JOIN intents_workspace w ON w.id = c.workspace_id
JOIN intents_organization o ON o.id = w.organization_id LEFT JOIN intents_user u ON u.email = c.by
WHERE c.workspace_id = %s AND c.name = '{EVERYTHING}'
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """That nothing goes on in a workspace: its `state`, since when, and by whom, by name. `own` is the status of the
    workspace itself and `whole` that of its organization, each with whether only the operator of the server changes it."""

    state: str
    at: datetime
    by: str
    own: str
    own_by_operator: bool
    whole: str
    whole_by_operator: bool

    @property
    def of_organization(self) -> bool:
        """Whether the `state` is that of the organization alone."""
        return self.own != self.state

    @property
    def by_operator(self) -> bool:
        """Whether only the operator of the server changes what the `state` is of."""
        return self.whole_by_operator if self.of_organization else self.own_by_operator

    @property
    def of_both(self) -> bool:
        """Whether the workspace and its organization are stopped, each of which has to go on."""
        return TenantStatus.ACTIVE not in (self.own, self.whole)


def stop_of(workspace_id: UUID) -> Stop | None:
    """None where all goes on. Checks no actor."""
    found = statements.rows(_STOP, [workspace_id])
    return Stop(*found[0]) if found else None


def organization_called(slug: str) -> Organization | None:
    """The organization of a slug. Checks no actor."""
    return Organization.objects.filter(slug=slug).first()


def workspace_called(org: str, slug: str) -> Workspace | None:
    """The workspace `org/slug` with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").filter(organization__slug=org, slug=slug).first()


def lock_organization(organization_id: UUID) -> None:
    """Have everybody wait who changes the status of an organization, or of a workspace of it."""
    Organization.objects.select_for_update(no_key=True).get(id=organization_id)


def workspaces_of(organization_id: UUID, *, without_owner: UUID | None = None) -> list[UUID]:
    """The workspaces of an organization, or those of them that this user does not own. Checks no actor."""
    found = Workspace.objects.filter(organization_id=organization_id).order_by("id")
    if without_owner is not None:
        # Conditions of an `exclude` through a relation need not be of one member.
        owned = Member.objects.filter(user_id=without_owner, role=Role.OWNER, suspended_at=None)
        found = found.exclude(id__in=owned.values("workspace_id"))
    return list(found.values_list("id", flat=True))
