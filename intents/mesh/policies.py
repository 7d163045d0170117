"""What a policy says, without the rows: limits of an agent, and whether they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from intents.accounts.models import AgentPolicy, AnomalyAction, BreachAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds of an agent: None is no limit. Patterns may end with `*`."""

    max_intents_per_hour: int | None = None
    max_intents_per_day: int | None = None
    max_cost_per_day_usd: Decimal | None = None
    max_cost_per_intent_usd: Decimal | None = None
    action_on_breach: str | None = None
    action_on_anomaly: str | None = None
    allowed_intent_types: Sequence[str] | None = None
    denied_intent_types: Sequence[str] | None = None
    allowed_tools: Sequence[str] | None = None
    denied_tools: Sequence[str] | None = None

    @property
    def action(self) -> BreachAction:
        return BreachAction(self.action_on_breach or BreachAction.BLOCK)

    @property
    def on_anomaly(self) -> AnomalyAction:
        return AnomalyAction(self.action_on_anomaly or AnomalyAction.NOTE)


PATTERN = r"^[A-Za-z0-9_.:/-]*\*?$"
MOST_PATTERNS, LONGEST_PATTERN = 100, 120
NAMES = tuple(field.name for field in fields(Limits))
USUAL_COST, USUAL_INTENTS = "usual_cost_per_hour", "usual_intents_per_hour"
USUAL = (USUAL_COST, USUAL_INTENTS)
"""What an agent goes beyond that costs or does much more than it usually does. No policy sets them."""


def revision(row: AgentPolicy | None) -> int:
    """A number that another one has who sets a policy meanwhile; 0 where none is set."""
    return 0 if row is None else int(row.updated_at.timestamp() * 1_000_000)


def effective(own: AgentPolicy | None, of_all: AgentPolicy | None) -> Limits:
    """An agent's own policy over that of its workspace, each limit for itself."""
    chosen: dict[str, Any] = {}
    for name in NAMES:
        value = getattr(own, name) if own is not None else None
        chosen[name] = value if value is not None or of_all is None else getattr(of_all, name)
    return Limits(**chosen)


def permits(allowed: Sequence[str] | None, denied: Sequence[str] | None, text: str) -> bool:
    """Whether a type or a tool may be used: not denied, and allowed where anything is said to be."""
    if denied and any(_matches(pattern, text) for pattern in denied):
        return False
    return allowed is None or any(_matches(pattern, text) for pattern in allowed)


def _matches(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """What an agent has used of its limits. `spent` is what it told today, `reserved` what is set aside for intents that are
    under way, apart; `each` is what the next one sets aside."""

    hour: int = 0
    day: int = 0
    spent: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    each: Decimal = Decimal(0)


def broken(limits: Limits, used: LimitUse, *, works: bool) -> str | None:
    """The name of the limit that one more intent would break, `works` when the agent is who it is for: then it needs its
    share of the budget."""
    if limits.max_intents_per_hour is not None and used.hour >= limits.max_intents_per_hour:
        return "max_intents_per_hour"
    if limits.max_intents_per_day is not None and used.day >= limits.max_intents_per_day:
        return "max_intents_per_day"
    budget = limits.max_cost_per_day_usd
    if budget is None:
        return None
    taken = used.spent + used.reserved
    more = used.each if works else Decimal(0)
    return "max_cost_per_day_usd" if taken + more > budget or (not more and taken >= budget) else None


def reserve(limits: Limits, *, average: Decimal) -> Decimal:
    """What is set aside for an intent: as much as it may cost, or else what they have cost on average lately."""
    if limits.max_cost_per_intent_usd is not None:
        return limits.max_cost_per_intent_usd
    return Decimal(0) if limits.max_cost_per_day_usd is None else average


def day_ends(now: datetime) -> datetime:
    """Budgets and counts of a day are of the UTC day."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def plain(amount: Decimal | int) -> str:
    """A limit or an amount exactly, without zeros that say nothing."""
    text = f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text
