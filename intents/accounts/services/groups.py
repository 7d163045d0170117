"""Groups of members, whom a task can be assigned to by one name."""

from intents.accounts import audit, losing
from intents.accounts.models import Group, GroupMember, Member, Workspace
from intents.kernel.actors import MANAGER, Actor, Role
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

LONGEST_NAME = 120


def _name(value: str) -> str:
    """A name that nobody takes for a role, an address or an id. Raises InvalidField."""
    plain = " ".join(value.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise InvalidField("name", f"1 to {LONGEST_NAME} characters")
    if plain.lower() in {*Role, MANAGER} or any(mark in plain for mark in "@:"):
        raise InvalidField("name", "this could be taken for a role or an address; choose another name")
    return ensure_seen(plain, field="name")


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a group called {name} already", name=name)


@unit
def create_group(*, actor: Actor, workspace: Workspace, name: str) -> Group:
    """A new group without members. Raises InvalidField, Conflict when the name is taken."""
    plain = _name(name)
    with unless_taken(_taken(plain)):
        group = Group.objects.create(workspace=workspace, name=plain)
    audit.note(workspace_id=workspace.id, actor=actor, action="group.create", subject=plain)
    return group


@unit
def rename_group(*, actor: Actor, group: Group, name: str) -> Group:
    """Tasks that were assigned to the group stay with it. Raises InvalidField, Conflict when the name is taken."""
    before, group.name = group.name, _name(name)
    with unless_taken(_taken(group.name)):
        group.save(update_fields=["name"])
    audit.note(workspace_id=group.workspace_id, actor=actor, action="group.rename", subject=group.name, before=before)
    return group


@unit
def delete_group(*, actor: Actor, group: Group) -> None:
    """Tasks that were assigned to nobody else can then be decided by nobody, which raises an alert."""
    audit.note(workspace_id=group.workspace_id, actor=actor, action="group.delete", subject=group.name)
    workspace_id = group.workspace_id
    users = list(GroupMember.objects.filter(group=group).values_list("member__user_id", flat=True))
    group.delete()
    losing.rights_lost(workspace_id=workspace_id, user_ids=users, actor=actor)


@unit
def join(*, actor: Actor, group: Group, member: Member) -> None:
    """Put a member of the same workspace into a group. Twice changes nothing."""
    _, new = GroupMember.objects.get_or_create(workspace_id=group.workspace_id, group=group, member=member)
    if new:
        audit.note(
            workspace_id=group.workspace_id, actor=actor, action="group.join", subject=group.name, member=member.user.email
        )


@unit
def leave(*, actor: Actor, group: Group, member: Member) -> None:
    """Take a member out of a group. Twice changes nothing."""
    gone, _ = GroupMember.objects.filter(group=group, member=member).delete()
    if gone:
        losing.rights_lost(workspace_id=group.workspace_id, user_ids=[member.user_id], actor=actor)
        audit.note(
            workspace_id=group.workspace_id, actor=actor, action="group.leave", subject=group.name, member=member.user.email
        )
