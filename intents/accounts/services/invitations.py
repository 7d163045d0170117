"""Invitations to a workspace, and to a nick: made, sent, revoked and accepted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from intents.accounts import audit, proofs
from intents.accounts import selectors as accounts
from intents.accounts.models import Invitation, Member, User, Workspace
from intents.accounts.services import groups as group_services
from intents.accounts.services import nicks, tenancy, verifying
from intents.accounts.services.membership import ensure_manages_people
from intents.kernel import addresses, clock, secrets
from intents.kernel.actors import Actor, Machine, Person, Role, System, Tenant
from intents.kernel.errors import Conflict, Denied, InvalidField, Missing
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen
from intents.sending import email as mail

PREFIX = "axme_inv_"
LIFETIME = timedelta(days=7)
LONGEST = timedelta(days=14)
PATH = "/invitations/"
"""Of the page that an invitation's link opens, before the token."""


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
    """An invitation and its token, which is shown this once, and emailed to `email`; one that is open for the same address
    ends. Raises Denied, InvalidField, Conflict for somebody who is a member already."""
    ensure_manages_people(actor, role)
    address = checked_email(text=email) if email else ""
    if address and accounts.member_known_as(workspace.id, address) is not None:
        raise Conflict(f"{address} is a member already; change their role instead", email=address)
    known = accounts.groups_of(workspace.id).filter(id__in=groups).count()
    if known != len(set(groups)):
        raise InvalidField("groups", "not a group of this workspace")
    if address:
        # Of two at once the later one takes the earlier one's place.
        Workspace.objects.select_for_update(no_key=True).get(id=workspace.id)
        _open(workspace.id).filter(email=address).update(revoked_at=clock.now())
    invitation, token = _offer(
        actor=actor,
        workspace=workspace,
        email=address,
        role=str(role),
        groups=list(groups),
        recipient_hint=recipient_hint,
        owner_agent=owner_agent,
        lifetime=lifetime,
    )
    if address:
        context = {"invitation": invitation, "workspace": workspace, "link": link(token)}
        mail.enqueue(address, "account/email/invitation", context, language=workspace.language, invitation_id=invitation.id)
    return invitation, token


def link(token: str) -> str:
    """Where whoever is invited accepts."""
    return f"{settings.BASE_URL}{PATH}{token}"


def _offer(*, actor: Actor, workspace: Workspace, lifetime: timedelta, **offered: Any) -> tuple[Invitation, str]:
    if not timedelta(minutes=1) <= lifetime <= LONGEST:
        raise InvalidField("ttl_seconds", f"from a minute to {LONGEST.days} days")
    now, token = clock.now(), PREFIX + secrets.new_token()
    invitation = Invitation.objects.create(
        workspace=workspace,
        fingerprint=secrets.fingerprint(token),
        invited_by=actor.label,
        created_at=now,
        expires_at=now + lifetime,
        **offered,
    )
    audit.note(
        workspace_id=workspace.id,
        actor=actor,
        action="invitation.create",
        subject=invitation.email or invitation.recipient_hint or str(invitation.id),
        role=invitation.role,
    )
    return invitation, token


def checked_email(*, text: str, field: str = "email") -> str:
    """An address in lower case. Raises InvalidField."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidField(field, "this is not an email address, as in ann@example.com") from None
    # A domain may hold such characters, and then goes to whom it reads like.
    return ensure_seen(address, field=field, what="an email address")


@unit
def invite_contact(
    *, actor: Tenant, workspace: Workspace, owner_agent: str, recipient_hint: str = "", lifetime: timedelta = LIFETIME
) -> tuple[Invitation, str]:
    """An invitation that makes nobody a member, and its token: who accepts it registers a nick. Raises InvalidField,
    InvalidAddress, and Denied for an address that the actor does not reach."""
    name = addresses.local_name(owner_agent, org=actor.org_slug, workspace=actor.workspace_slug)
    if isinstance(actor, Machine) and not actor.reaches(name):
        raise Denied(f"this key speaks for {actor.label} only", owner_agent=owner_agent)
    return _offer(
        actor=actor, workspace=workspace, owner_agent=owner_agent, recipient_hint=recipient_hint, lifetime=lifetime
    )


@unit
def change(*, actor: Actor, invitation: Invitation, role: Role | None = None, **wanted: Any) -> Invitation:
    """Give whoever is invited another role, to have once they accept. Raises Denied, and Conflict for anything else that is
    `wanted` of them before, or when they have accepted or were given another role meanwhile."""
    ensure_manages_people(actor, invitation.role, *([role] if role else []))
    if wanted:
        raise Conflict("they are invited, and no member before they accept by the link emailed to them", status="invited")
    if role is None or role == invitation.role:
        return invitation
    before = invitation.role
    if not _open(invitation.workspace_id).filter(id=invitation.id, role=before).update(role=role):
        raise Conflict("this invitation is over or was changed; look at the members again")
    invitation.role = role
    audit.note(
        workspace_id=invitation.workspace_id,
        actor=actor,
        action="invitation.change_role",
        subject=invitation.email or str(invitation.id),
        role=str(role),
        before=before,
    )
    return invitation


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


def state(*, invitation: Invitation, now: datetime) -> str:
    """pending, accepted, revoked or expired."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= now else "pending"


def by_token(token: str) -> Invitation:
    """Raises Missing."""
    found = accounts.invitation_by_token(token)
    if found is None:
        raise Missing("there is no such invitation; ask for a new one")
    return found


@unit
def join_as_new(*, token: str, email: str, name: str, password: str | None) -> tuple[Member, User]:
    """Accept an invitation as somebody who has no account yet. An invited address counts as verified, since the link came
    there by email, and is taken from an account that never verified it; any other `email` has to be verified. Raises
    Missing, Conflict when it is over or when somebody has this address, Denied when it makes nobody a member."""
    invitation = _taken_up(token)
    _ensure_for_people(invitation)
    address = invitation.email or checked_email(text=email)
    if invitation.email:
        verifying.free(actor=_actor(invitation), address=address)
    if accounts.known_as(address) is not None:
        raise Conflict(f"{address} has an account: sign in with it, then accept", email=address)
    emailed = bool(invitation.email)
    user = tenancy.create_person(actor=_actor(invitation), email=address, name=name, password=password, verified=emailed)
    if not emailed:
        proofs.ask(user)
    return _join(invitation, user), user


@unit
def join_as(*, token: str, user: User) -> Member:
    """Accept an invitation as somebody with an account. Raises Missing, Conflict when it is over, Denied when it is for
    somebody else or makes nobody a member."""
    invitation = _taken_up(token)
    _ensure_for_people(invitation)
    if invitation.email and invitation.email != user.email:
        raise Denied(f"this invitation is for {invitation.email}; you are signed in as {user.email}")
    return _join(invitation, user)


@unit
def accept_as_contact(*, token: str, actor: Tenant, nick: str, display_name: str = "") -> Invitation:
    """Accept an invitation by registering a nick in its workspace; a person becomes a member too where the invitation has a
    role. Raises Missing, Conflict when it is over or the nick is taken, InvalidField, and Denied for a machine key where
    a person is invited."""
    invitation = _taken_up(token)
    if invitation.role:
        if not isinstance(actor, Person):
            raise Denied("this invitation is for a person: open its link, or send a person's token")
        user = accounts.user(actor)
        if invitation.email and invitation.email != user.email:
            raise Denied(f"this invitation is for {invitation.email}")
        _join(invitation, user)
    at = invitation.workspace
    there = replace(actor, workspace_id=at.id, org_slug=at.organization.slug, workspace_slug=at.slug)
    invitation.accepted_profile = nicks.register(actor=there, nick=nick, display_name=display_name)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at", "accepted_profile"])
    return invitation


def _taken_up(token: str) -> Invitation:
    """The invitation, locked and open."""
    by_token(token)
    invitation = Invitation.objects.select_for_update().get(fingerprint=secrets.fingerprint(token))
    was = state(invitation=invitation, now=clock.now())
    if was != "pending":
        words = {"accepted": "was accepted already", "revoked": "was taken back", "expired": "has expired"}
        raise Conflict(f"this invitation {words[was]}; ask for a new one", status=was)
    return invitation


def _ensure_for_people(invitation: Invitation) -> None:
    """Raises Denied."""
    if not invitation.role:
        raise Denied("this invitation makes nobody a member; it is accepted over the API, by registering a nick")


def _actor(invitation: Invitation) -> System:
    return System(name=f"invitation by {invitation.invited_by}")


def _join(invitation: Invitation, user: User) -> Member:
    """Whoever is a member by now keeps the role they have."""
    workspace, actor = invitation.workspace, _actor(invitation)
    if invitation.email:
        verifying.mark(actor=_actor(invitation), user=user)
    member = accounts.membership(workspace, user)
    member = member or tenancy.set_member(actor=actor, workspace=workspace, user=user, role=Role(invitation.role)).object
    for group in accounts.groups_of(workspace.id).filter(id__in=invitation.groups):
        group_services.join(actor=actor, group=group, member=member)
    invitation.accepted_at, invitation.accepted_by = clock.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.note(workspace_id=workspace.id, actor=actor, action="invitation.accept", subject=user.email, role=member.role)
    return member


@unit
def add(*, actor: Actor, workspace: Workspace, actor_id: str, role: Role) -> tuple[Invitation, str]:
    """Invite the email address `actor_id`, as `invite` does: nobody is put into a workspace unasked, and who has an account
    elsewhere on this server is not told to anybody."""
    ensure_manages_people(actor, role)
    return invite(actor=actor, workspace=workspace, role=role, email=checked_email(text=actor_id, field="actor_id"))
