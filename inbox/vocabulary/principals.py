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


def of_away(person: Person) -> tuple[list[str], list[UUID]]:
    """All that those are addressed by, by name, for whom a person stands in; and beside each, whose it is."""
    found = [(text, one.user_id) for one in person.stands_in_for for text in (user(one.user_id), one.address) if text]
    return [text for text, _ in found], [of for _, of in found]


def reached_by(person: Person) -> set[str]:
    """All whose tasks a person can decide: all that they are addressed by, and by name those for whom they stand in."""
    return {*of(person), *of_away(person)[0]}


def id_in(column: str, kind: str) -> str:
    """SQL of the id of a user or group in a principal, null in those of other kinds. Joined by it each is found by its key;
    joined by the text that an id makes, all there are would be read."""
    return f"CASE WHEN split_part({column}, ':', 1) = '{kind}' THEN split_part({column}, ':', 2)::uuid END"


def ids(texts: Iterable[str]) -> list[UUID]:
    """Those of `texts` that are ids."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
