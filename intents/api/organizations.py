"""The organization of a credential, its workspace and who belongs there, in the words of the public protocol."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts import selectors as roster
from intents.accounts.models import Workspace
from intents.accounts.services import invitations, membership, organizations
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import Machine, Scope, Tenant
from intents.kernel.errors import Missing
from intents.schemas import organization_shapes as shapes
from intents.schemas import people

router = Router(tags=["Organization"])


def of_organization(actor: Tenant, org_id: str) -> Workspace:
    """The workspace of the credential. Raises Missing unless its organization is meant, by id or slug. A key of scope `own`
    sees nobody but itself."""
    found = selectors.workspace(actor)
    alone = isinstance(actor, Machine) and actor.scope is Scope.OWN
    if alone or org_id not in (str(found.organization_id), found.organization.slug):
        raise Missing(f"no organization has the id {org_id[:80]}", org_id=org_id[:80])
    return found


def _this(actor: Tenant, workspace_id: str) -> Workspace:
    """The workspace of the credential. Raises Missing unless it is meant, by id or slug."""
    found = selectors.workspace(actor)
    alone = isinstance(actor, Machine) and actor.scope is Scope.OWN
    if alone or workspace_id not in (str(found.id), found.slug):
        raise Missing(f"no workspace has the id {workspace_id[:80]}", workspace_id=workspace_id[:80])
    return found


def ensure_same(actor: Tenant, org_id: str | None, workspace_id: str | None = None) -> Workspace:
    """The workspace of the credential. Raises Missing where a request says another organization or workspace."""
    found = selectors.workspace(actor)
    if org_id not in (None, str(found.organization_id), found.organization.slug):
        raise Missing("the organization is not that of this credential")
    if workspace_id not in (None, str(found.id), found.slug):
        raise Missing("the workspace is not that of this credential")
    return found


def _given(body: people.UpdateOrganization | people.UpdateWorkspace, *fields: str) -> dict[str, Any]:
    """What a body holds of `fields`; null empties one."""
    empty: dict[str, Any] = {"metadata": {}}
    status = {"status": body.status} if body.status is not None else {}
    return status | {
        name: empty.get(name, "") if (value := getattr(body, name)) is None else value
        for name in fields
        if name in body.model_fields_set
    }


@router.post("/organizations", response={200: people.CreatedOrganization, **REFUSALS}, summary="Create an organization")
def create_organization(request: Request, body: people.CreateOrganization) -> HttpResponse:
    """A new organization with one workspace, `production`, whose owner you are. Owners may, as people. Your credential stays
    one of the workspace it was made in: sign in to the new one for a token there."""
    actor = request.auth
    details: dict[str, Any] = {"legal_name": body.legal_name or "", "primary_domain": body.primary_domain or ""}

    def work() -> dict[str, Any]:
        made = organizations.create_organization(actor=actor, name=body.name, metadata=body.metadata or {}, **details)
        return {"ok": True, "organization": shapes.organization(actor, made, 1), "workspace_id": str(made.id)}

    return once(request, work)


@router.get("/organizations/{org_id}", response={200: people.OneOrganization, **REFUSALS}, summary="Get your organization")
def get_organization(request: Request, org_id: str) -> HttpResponse:
    """The organization of your workspace. It counts what your credential reaches: one workspace and its members."""
    return answer({"ok": True, "organization": shapes.organization(request.auth, of_organization(request.auth, org_id))})


@router.patch(
    "/organizations/{org_id}", response={200: people.OneOrganization, **REFUSALS}, summary="Change your organization"
)
def update_organization(request: Request, org_id: str, body: people.UpdateOrganization) -> HttpResponse:
    """Owners, as people, may. What it is called in addresses, its slug, stays. Where its `status` is not `active`, nothing
    goes on in any of its workspaces: who owns all of them sets it."""
    actor, workspace = request.auth, of_organization(request.auth, org_id)
    ensure_same(actor, body.org_id)
    changes = _given(body, "name", "legal_name", "primary_domain", "metadata")

    def work() -> dict[str, Any]:
        organizations.update_organization(actor=actor, organization=workspace.organization, **changes)
        return {"ok": True, "organization": shapes.organization(actor, workspace)}

    return once(request, work)


@router.get("/organizations/{org_id}/workspaces", response={200: people.Workspaces, **REFUSALS}, summary="List workspaces")
def list_workspaces(request: Request, org_id: str) -> HttpResponse:
    """The workspace of your credential: no other is visible to it."""
    return answer({"ok": True, "workspaces": [shapes.workspace(of_organization(request.auth, org_id))]})


@router.post(
    "/organizations/{org_id}/workspaces", response={200: people.OneWorkspace, **REFUSALS}, summary="Create a workspace"
)
def create_workspace(request: Request, org_id: str, body: people.CreateWorkspace) -> HttpResponse:
    """A new workspace of your organization, whose owner you are. Owners may, as people. Your credential stays one of the
    workspace it was made in: choose the new one after signing in for a token there."""
    actor, organization = request.auth, of_organization(request.auth, org_id).organization
    ensure_same(actor, body.org_id)
    details = {"environment": body.environment, "region": body.region or ""}

    def work() -> dict[str, Any]:
        made = organizations.create_workspace(actor=actor, organization=organization, name=body.name, **details)
        return {"ok": True, "workspace": shapes.workspace(made)}

    return once(request, work)


@router.patch(
    "/organizations/{org_id}/workspaces/{workspace_id}",
    response={200: people.OneWorkspace, **REFUSALS},
    summary="Change a workspace of your organization",
)
def update_workspace(request: Request, org_id: str, workspace_id: str, body: people.UpdateWorkspace) -> HttpResponse:
    """As `PATCH /v1/workspaces/{workspace_id}` does."""
    of_organization(request.auth, org_id)
    return _change_workspace(request, workspace_id, body)


@router.patch("/workspaces/{workspace_id}", response={200: people.OneWorkspace, **REFUSALS}, summary="Change your workspace")
def change_workspace(request: Request, workspace_id: str, body: people.UpdateWorkspace) -> HttpResponse:
    """Owners and admins, as people, may. What it is called in addresses, its slug, stays. Where its `status` is not `active`
    nothing new is accepted, nothing decided and nothing delivered; all of it can be read. Owners alone archive it."""
    return _change_workspace(request, workspace_id, body)


def _change_workspace(request: Request, workspace_id: str, body: people.UpdateWorkspace) -> HttpResponse:
    actor, workspace = request.auth, _this(request.auth, workspace_id)
    ensure_same(actor, body.org_id, body.workspace_id)
    changes = _given(body, "name", "region")

    def work() -> dict[str, Any]:
        return {
            "ok": True,
            "workspace": shapes.workspace(organizations.update_workspace(actor=actor, workspace=workspace, **changes)),
        }

    return once(request, work)


@router.get(
    "/organizations/{org_id}/members",
    response={200: people.Members, **REFUSALS},
    summary="List members",
)
def list_members(request: Request, org_id: str, workspace_id: str | None = Query(None)) -> HttpResponse:
    """The members of your workspace, then who is invited by email address."""
    actor = request.auth
    workspace = of_organization(actor, org_id)
    if workspace_id not in (None, str(workspace.id), workspace.slug):
        return answer({"ok": True, "members": []})
    invited = roster.invitations(actor).exclude(email="").filter(expires_at__gt=clock.now())
    return answer({"ok": True, "members": [*map(shapes.member, roster.members(actor)), *map(shapes.invited, invited)]})


@router.post("/organizations/{org_id}/members", response={200: people.AddedMember, **REFUSALS}, summary="Add a member")
def add_member(request: Request, org_id: str, body: people.AddMember) -> HttpResponse:
    """Invite somebody into your workspace: they are `invited` until they accept by the link, which is emailed to them.
    Owners and admins, as people, may."""
    return _add(request, of_organization(request.auth, org_id), body)


@router.post(
    "/workspaces/{workspace_id}/members/include",
    response={200: people.AddedMember, **REFUSALS},
    summary="Add a member to your workspace",
)
def include_member(request: Request, workspace_id: str, body: people.AddMember) -> HttpResponse:
    """As `POST /v1/organizations/{org_id}/members` does."""
    return _add(request, _this(request.auth, workspace_id), body)


def _add(request: Request, workspace: Workspace, body: people.AddMember) -> HttpResponse:
    actor = request.auth
    ensure_same(actor, body.org_id, body.workspace_id)

    def work() -> dict[str, Any]:
        invitation, token = invitations.add(
            actor=actor, workspace=workspace, actor_id=body.actor_id, role=shapes.MEANT[body.role]
        )
        return {"ok": True, "member": shapes.invited(invitation), "invite_url": invitations.link(token)}

    return once(request, work, secret=True)


@router.patch(
    "/organizations/{org_id}/members/{member_id}", response={200: people.OneMember, **REFUSALS}, summary="Change a member"
)
def update_member(request: Request, org_id: str, member_id: str, body: people.UpdateMember) -> HttpResponse:
    """Give a member another role, keep them out or let them in again, or say whom they report to; of who is invited only the
    role changes. Owners and admins, as people, may; a machine key may not."""
    actor = request.auth
    of_organization(actor, org_id)
    wanted = as_id(member_id, "member")
    if body.status == "removed":
        # Who asks again is told the same, when there is no such member any more.
        return once(request, lambda: {"ok": True, "member": _removed(actor, wanted)})
    changes: dict[str, Any] = {"role": shapes.MEANT[body.role]} if body.role is not None else {}
    if "manager" in body.model_fields_set:
        changes["manager"] = body.manager
    return once(request, lambda: {"ok": True, "member": _changed(actor, wanted, body.status, changes)})


def _changed(actor: Tenant, row_id: UUID, status: str | None, changes: dict[str, Any]) -> dict[str, Any]:
    """Change a member or who is invited: how they are then. Raises Missing, Denied, InvalidField, Conflict."""
    invited = roster.invitations(actor).filter(id=row_id).first()
    if invited is not None:
        more: dict[str, Any] = {"status": status} if status not in (None, "invited") else {}
        return shapes.invited(invitations.change(actor=actor, invitation=invited, **changes, **more))
    match status:
        case "invited":
            changes["invited"] = True
        case "active" | "suspended":
            changes["suspended"] = status == "suspended"
    return shapes.member(membership.change(actor=actor, member=roster.member(actor, row_id), **changes))


def _removed(actor: Tenant, row_id: UUID) -> dict[str, Any]:
    """Take a member or who is invited out: how they were, but removed. Raises Missing, Denied, Conflict."""
    invited = roster.invitations(actor).filter(id=row_id).first()
    if invited is not None:
        shown = shapes.invited(invited)
        invitations.revoke(actor=actor, invitation=invited)
    else:
        member = roster.member(actor, row_id)
        shown = shapes.member(member)
        membership.remove(actor=actor, member=member)
    return shown | {"status": "removed", "updated_at": clock.rfc3339(clock.now())}


@router.delete(
    "/organizations/{org_id}/members/{member_id}", response={200: people.Removed, **REFUSALS}, summary="Remove a member"
)
def remove_member(request: Request, org_id: str, member_id: str) -> HttpResponse:
    """Take somebody out of the workspace: their tokens for it end, or their invitation does. The last owner stays."""
    return _remove(request, of_organization(request.auth, org_id), member_id)


@router.delete(
    "/workspaces/{workspace_id}/members/{member_id}/exclude",
    response={200: people.Removed, **REFUSALS},
    summary="Remove a member from your workspace",
)
def exclude_member(request: Request, workspace_id: str, member_id: str) -> HttpResponse:
    """As `DELETE /v1/organizations/{org_id}/members/{member_id}` does."""
    return _remove(request, _this(request.auth, workspace_id), member_id)


def _remove(request: Request, workspace: Workspace, member_id: str) -> HttpResponse:
    _removed(request.auth, as_id(member_id, "member"))
    done: dict[str, Any] = {
        "removed": True,
        "org_id": str(workspace.organization_id),
        "member_id": member_id,
        "removed_at": clock.rfc3339(clock.now()),
    }
    return answer({"ok": True, **done, "result": done})
