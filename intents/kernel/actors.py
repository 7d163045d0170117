"""Who asks. An Actor is made once from a credential, is frozen, and is what every service and selector takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class Role(StrEnum):
    """What a person may do in a workspace, strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    APPROVER = "approver"
    VIEWER = "viewer"


MANAGER = "manager"
"""Whom the owner of an agent reports to, where a role is named."""

ADMINS = frozenset({Role.OWNER, Role.ADMIN})
OPERATORS = ADMINS | {Role.OPERATOR}
WATCHERS = OPERATORS | {Role.VIEWER}


class Scope(StrEnum):
    """How far a machine key reaches: every address of its workspace, or its own only."""

    WORKSPACE = "workspace"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine key, `credential_id`, at work. `speaks_as` is the local name it acts for in this request, `name` its own.
    `tools` are those whose jobs it may complete. `person` is the address, and `person_id` the user, of whose token came
    along."""

    workspace_id: UUID
    org_slug: str
    workspace_slug: str
    agent_id: UUID
    credential_id: UUID
    name: str
    speaks_as: str
    scope: Scope
    tools: frozenset[str] = frozenset()
    person_id: UUID | None = None
    person: str = ""

    def reaches(self, local_name: str) -> bool:
        """Whether this key may act for the address `local_name`."""
        return self.scope is Scope.WORKSPACE or local_name == self.name

    @property
    def label(self) -> str:
        """How events and the audit log name it."""
        return full_address(self.org_slug, self.workspace_slug, self.speaks_as)


@dataclass(frozen=True, slots=True)
class Away:
    """A member who is out of office. `address` is how their verified address is written as an assignee, if they have one."""

    user_id: UUID
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A signed-in member of a workspace, by the token or session `credential_id`. `groups` are the ids of their groups
    there. `machine` is the key that came along. What is assigned to an address that is not verified is not assigned to
    them. `stands_in_for` are those who are away and whose work is theirs meanwhile."""

    workspace_id: UUID
    org_slug: str
    workspace_slug: str
    user_id: UUID
    credential_id: UUID
    email: str
    role: Role
    groups: frozenset[UUID]
    machine: Machine | None = None
    email_verified: bool = True
    stands_in_for: tuple["Away", ...] = ()

    @classmethod
    def stored(
        cls,
        credential_id: UUID,
        *,
        workspace_id: UUID,
        org: str,
        workspace: str,
        user_id: UUID,
        email: str,
        verified_at: datetime | None,
        role: str,
        groups: Iterable[UUID],
        stands_in_for: Iterable[str] = (),
    ) -> "Person":
        """A member as rows tell of them, who acts by that token or session. `org` and `workspace` are slugs, and
        `stands_in_for` as `absences.STANDS_IN_FOR` has it."""
        return cls(
            credential_id=credential_id,
            workspace_id=workspace_id,
            org_slug=org,
            workspace_slug=workspace,
            user_id=user_id,
            email=email,
            email_verified=verified_at is not None,
            role=Role(role),
            groups=frozenset(groups),
            stands_in_for=tuple(Away(UUID(one[:36]), one[37:]) for one in stands_in_for),
        )

    @property
    def label(self) -> str:
        return self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The server itself: a timer, a sweep, a management command."""

    name: str

    @property
    def label(self) -> str:
        return f"system:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody whose earlier act takes effect now, by the label they had then. May do nothing else."""

    label: str


Actor: TypeAlias = Machine | Person | System | Author
Tenant: TypeAlias = Machine | Person


def sides(actor: Tenant) -> tuple[Tenant, ...]:
    """The credentials of a request, each with rights of its own; a key goes before the person it came with."""
    return (actor.machine, actor) if isinstance(actor, Person) and actor.machine else (actor,)


def key_of(actor: Tenant) -> Machine | None:
    """The machine key of a request."""
    return actor if isinstance(actor, Machine) else actor.machine


def companion(actor: Actor) -> dict[str, str]:
    """How the record names the credential that came along with the one that acts."""
    match actor:
        case Machine(person=email) if email:
            return {"with_person": email}
        case Person(machine=Machine() as machine):
            return {"with_key": machine.label}
    return {}


class ActorKind(StrEnum):
    """What stands behind a label of the record."""

    PERSON = "person"
    AGENT = "agent"
    SERVER = "server"


def kind_of(label: str) -> ActorKind:
    """By the label alone: no email address begins with a scheme."""
    if label.startswith("agent://"):
        return ActorKind.AGENT
    return ActorKind.SERVER if label.startswith("system:") else ActorKind.PERSON


def full_address(org_slug: str, workspace_slug: str, local_name: str) -> str:
    """`local_name` as an `agent://` address; a local name of two parts is an address by itself."""
    if "/" in local_name:
        return f"agent://{local_name}"
    return f"agent://{org_slug}/{workspace_slug}/{local_name}"
