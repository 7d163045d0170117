"""People as members of a workspace, their absences and groups, and who is invited."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from intents.accounts import requirements
from intents.accounts.absences import STANDS_IN_FOR
from intents.accounts.models import Absence, Group, GroupMember, Invitation, Member, Profile, User, Workspace
from intents.accounts.selectors.rows import found_or_missing
from intents.kernel import clock, secrets, statements
from intents.kernel.actors import Person, Tenant


def members(actor: Tenant) -> QuerySet[Member]:
    """The members of the workspace by name."""
    found = Member.objects.filter(workspace_id=actor.workspace_id).select_related("user", "workspace", "manager__user")
    return found.order_by("user__name", "user__email")


def user(actor: Person, *, lock: bool = False) -> User:
    """The user who acts."""
    return _users(lock=lock).get(id=actor.user_id)


def known_as(address: str, *, lock: bool = False) -> User | None:
    """The user of an address in lower case, whether it is verified or not. Checks no actor."""
    return _users(lock=lock).filter(email=address).first()


def _users(*, lock: bool) -> QuerySet[User]:
    return User.objects.select_for_update() if lock else User.objects.all()


def member(actor: Tenant, member_id: UUID) -> Member:
    """Raises Missing."""
    return found_or_missing(members(actor).filter(id=member_id).first(), "member", member_id)


def member_known_as(workspace_id: UUID, address: str) -> Member | None:
    """The member with a verified address, in lower case, with their user. Checks no actor."""
    known = Member.objects.filter(workspace_id=workspace_id, user__email_verified_at__isnull=False)
    return known.filter(user__email=address).select_related("user").first()


def profile_called(workspace_id: UUID, text: str) -> Profile | None:
    """Who registered a nick, with or without its @, or else the one profile with this email address. Checks no actor."""
    known = Profile.objects.filter(workspace_id=workspace_id)
    wanted = text.strip().lower()
    by_nick = known.filter(nick=wanted.removeprefix("@")).first()
    if by_nick is not None or "@" not in wanted.removeprefix("@"):
        return by_nick
    by_email = list(known.filter(email__iexact=wanted)[:2])
    return by_email[0] if len(by_email) == 1 else None


def is_registered(workspace_id: UUID, name: str) -> bool:
    """Whether somebody has registered this local name, in lower case, as a nick, or goes by it. Checks no actor."""
    return Profile.objects.filter(Q(nick=name) | Q(name=name), workspace_id=workspace_id).exists()


def user_named(workspace_id: UUID, text: str) -> User | None:
    """The user of a member by verified email address, or by the id of the user or the membership. Checks no actor."""
    known = Member.objects.filter(workspace_id=workspace_id).select_related("user")
    try:
        found = known.filter(Q(id=UUID(text)) | Q(user_id=UUID(text))).first()
    except ValueError:
        found = member_known_as(workspace_id, text.strip().lower())
    return found.user if found else None


def email_of(user_id: UUID) -> str:
    """The address of a user whom a row of the workspace names."""
    return User.objects.values_list("email", flat=True).get(id=user_id)


def membership_of(person: Person) -> Member:
    """The membership by which somebody acts."""
    return Member.objects.select_related("user").get(workspace_id=person.workspace_id, user_id=person.user_id)


def absence_of(person: Person, *, lock: bool = False) -> Absence | None:
    """When somebody is out of office, or will be."""
    found = _absences(lock=lock).filter(workspace_id=person.workspace_id, member__user_id=person.user_id)
    return found.first()


def absences(workspace_id: UUID, *, after: datetime) -> QuerySet[Absence]:
    """The absences of a workspace that are not over then. Checks no actor."""
    return _absences(lock=False).filter(workspace_id=workspace_id, until__gt=after)


def absences_due(now: datetime) -> list[UUID]:
    """The absences that have begun or ended, and what is done then was not. Checks no actor."""
    found = Absence.objects.filter(Q(start__lte=now, begun=False) | Q(until__lte=now))
    return list(found.order_by("id").values_list("id", flat=True))


def locked_absence(absence_id: UUID) -> Absence | None:
    """An absence under its lock, None when it is gone. Checks no actor."""
    return _absences(lock=True).filter(id=absence_id).first()


def _absences(*, lock: bool) -> QuerySet[Absence]:
    found = Absence.objects.select_related("member__user", "stand_in__user")
    return found.select_for_update(of=("self",)) if lock else found


def membership(workspace: Workspace, user: User) -> Member | None:
    """A user as a member of a workspace, None when they are none. Checks no actor."""
    return Member.objects.filter(workspace=workspace, user=user).first()


def language_of(user: User) -> str:
    """In which a person is written to: the one they chose, or that of the workspace they joined first. Checks no actor."""
    joined = Member.objects.filter(user=user).order_by("created_at")
    return user.language or joined.values_list("workspace__language", flat=True).first() or ""


def groups_of(workspace_id: UUID) -> QuerySet[Group]:
    """The groups of a workspace. Checks no actor."""
    return Group.objects.filter(workspace_id=workspace_id)


def groups(actor: Tenant) -> QuerySet[Group]:
    """The groups of the workspace by name, each with the number of its members as `size`."""
    found = Group.objects.filter(workspace_id=actor.workspace_id)
    return found.annotate(size=Count("group_members")).order_by("name")


def group(actor: Tenant, group_id: UUID) -> Group:
    """Raises Missing."""
    return found_or_missing(groups(actor).filter(id=group_id).first(), "group", group_id)


def invitations(actor: Tenant) -> QuerySet[Invitation]:
    """Those that would make somebody a member and that nobody has accepted or taken back yet, expired ones among them,
    newest first, each with the `outgoing_email` that brings it."""
    found = Invitation.objects.filter(workspace_id=actor.workspace_id, accepted_at=None, revoked_at=None)
    return found.exclude(role="").select_related("workspace__organization", "outgoing_email").order_by("-id")


def invitation(actor: Tenant, invitation_id: UUID) -> Invitation:
    """Raises Missing."""
    found = Invitation.objects.select_related("workspace__organization")
    return found_or_missing(
        found.filter(workspace_id=actor.workspace_id, id=invitation_id).first(), "invitation", invitation_id
    )


def invitation_by_token(token: str) -> Invitation | None:
    """The invitation of a token, in whatever state, with its workspace and who took it. The token stands for the actor."""
    known = Invitation.objects.select_related("workspace__organization", "accepted_profile")
    return known.filter(fingerprint=secrets.fingerprint(token)).first()


def groups_of_member(member: Member) -> set[UUID]:
    """The ids of a member's groups. Checks no actor."""
    return set(GroupMember.objects.filter(member=member).values_list("group_id", flat=True))


_USER_FIELDS = [field.attname for field in User._meta.concrete_fields]


def _member(stands_in_for: str) -> str:
    """SQL of a member who may act."""
    return f"""
SELECT o.slug, w.slug, m.role, ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id), {stands_in_for},
       {statements.columns(User, "u")}
FROM intents_member m JOIN intents_user u ON u.id = m.user_id JOIN intents_workspace w ON w.id = m.workspace_id
JOIN intents_organization o ON o.id = w.organization_id {requirements.JOIN}
WHERE m.workspace_id = %(workspace)s AND m.user_id = %(user)s AND u.is_active AND m.suspended_at IS NULL
  AND {requirements.TOKEN_MAY}
"""


_ALONE = _member("'{}'::text[]")
_STANDING_IN = _member(STANDS_IN_FOR)


def present(*, workspace_id: UUID, user_id: UUID) -> Person | None:
    """A member as they are at this moment, with those for whom they stand in. None when they may not act here, or lack what
    the workspace requires of them. Checks no actor."""
    found = _found(_STANDING_IN, workspace_id=workspace_id, user_id=user_id, by=user_id)
    return found and found[0]


def absent(*, workspace_id: UUID, user_id: UUID, by: UUID) -> tuple[Person, User] | None:
    """A member as they are at this moment, for whom something acts that they allowed before: the row `by`. None when they
    may not act here any more, or lack what the workspace requires of them. They stand in for nobody by it."""
    return _found(_ALONE, workspace_id=workspace_id, user_id=user_id, by=by)


def _found(statement: str, *, workspace_id: UUID, user_id: UUID, by: UUID) -> tuple[Person, User] | None:
    params = {"workspace": workspace_id, "user": user_id, "now": clock.override()}
    rows = statements.rows(statement, params)
    if not rows:
        return None
    org, workspace, role, groups, stands_in_for, *user = rows[0]
    row = User.from_db("default", _USER_FIELDS, user)
    person = Person.stored(
        by,
        workspace_id=workspace_id,
        org=org,
        workspace=workspace,
        user_id=row.id,
        email=row.email,
        verified_at=row.email_verified_at,
        role=role,
        groups=groups,
        stands_in_for=stands_in_for,
    )
    return person, row
