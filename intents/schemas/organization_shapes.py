"""Organizations, workspaces and members in the words of the public protocol."""

from typing import Any

from intents.accounts import selectors as roster
from intents.accounts.models import Invitation, Member, Workspace
from intents.kernel import clock
from intents.kernel.actors import Role, Tenant

ROLES = {
    Role.OWNER: "org_owner",
    Role.ADMIN: "org_admin",
    Role.OPERATOR: "workspace_admin",
    Role.APPROVER: "member",
    Role.VIEWER: "security_auditor",
}
"""Our roles in the protocol's words. `billing_viewer` is a viewer too; there is nothing to bill."""
MEANT = {words: role for role, words in ROLES.items()} | {"billing_viewer": Role.VIEWER}


def organization(actor: Tenant, workspace: Workspace, members: int | None = None) -> dict[str, Any]:
    """The organization of a workspace; it counts what `actor` reaches."""
    row = workspace.organization
    return {
        "org_id": str(row.id),
        "name": row.name,
        "slug": row.slug,
        "legal_name": row.legal_name or None,
        "primary_domain": row.primary_domain or None,
        "status": row.status,
        "metadata": row.metadata,
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.updated_at),
        "workspaces_count": 1,
        "members_count": roster.members(actor).count() if members is None else members,
    }


def workspace(row: Workspace) -> dict[str, Any]:
    """A workspace."""
    return {
        "workspace_id": str(row.id),
        "org_id": str(row.organization_id),
        "name": row.name,
        "slug": row.slug,
        "environment": row.environment,
        "status": row.status,
        "region": row.region or None,
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.updated_at),
    }


def member(row: Member) -> dict[str, Any]:
    """Who belongs to a workspace."""
    return {
        "member_id": str(row.id),
        "org_id": str(row.workspace.organization_id),
        "workspace_id": str(row.workspace_id),
        "actor_id": row.user.email,
        "display_name": row.user.name or None,
        "role": ROLES[Role(row.role)],
        "workspace_role": row.role,
        "manager": row.manager.user.email if row.manager else None,
        "status": "suspended" if row.suspended else "active",
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.suspended_at or row.created_at),
    }


def invited(row: Invitation) -> dict[str, Any]:
    """Who is invited, as the member they are to be; the id is the invitation's."""
    return {
        "member_id": str(row.id),
        "org_id": str(row.workspace.organization_id),
        "workspace_id": str(row.workspace_id),
        "actor_id": row.email,
        "display_name": None,
        "role": ROLES[Role(row.role)],
        "workspace_role": row.role,
        "manager": None,
        "status": "invited",
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.created_at),
    }
