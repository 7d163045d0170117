"""The organization of a credential, its workspace and who belongs there, in the words of the public protocol."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts import selectors as roster
from intents.accounts.models import Member, Workspace
from intents.accounts.services import membership
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import Agent, Role, Scope, Tenant
from intents.kernel.errors import Missing
from intents.schemas import people

router = Router(tags=["Organization"])

ROLES = {
    Role.OWNER: "org_owner",
    Role.ADMIN: "org_admin",
    Role.OPERATOR: "workspace_admin",
    Role.APPROVER: "member",
    Role.VIEWER: "security_auditor",
}
"""Our roles in the protocol's words. `billing_viewer` is a viewer too; there is nothing to bill."""
MEANT = {words: role for role, words in ROLES.items()} | {"billing_viewer": Role.VIEWER}


def _workspace(actor: Tenant, org_id: str) -> Workspace:
    """The workspace of the credential. Raises Missing unless its organization is meant, by id or slug. A key of scope `own`
    sees nobody but itself."""
    found = selectors.workspace(actor)
    alone = isinstance(actor, Agent) and actor.scope is Scope.OWN
    if alone or org_id not in (str(found.organization_id), found.organization.slug):
        raise Missing(f"no organization has the id {org_id[:80]}", org_id=org_id[:80])
    return found


def _member(row: Member) -> dict[str, Any]:
    return {
        "member_id": str(row.id),
        "org_id": str(row.workspace.organization_id),
        "workspace_id": str(row.workspace_id),
        "actor_id": row.user.email,
        "display_name": row.user.name or None,
        "role": ROLES[Role(row.role)],
        "workspace_role": row.role,
        "manager": row.manager.user.email if row.manager else None,
        "status": "active" if row.user.is_active else "suspended",
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.created_at),
    }


@router.get("/organizations/{org_id}", response={200: people.OneOrganization, **REFUSALS}, summary="Get your organization")
def get_organization(request: Request, org_id: str) -> HttpResponse:
    """The organization of your workspace. It counts what your credential reaches: one workspace and its members."""
    row = _workspace(request.auth, org_id).organization
    shown: dict[str, Any] = {
        "org_id": str(row.id),
        "name": row.name,
        "slug": row.slug,
        "legal_name": None,
        "primary_domain": None,
        "status": "active",
        "metadata": {},
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.updated_at),
        "workspaces_count": 1,
        "members_count": roster.members(request.auth).count(),
    }
    return answer({"ok": True, "organization": shown})


@router.get("/organizations/{org_id}/workspaces", response={200: people.Workspaces, **REFUSALS}, summary="List workspaces")
def list_workspaces(request: Request, org_id: str) -> HttpResponse:
    """The workspace of your credential: no other is visible to it."""
    row = _workspace(request.auth, org_id)
    shown = {
        "workspace_id": str(row.id),
        "org_id": str(row.organization_id),
        "name": row.name,
        "slug": row.slug,
        "environment": "production",
        "status": "active",
        "region": None,
        "created_at": clock.rfc3339(row.created_at),
        "updated_at": clock.rfc3339(row.updated_at),
    }
    return answer({"ok": True, "workspaces": [shown]})


@router.get(
    "/organizations/{org_id}/members",
    response={200: people.Members, **REFUSALS},
    summary="List members",
)
def list_members(request: Request, org_id: str, workspace_id: str | None = Query(None)) -> HttpResponse:
    """The members of your workspace."""
    workspace = _workspace(request.auth, org_id)
    found = roster.members(request.auth)
    if workspace_id not in (None, str(workspace.id), workspace.slug):
        found = found.none()
    return answer({"ok": True, "members": [_member(row) for row in found]})


@router.patch(
    "/organizations/{org_id}/members/{member_id}", response={200: people.OneMember, **REFUSALS}, summary="Change a member"
)
def update_member(request: Request, org_id: str, member_id: str, body: people.UpdateMember) -> HttpResponse:
    """Give a member another role, or say whom they report to. Owners and admins, as people, may; a machine key may not."""
    actor = request.auth
    _workspace(actor, org_id)
    row = roster.member(actor, as_id(member_id, "member"))
    changes: dict[str, Any] = {"role": MEANT[body.role]} if body.role is not None else {}
    if "manager" in body.model_fields_set:
        changes["manager"] = body.manager
    return once(request, lambda: {"ok": True, "member": _member(membership.change(actor=actor, member=row, **changes))})


@router.delete(
    "/organizations/{org_id}/members/{member_id}", response={200: people.Removed, **REFUSALS}, summary="Remove a member"
)
def remove_member(request: Request, org_id: str, member_id: str) -> HttpResponse:
    """Take somebody out of the workspace: their tokens for it end. The last owner stays."""
    actor = request.auth
    workspace = _workspace(actor, org_id)
    row = roster.member(actor, as_id(member_id, "member"))
    membership.remove(actor=actor, member=row)
    shown = {"org_id": str(workspace.organization_id), "member_id": member_id}
    return answer({"ok": True, "removed": True, **shown, "removed_at": clock.rfc3339(clock.now())})
