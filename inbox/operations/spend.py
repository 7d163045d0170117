"""What agents cost, by agent, type of intent, model and hour; and of one agent what it has used of its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inbox.operations.permissions import ensure_may_watch
from intents.kernel.actors import Actor, Person
from intents.mesh import anomalies, selectors, spending
from intents.mesh.anomalies import Baseline
from intents.mesh.models import MeshEvent
from intents.mesh.policies import Limits, LimitUse

ROWS, HOURS, EVENTS = 20, 48, 20
WINDOWS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class SpendPart:
    """What something cost, in so many intents; `hour` where it is an hour."""

    key: str
    intents: int
    usd: Decimal

    @property
    def hour(self) -> datetime:
        return datetime.fromisoformat(self.key)


@dataclass(frozen=True, slots=True)
class AgentSpend:
    """What an agent has used of its limits, what is usual for it, and what happened to it."""

    name: str
    limits: Limits
    used: LimitUse
    usual: Baseline | None
    events: Sequence[MeshEvent]


@dataclass(frozen=True, slots=True)
class Spend:
    """`parts` are the dearest of each kind, the newest hours first; `agent` the one that was asked for."""

    total_usd: Decimal
    reserved_usd: Decimal
    parts: Mapping[str, Sequence[SpendPart]]
    agent: AgentSpend | None


def spend(actor: Actor, *, window: str, agent: str = "") -> Spend:
    """What the agents of the actor's workspace cost, or one of them. Raises Denied for those who only decide, and
    AgentNotFound."""
    person = ensure_may_watch(actor)
    one = _agent(person, agent) if agent else None
    parts = {}
    total = Decimal(0)
    for kind in ("agent", "intent_type", "model", "hour"):
        total, found = spending.spend(person, by=kind, window=window, name=one.name if one else None)
        parts[kind] = [SpendPart(*row) for row in found]
    reserved = one.used.reserved if one else sum(spending.reserved(person.workspace_id).values(), Decimal(0))
    shown = {kind: rows[:ROWS] for kind, rows in parts.items()} | {"hour": parts["hour"][: -HOURS - 1 : -1]}
    return Spend(total, reserved, shown, one)


def _agent(person: Person, named: str) -> AgentSpend:
    name = selectors.agent(person, named).name
    row = selectors.baseline(person.workspace_id, name)
    usual = anomalies.baseline_of(row) if row is not None else None
    return AgentSpend(
        name=name,
        limits=selectors.limits(person.workspace_id, [name])[name],
        used=spending.used(person.workspace_id, name),
        usual=usual if usual and usual.hours >= anomalies.FEWEST_HOURS else None,
        events=selectors.events(person, name=name, limit=EVENTS),
    )
