"""Organizations and workspaces by name."""

from intents.accounts.models import Organization, Workspace


def organization_called(slug: str) -> Organization | None:
    """The organization of a slug. Checks no actor."""
    return Organization.objects.filter(slug=slug).first()


def workspace_called(org: str, slug: str) -> Workspace | None:
    """The workspace `org/slug` with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").filter(organization__slug=org, slug=slug).first()
