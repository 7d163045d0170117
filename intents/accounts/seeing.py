"""Who sees what goes on in a workspace."""

from intents.kernel.actors import ADMINS, WATCHERS, Machine, Person, Scope, Tenant, key_of, sides
from intents.kernel.errors import Denied


def manages(actor: Tenant) -> bool:
    """Whether somebody sees what is for who manages the workspace: owners, admins and workspace keys."""
    key = key_of(actor)
    return (isinstance(actor, Person) and actor.role in ADMINS) or (key is not None and key.scope is Scope.WORKSPACE)


def narrowed(actor: Tenant, what: str) -> Machine | None:
    """The key of a request that sees but what concerns its own address, None for one that sees all. Raises Denied, which
    names `what`, for people who only decide."""
    narrow = None
    for side in sides(actor):
        match side:
            case Person() if side.role in WATCHERS:
                return None
            case Machine() if side.scope is Scope.WORKSPACE:
                return None
            case Machine():
                narrow = side
    if narrow is None:
        raise Denied(f"only an owner, an admin, an operator or a viewer reads {what}, or a machine key")
    return narrow
