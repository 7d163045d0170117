"""The policies of agents as their page shows them: what holds of each, and what it has used of that."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.operations.permissions import ensure_may_watch
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied
from intents.mesh import policies, selectors, spending
from intents.mesh.policies import Limits, LimitUse


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """What holds of an agent, whether anything of it is its `own`, and what it has used."""

    name: str
    own: bool
    limits: Limits
    used: LimitUse


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """`of_all` holds of each agent that sets nothing else; `agents` are a page, `last` the name of its last where there are
    more."""

    of_all: Limits
    agents: Sequence[AgentLimits]
    last: str


def page(actor: Actor, *, after: str = "", limit: int = 100) -> LimitsPage:
    """The agents of the actor's workspace, by name. Raises Denied for those who only decide."""
    person = ensure_may_watch(actor)
    names = [one.name for one in selectors.fleet(person.workspace_id) if one.name > after]
    shown = names[:limit]
    found = selectors.policies(person.workspace_id, shown)
    holds = {name: policies.effective(found.get(name), found.get("")) for name in shown}
    used = spending.uses(person.workspace_id, holds)
    return LimitsPage(
        policies.effective(found.get(""), None),
        [AgentLimits(name, _says_something(found.get(name)), holds[name], used[name]) for name in shown],
        shown[-1] if len(names) > limit else "",
    )


def _says_something(row: object) -> bool:
    return row is not None and any(getattr(row, name) is not None for name in policies.NAMES)


@dataclass(frozen=True, slots=True)
class SetLimits:
    """The policy of an agent, or of all under an empty name, for who changes it; `of_all` is what holds where it says
    nothing, None of all."""

    name: str
    own: Limits
    of_all: Limits | None
    revision: int


def one(actor: Actor, name: str) -> SetLimits:
    """Raises Denied for all but owners and admins, AgentNotFound."""
    person = ensure_governs(actor)
    if name:
        name = selectors.agent(person, name).name
    found = selectors.policies(person.workspace_id, [name])
    row = found.get(name)
    of_all = policies.effective(found.get(""), None) if name else None
    return SetLimits(name, policies.effective(row, None), of_all, policies.revision(row))


def ensure_governs(actor: Actor) -> Person:
    """Raises Denied for all but owners and admins."""
    person = ensure_may_watch(actor)
    if person.role not in ADMINS:
        raise Denied("only owners and admins manage agents and keys")
    return person
