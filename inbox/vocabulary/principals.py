"""To whom a task can be assigned: one text for each user, address, role or group; and two that stand for whoever it is when
the time comes, on call or as a manager."""

from collections.abc import Iterable
from uuid import UUID

from intents.kernel.actors import Person, Role

DECIDERS = frozenset(Role) - {Role.VIEWER}
"""Roles whose holders may decide what is assigned to them."""

BY_DEFAULT = (Role.APPROVER, Role.ADMIN, Role.OWNER)
"""Who is asked when a task names nobody."""


def user(user_id: UUID) -> str:
    """How one person is written in a list of those who may decide."""
    return f"user:{user_id}"


def email(address: str) -> str:
    """How whoever has an address is written, in lower case, also before there is such a person."""
    return f"email:{address.strip().lower()}"


def role(name: str) -> str:
    """How everybody with a role in the workspace is written."""
    return f"role:{name}"


def group(group_id: UUID) -> str:
    """How everybody in a group is written."""
    return f"group:{group_id}"


ON_CALL = "oncall:"
"""How a request names who is on call in a schedule: `oncall:Night shift`."""


def on_call(schedule_id: UUID) -> str:
    """How whoever is on call by a schedule at that moment is written."""
    return f"{ON_CALL}{schedule_id}"


def schedule(text: str) -> str | None:
    """The schedule that a text or a principal names, None when it names something else."""
    plain = text.strip()
    return plain[len(ON_CALL) :].strip() if plain.lower().startswith(ON_CALL) else None


def name(text: str) -> str:
    """Somebody whom nobody here knows."""
    return f"name:{text}"


def of(person: Person) -> list[str]:
    """All that a person is addressed by."""
    address = [email(person.email)] if person.email_verified else []
    return [user(person.user_id), *address, role(person.role), *map(group, sorted(person.groups))]


def ids(texts: Iterable[str]) -> list[UUID]:
    """Those of `texts` that are ids."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
