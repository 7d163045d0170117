"""The fleet of a workspace as its pages show it: agents by health, what they cost, and who costs most."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inbox.operations.permissions import ensure_may_watch
from intents.kernel.actors import Actor
from intents.mesh import selectors, spending
from intents.mesh.models import MeshBreach
from intents.mesh.selectors import MeshAgent

TOP, BREACHES = 5, 10
STUCK = "stuck"
"""Alive but stuck: a kind of its own beside each health."""
Kind = str


@dataclass(frozen=True, slots=True)
class FleetAgent:
    """An agent, and what of its budget is set aside."""

    seen: MeshAgent
    uptime_seconds: float | None
    reserved_usd: Decimal = Decimal(0)

    @property
    def labels(self) -> list[str]:
        return [f"{name}={value}" for name, value in sorted(self.seen.metadata.items())]

    def is_of(self, kind: Kind | None) -> bool:
        return kind is None or (self.seen.stuck if kind == STUCK else self.seen.health == kind)


@dataclass(frozen=True, slots=True)
class Fleet:
    """`agents` are a page of those that match, `last` the name of its last where there are more. `counts` are those of each
    kind among all of the label, whose sums the others are."""

    agents: Sequence[FleetAgent]
    last: str
    total: int
    counts: Counter[Kind]
    today_usd: Decimal
    month_usd: Decimal
    reserved_usd: Decimal
    backlog: int
    top: Sequence[FleetAgent]
    breaches: Sequence[MeshBreach]


def agents(actor: Actor, *, matches: Callable[[FleetAgent], bool]) -> list[FleetAgent]:
    """Those of the actor's workspace that match, by name. Raises Denied for those who only decide."""
    person = ensure_may_watch(actor)
    return [one for seen in selectors.fleet(person.workspace_id) if matches(one := _agent(seen))]


def _agent(seen: MeshAgent, reserved_usd: Decimal = Decimal(0)) -> FleetAgent:
    return FleetAgent(seen, selectors.uptime_seconds(seen), reserved_usd)


def fleet(actor: Actor, *, kind: Kind | None = None, label: str = "", after: str = "", limit: int = 100) -> Fleet:
    """A page of the agents of the actor's workspace, by name. Raises Denied for those who only decide."""
    person = ensure_may_watch(actor)
    reserved = spending.reserved(person.workspace_id)
    every = [_agent(one, reserved.get(one.name, Decimal(0))) for one in selectors.fleet(person.workspace_id, month=True)]
    named = [one for one in every if not label or label in one.labels]
    rest = [one for one in named if one.is_of(kind) and one.seen.name > after]
    return Fleet(
        agents=rest[:limit],
        last=rest[limit - 1].seen.name if len(rest) > limit else "",
        total=len(named),
        counts=Counter(str(one.seen.health) for one in named) + Counter({STUCK: sum(one.seen.stuck for one in named)}),
        today_usd=sum((one.seen.cost_usd for one in named), Decimal(0)),
        month_usd=sum((one.seen.month_usd for one in named), Decimal(0)),
        reserved_usd=sum((one.reserved_usd for one in named), Decimal(0)),
        backlog=sum(one.seen.backlog for one in named),
        top=[one for one in sorted(named, key=lambda one: -one.seen.month_usd)[:TOP] if one.seen.month_usd],
        breaches=selectors.breaches(person, limit=BREACHES),
    )
