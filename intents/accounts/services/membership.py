"""Who belongs to a workspace: roles, managers and leaving. Only people manage people: a key that could make an approver
would decide for one."""

from typing import Any

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import Member
from intents.accounts.services import rights, tenancy
from intents.kernel.actors import ADMINS, Actor, Machine, Person, Role, System
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit


def ensure_manages_people(actor: Actor, *roles: str) -> None:
    """Raises Denied unless `actor` is an owner now, or an admin where none of `roles` is an owner's; and
    InvalidActorToken."""
    match actor:
        case System():
            return
        case Machine():
            raise Denied("a machine key cannot manage people; sign in, or send a person's token")
        case Person() if (role := rights.present(actor=actor)[0].role) in ADMINS:
            if Role.OWNER in roles and role is not Role.OWNER:
                raise Denied("only an owner makes or changes an owner")
        case _:
            raise Denied("only owners and admins manage people")


@unit
def change(*, actor: Actor, member: Member, **changes: Any) -> Member:
    """Change what is given of `role`, `manager` and `suspended`, as `change_role`, `set_manager` and `suspend` do. Raises
    Denied, Conflict where they are to be `invited`, and what those do."""
    ensure_manages_people(actor)
    if changes.get("invited"):
        raise Conflict("they are a member already: to invite them anew, remove them first", status="active")
    if "suspended" in changes:
        member = suspend(actor=actor, member=member, suspended=changes["suspended"])
    if "manager" in changes:
        member = set_manager(actor=actor, member=member, manager=changes["manager"])
    return change_role(actor=actor, member=member, role=changes["role"]) if "role" in changes else member


@unit
def change_role(*, actor: Actor, member: Member, role: Role) -> Member:
    """Raises Denied, Conflict for the last owner."""
    ensure_manages_people(actor, role, member.role)
    if member.role == role:
        return member
    return tenancy.set_member(actor=actor, workspace=member.workspace, user=member.user, role=role).object


@unit
def set_manager(*, actor: Actor, member: Member, manager: str | None) -> Member:
    """Say whom a member reports to: another member by email address, None for nobody. Raises Denied, InvalidField."""
    ensure_manages_people(actor)
    found = None
    if manager is not None:
        address = manager.strip().lower()
        found = accounts.member_known_as(member.workspace_id, address)
        if found is None:
            raise InvalidField("manager", "no member of this workspace has this email address")
        if found.id == member.id:
            raise InvalidField("manager", "nobody manages themselves; name somebody else")
    if member.manager_id != (found.id if found else None):
        member.manager = found
        member.save(update_fields=["manager"])
        reports_to = found.user.email if found else None
        audit.note(
            workspace_id=member.workspace_id,
            actor=actor,
            action="member.manager",
            subject=member.user.email,
            manager=reports_to,
        )
    return member


@unit
def suspend(*, actor: Actor, member: Member, suspended: bool) -> Member:
    """Keep a member out, or let them in again. Raises Denied, Conflict for the last owner."""
    ensure_manages_people(actor, member.role)
    tenancy.suspend_member(actor=actor, member=member, suspended=suspended)
    return member


@unit
def remove(*, actor: Actor, member: Member) -> None:
    """Take somebody out of the workspace; all may leave by themselves. Raises Denied, Conflict for the last owner."""
    if not (isinstance(actor, Person) and actor.user_id == member.user_id):
        ensure_manages_people(actor, member.role)
    tenancy.remove_member(actor=actor, member=member)
