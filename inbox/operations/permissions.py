"""Who watches the intents of a workspace, and who repairs them."""

from intents.kernel.actors import OPERATORS, WATCHERS, Actor, Person
from intents.kernel.errors import Denied


def may_watch(actor: Actor) -> bool:
    """Whether `actor` sees what goes on: who only decides does not, nor does a machine."""
    return isinstance(actor, Person) and actor.role in WATCHERS


def may_repair(actor: Actor) -> bool:
    """Whether `actor` moves on what others sent."""
    return isinstance(actor, Person) and actor.role in OPERATORS


def ensure_may_watch(actor: Actor) -> Person:
    """`actor` as a person who watches all that goes on. Raises Denied for machines, and for those who only decide."""
    if not isinstance(actor, Person):
        raise Denied("operations are for people: send a person's token as Authorization: Bearer")
    if not may_watch(actor):
        raise Denied("only an owner, an admin, an operator or a viewer sees what goes on", role=str(actor.role))
    return actor


def ensure_may_repair(actor: Actor) -> Person:
    """`actor` as a person who moves on what others sent. Raises Denied for machines, and for those who only look on."""
    person = ensure_may_watch(actor)
    if not may_repair(person):
        raise Denied("only an owner, an admin or an operator repairs", role=str(person.role))
    return person
