"""Organizations, workspaces and the people in them."""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from intents.accounts import audit, limits, losing, selectors
from intents.accounts.models import Member, Organization, PersonToken, User, Workspace
from intents.accounts.services import closing
from intents.kernel import clock
from intents.kernel.actors import Actor, Role
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

T = TypeVar("T")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,118}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Created(Generic[T]):
    """An object, and whether it is new."""

    object: T
    new: bool


def _slug(field: str, value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise InvalidField(
            field, "2 to 120 lower-case letters, digits and hyphens, starting and ending with a letter or digit"
        )
    return value


@unit
def create_organization(*, actor: Actor, slug: str, name: str = "") -> Created[Organization]:
    """The organization `slug`, made when there is none. Raises InvalidField."""
    ensure_seen(name, field="name")
    organization, new = Organization.objects.get_or_create(slug=_slug("slug", slug), defaults={"name": name or slug})
    return Created(organization, new)


@unit
def create_workspace(
    *, actor: Actor, organization: Organization, slug: str, name: str = "", **details: str
) -> Created[Workspace]:
    """The workspace `slug` of an organization, made with `details` when there is none. Raises InvalidField."""
    ensure_seen(name, field="name")
    workspace, new = Workspace.objects.get_or_create(
        organization=organization, slug=_slug("slug", slug), defaults={"name": name or slug} | details
    )
    if new:
        # Who changes the organization's status meanwhile sees the workspace, or is seen here.
        selectors.lock_organization(organization.id)
        closing.settle(actor=actor, organization=organization)
        audit.note(workspace_id=workspace.id, actor=actor, action="workspace.create", subject=str(workspace))
    return Created(workspace, new)


@unit
def create_person(*, actor: Actor, email: str, name: str = "", password: str | None = None, verified: bool = True) -> User:
    """A new person; without a password they cannot sign in with one. `verified` is whether the address is known to be
    theirs. Raises InvalidField, and Conflict when the address is taken."""
    ensure_seen(name, field="name")
    ensure_seen(email, field="email", what="an email address")
    with unless_taken(Conflict(f"somebody is registered as {email} already", email=email)):
        user = User.objects.create_user(email, password, name=name, email_verified_at=clock.now() if verified else None)
    return user  # noqa: RET504 - mypy takes a `with` for one that may swallow errors


@unit
def set_member(*, actor: Actor, workspace: Workspace, user: User, role: Role) -> Created[Member]:
    """Give a person a role in a workspace, in place of any they had there. Raises Conflict for the last owner."""
    if role is not Role.OWNER:
        _keep_an_owner(workspace.id, user.id)
    if not workspace.members.filter(user=user).exists():
        limits.spend(workspace.id, "actors_total", 1)
    member, new = Member.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    audit.note(workspace_id=workspace.id, actor=actor, action="member.set", subject=user.email, role=str(role))
    if not new:
        losing.rights_lost(workspace_id=workspace.id, user_ids=[user.id], actor=actor)
    return Created(member, new)


@unit
def remove_member(*, actor: Actor, member: Member) -> None:
    """Take a person's role in a workspace away: their tokens for it stop working. Raises Conflict for the last owner."""
    _keep_an_owner(member.workspace_id, member.user_id)
    # They must not come back to life when the person is invited again.
    PersonToken.objects.filter(workspace_id=member.workspace_id, user_id=member.user_id, revoked_at=None).update(
        revoked_at=clock.now()
    )
    audit.note(workspace_id=member.workspace_id, actor=actor, action="member.remove", subject=member.user.email)
    workspace_id, user_id = member.workspace_id, member.user_id
    member.delete()
    losing.rights_lost(workspace_id=workspace_id, user_ids=[user_id], actor=actor)


@unit
def suspend_member(*, actor: Actor, member: Member, suspended: bool) -> None:
    """Keep a person out of one workspace with all that is theirs there kept, or let them in again. Raises Conflict for the
    last owner."""
    if suspended == (member.suspended_at is not None):
        return
    if suspended:
        _keep_an_owner(member.workspace_id, member.user_id)
    member.suspended_at = clock.now() if suspended else None
    member.save(update_fields=["suspended_at"])
    action = "member.suspend" if suspended else "member.let_in"
    audit.note(workspace_id=member.workspace_id, actor=actor, action=action, subject=member.user.email)
    if suspended:
        losing.rights_lost(workspace_id=member.workspace_id, user_ids=[member.user_id], actor=actor)


@unit
def set_active(*, actor: Actor, user: User, active: bool) -> None:
    """Suspend a person everywhere, or let them in again."""
    user.is_active = active
    user.save(update_fields=["is_active"])
    for workspace_id in Member.objects.filter(user=user).values_list("workspace_id", flat=True):
        audit.note(workspace_id=workspace_id, actor=actor, action="person.active", subject=user.email, active=active)
        if not active:
            losing.rights_lost(workspace_id=workspace_id, user_ids=[user.id], actor=actor)


def _keep_an_owner(workspace_id: UUID, leaving: UUID) -> None:
    """Raises Conflict when `leaving` is the workspace's only owner who is not suspended. Of two owners that leave
    at once, one stays."""
    owners = list(
        Member.objects.select_for_update()
        .filter(workspace_id=workspace_id, role=Role.OWNER, suspended_at=None)
        .order_by("id")
        .values_list("user_id", flat=True)
    )
    if owners == [leaving]:
        raise Conflict("a workspace needs an owner; make somebody else an owner first")
