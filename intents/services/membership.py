"""Who belongs to a workspace: invitations, roles, and leaving. Only people manage people: a key that could make an approver
would decide for one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from intents import audit, clock, secrets
from intents.actors import ADMINS, Actor, Agent, Person, Role, System
from intents.errors import Conflict, Denied, InvalidField, Missing
from intents.models import Group, Invitation, Member, User, Workspace
from intents.services import groups as group_services
from intents.services import tenancy
from intents.services.boundary import unit

PREFIX = "axme_inv_"
LIFETIME = timedelta(days=7)
LONGEST = timedelta(days=14)


def ensure_manages_people(actor: Actor, *roles: str) -> None:
    """Raises Denied unless `actor` is an owner, or an admin where none of `roles` is an owner's."""
    match actor:
        case System():
            return
        case Agent():
            raise Denied("a machine key cannot manage people; sign in, or send a person's token")
        case Person(role=role):
            if role not in ADMINS:
                raise Denied("only owners and admins manage people")
            if Role.OWNER in roles and role is not Role.OWNER:
                raise Denied("only an owner makes or changes an owner")


@unit
def invite(
    *,
    actor: Actor,
    workspace: Workspace,
    role: Role,
    email: str = "",
    groups: Sequence[UUID] = (),
    recipient_hint: str = "",
    owner_agent: str = "",
    lifetime: timedelta = LIFETIME,
) -> tuple[Invitation, str]:
    """An invitation and its token, which is shown this once; one that is open for the same address ends. Raises Denied,
    InvalidField, Conflict for somebody who is a member already."""
    ensure_manages_people(actor, role)
    address = checked_email(email) if email else ""
    if address and Member.objects.filter(workspace=workspace, user__email=address).exists():
        raise Conflict(f"{address} is a member already; change their role instead", email=address)
    if not timedelta(minutes=1) <= lifetime <= LONGEST:
        raise InvalidField("ttl_seconds", f"from a minute to {LONGEST.days} days")
    known = Group.objects.filter(workspace=workspace, id__in=groups).count()
    if known != len(set(groups)):
        raise InvalidField("groups", "not a group of this workspace")
    now = clock.now()
    if address:
        _open(workspace.id).filter(email=address).update(revoked_at=now)
    token = PREFIX + secrets.new_token()
    invitation = Invitation.objects.create(
        workspace=workspace,
        email=address,
        recipient_hint=recipient_hint,
        role=role,
        groups=list(groups),
        fingerprint=secrets.fingerprint(token),
        invited_by=actor.label,
        owner_agent=owner_agent,
        created_at=now,
        expires_at=now + lifetime,
    )
    audit.note(
        workspace_id=workspace.id,
        actor=actor,
        action="invitation.create",
        subject=address or recipient_hint or str(invitation.id),
        role=str(role),
    )
    return invitation, token


def checked_email(text: str, field: str = "email") -> str:
    """An address in lower case. Raises InvalidField."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidField(field, "this is no e-mail address, as in ann@example.com") from None
    return address


@unit
def revoke(*, actor: Actor, invitation: Invitation) -> None:
    """End an invitation. One that is over already stays as it is. Raises Denied."""
    ensure_manages_people(actor, invitation.role)
    now = clock.now()
    if _open(invitation.workspace_id).filter(id=invitation.id).update(revoked_at=now):
        audit.note(
            workspace_id=invitation.workspace_id,
            actor=actor,
            action="invitation.revoke",
            subject=invitation.email or str(invitation.id),
        )


def _open(workspace_id: UUID) -> QuerySet[Invitation]:
    return Invitation.objects.filter(workspace_id=workspace_id, accepted_at=None, revoked_at=None)


def state(invitation: Invitation, now: datetime) -> str:
    """pending, accepted, revoked or expired."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= now else "pending"


def by_token(token: str) -> Invitation:
    """Raises Missing."""
    found = (
        Invitation.objects.select_related("workspace__organization").filter(fingerprint=secrets.fingerprint(token)).first()
    )
    if found is None:
        raise Missing("there is no such invitation; ask for a new one")
    return found


@unit
def join_as_new(*, token: str, email: str, name: str, password: str | None) -> tuple[Member, User]:
    """Accept an invitation as somebody who has no account yet. `email` must be the invited one, if there is one. Raises
    Missing, Conflict when it is over or when somebody has this address."""
    invitation = _taken_up(token)
    address = invitation.email or checked_email(email)
    if User.objects.filter(email=address).exists():
        raise Conflict(f"{address} has an account: sign in with it, then accept", email=address)
    user = tenancy.create_person(actor=_actor(invitation), email=address, name=name, password=password)
    return _join(invitation, user), user


@unit
def join_as(*, token: str, user: User) -> Member:
    """Accept an invitation as somebody with an account. Raises Missing, Conflict when it is over, Denied when it is for
    somebody else."""
    invitation = _taken_up(token)
    if invitation.email and invitation.email != user.email:
        raise Denied(f"this invitation is for {invitation.email}; you are signed in as {user.email}")
    return _join(invitation, user)


def _taken_up(token: str) -> Invitation:
    """The invitation, locked and open."""
    by_token(token)
    invitation = Invitation.objects.select_for_update().get(fingerprint=secrets.fingerprint(token))
    was = state(invitation, clock.now())
    if was != "pending":
        words = {"accepted": "was accepted already", "revoked": "was taken back", "expired": "has expired"}
        raise Conflict(f"this invitation {words[was]}; ask for a new one", status=was)
    return invitation


def _actor(invitation: Invitation) -> System:
    return System(name=f"invitation by {invitation.invited_by}")


def _join(invitation: Invitation, user: User) -> Member:
    """Whoever is a member by now keeps the role they have."""
    workspace, actor = invitation.workspace, _actor(invitation)
    member = Member.objects.filter(workspace=workspace, user=user).first()
    member = member or tenancy.set_member(actor=actor, workspace=workspace, user=user, role=Role(invitation.role)).object
    for group in Group.objects.filter(workspace=workspace, id__in=invitation.groups):
        group_services.join(actor=actor, group=group, member=member)
    invitation.accepted_at, invitation.accepted_by = clock.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.note(workspace_id=workspace.id, actor=actor, action="invitation.accept", subject=user.email, role=member.role)
    return member


@unit
def change_role(*, actor: Actor, member: Member, role: Role) -> Member:
    """Raises Denied, Conflict for the last owner."""
    ensure_manages_people(actor, role, member.role)
    if member.role == role:
        return member
    return tenancy.set_member(actor=actor, workspace=member.workspace, user=member.user, role=role).object


@unit
def remove(*, actor: Actor, member: Member) -> None:
    """Take somebody out of the workspace; all may leave by themselves. Raises Denied, Conflict for the last owner."""
    if not (isinstance(actor, Person) and actor.user_id == member.user_id):
        ensure_manages_people(actor, member.role)
    tenancy.remove_member(actor=actor, member=member)
