"""Who sees, manages and replays webhooks."""

from intents.accounts.services import rights
from intents.kernel.actors import ADMINS, OPERATORS, Machine, Person, Role, Scope, Tenant, sides
from intents.kernel.errors import Denied

EVERYTHING = ""
"""As an owner: all of a workspace."""


def sees(actor: Tenant) -> str | None:
    """Whose webhooks an actor sees: EVERYTHING, those of the agent with that local name, or None: nothing."""
    found: str | None = None
    for side in sides(actor):
        match side:
            case Person() if side.role is not Role.APPROVER:
                return EVERYTHING
            case Machine(scope=Scope.WORKSPACE):
                return EVERYTHING
            case Machine():
                found = side.name
    return found


def manager(actor: Tenant, owner: str) -> Tenant:
    """Who of the request manages the webhooks of `owner`: an owner or admin, a workspace key, or the key of the agent
    itself; as they are now. Raises Denied."""
    for side in reversed(sides(actor)):
        match side:
            case Machine(scope=Scope.OWN) if owner and side.name == owner:
                rights.manages_key(actor=side, key_id=side.credential_id)
                return side
            case Person() if side.role not in ADMINS:
                continue
            case Machine(scope=Scope.OWN):
                continue
        rights.manages_agents(actor=side)
        return side
    raise Denied("only an owner, an admin or a workspace key manages webhooks, and an agent's own key its own")


def replayer(actor: Tenant, owner: str) -> Tenant:
    """Who of the request may have what was sent to endpoints of `owner` sent again: who manages them, or an operator.
    Raises Denied."""
    for side in sides(actor):
        if isinstance(side, Person) and side.role in OPERATORS:
            rights.repairs(actor=side)
            return side
    return manager(actor, owner)
