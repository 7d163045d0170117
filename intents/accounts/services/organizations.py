"""Organizations and workspaces that people make and change. A machine key does neither."""

from typing import Any
from uuid import uuid4

from django.utils.text import slugify

from intents.accounts import audit, stops
from intents.accounts.models import Organization, TenantStatus, User, Workspace
from intents.accounts.services import closing, rights, tenancy
from intents.kernel.actors import ADMINS, Actor, Person, Role, System
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen

FIRST = "production"
"""The workspace that an organization begins with."""
NUMBERED = 20
"""So many of one name are told apart by a number, the others by chance."""


def _present(actor: Actor, *, roles: frozenset[Role], may: str) -> User:
    """The user of a person who has one of `roles` now. Raises Denied, InvalidActorToken."""
    if not isinstance(actor, Person):
        raise Denied(f"a machine key cannot {may}; sign in, or send a person's token")
    person, user = rights.present(actor=actor)
    if person.role not in roles:
        raise Denied(f"only {' and '.join(f'{role}s' for role in sorted(roles, reverse=True))} {may}")
    return user


OWNERS = frozenset({Role.OWNER})


def _making(actor: Actor, may: str) -> User:
    """The user of an owner, of a workspace where anything goes on. Raises Denied, InvalidActorToken."""
    user = _present(actor, roles=OWNERS, may=may)
    assert isinstance(actor, Person)
    stops.ensure_workspace_open(actor.workspace_id)
    return user


@unit
def create_organization(*, actor: Actor, name: str, owner: User | None = None, **details: Any) -> Workspace:
    """A new organization with its first workspace, which belongs to `actor`, an owner where they are; by the server to
    `owner`, for whom it does this. Its members are reached by signing in, or a token, there. Raises Denied, InvalidField."""
    by_server = owner if isinstance(actor, System) else None
    user = by_server or _making(actor, may="make organizations")
    ensure_seen(name, field="name")
    made = next(
        made.object for slug in _slugs(name) if (made := tenancy.create_organization(actor=actor, slug=slug, name=name)).new
    )
    _set(made, details)
    workspace = tenancy.create_workspace(actor=actor, organization=made, slug=FIRST, name=FIRST.capitalize()).object
    tenancy.set_member(actor=actor, workspace=workspace, user=user, role=Role.OWNER)
    _note(actor, "organization.create", str(made))
    return workspace


@unit
def update_organization(*, actor: Actor, organization: Organization, **changes: Any) -> Organization:
    """Raises Denied, InvalidField."""
    _present(actor, roles=OWNERS, may="change an organization")
    _set_status(actor, organization, changes)
    if _set(organization, changes):
        _note(actor, "organization.update", str(organization), fields=sorted(changes))
    return organization


@unit
def create_workspace(*, actor: Actor, organization: Organization, name: str, **details: str) -> Workspace:
    """A new workspace, which belongs to `actor`, an owner of the workspace they are in. Raises Denied, InvalidField."""
    user = _making(actor, may="make workspaces")
    made = next(
        made.object
        for slug in _slugs(name)
        if (made := tenancy.create_workspace(actor=actor, organization=organization, slug=slug, name=name, **details)).new
    )
    tenancy.set_member(actor=actor, workspace=made, user=user, role=Role.OWNER)
    _note(actor, "workspace.create", str(made))
    return made


@unit
def update_workspace(*, actor: Actor, workspace: Workspace, **changes: Any) -> Workspace:
    """Raises Denied, InvalidField."""
    _present(actor, roles=ADMINS, may="change a workspace")
    _set_status(actor, workspace, changes)
    if _set(workspace, changes):
        _note(actor, "workspace.update", str(workspace), fields=sorted(changes))
    return workspace


def _set_status(actor: Actor, of: Organization | Workspace, changes: dict[str, Any]) -> None:
    """Set the status among the changes, if there is one, and take it out of them."""
    if (status := changes.pop("status", None)) is not None:
        closing.set_status(actor=actor, of=of, status=TenantStatus(status))


def _set(row: Organization | Workspace, changes: dict[str, Any]) -> bool:
    """Whether anything changed."""
    for field, value in changes.items():
        if isinstance(value, str):
            ensure_seen(value, field=field)
    if all(getattr(row, field) == value for field, value in changes.items()):
        return False
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(update_fields=[*changes, "updated_at"])
    return True


def _slugs(name: str) -> list[str]:
    """What a name could be called in addresses, the best first."""
    plain = slugify(name).replace("_", "-").strip("-")[:100].strip("-")
    found = [] if len(plain) < 2 else [plain, *(f"{plain}-{number}" for number in range(2, NUMBERED))]
    return [*found, f"{plain or 'space'}-{uuid4().hex[:12]}"]


def _note(actor: Actor, action: str, subject: str, **details: Any) -> None:
    """In the workspace of who did it."""
    if isinstance(actor, Person):
        audit.note(workspace_id=actor.workspace_id, actor=actor, action=action, subject=subject, **details)
