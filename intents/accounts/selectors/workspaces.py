"""Organizations and workspaces by name."""

from uuid import UUID

from intents.accounts.models import Member, Organization, Workspace
from intents.kernel.actors import Role


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
