"""Who applies scenarios, and so writes their versions and begins runs: one answer for the API and the pages."""

from intents.accounts.services import rights
from intents.kernel.actors import OPERATORS, Actor, Machine, Person, Scope, Tenant, key_of
from intents.kernel.addresses import RUNS
from intents.kernel.errors import Denied


def run_name(scenario_id: str) -> str:
    """The local name of the runs of a scenario."""
    return f"{RUNS}{scenario_id.lstrip('_-.')[:120] or 'run'}"


def may_apply(actor: Actor) -> bool:
    """Whether `actor` applies scenarios: a machine key, and who operates the workspace."""
    match actor:
        case Machine():
            return True
        case Person():
            return actor.machine is not None or actor.role in OPERATORS
    return False


def ensure_may_apply(actor: Tenant) -> None:
    """Raises Denied for who may not, as they are now."""
    if not may_apply(actor):
        raise Denied("only a machine key, an owner, an admin or an operator applies scenarios")
    if isinstance(actor, Person) and actor.machine is None:
        rights.repairs(actor=actor)


def sender(actor: Tenant, scenario_id: str) -> Machine:
    """Whom a run is from that `actor` begins: the machine key, or else the scenario itself, with the person behind it.
    Raises Denied."""
    ensure_may_apply(actor)
    if (machine := key_of(actor)) is not None:
        return machine
    assert isinstance(actor, Person)
    return Machine(
        workspace_id=actor.workspace_id,
        org_slug=actor.org_slug,
        workspace_slug=actor.workspace_slug,
        agent_id=None,  # type: ignore[arg-type] # of none, as no key sent it
        credential_id=actor.credential_id,
        name=run_name(scenario_id),
        speaks_as=run_name(scenario_id),
        scope=Scope.OWN,
        person_id=actor.user_id,
        person=actor.email,
    )
