"""The rules of a retention: for each status that ends an intent, after how many days its contents are erased, and after how
many the intent itself is removed. Plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intents.engine.lifecycle import TERMINAL
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

STATUSES = tuple(sorted(status.value for status in TERMINAL))
ERASE, REMOVE = "erase", "remove"
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to intents that ended as `status`; None keeps."""

    status: str
    contents_days: int | None = None
    intent_days: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a pass: `action` is done to what ended as `status` more than `days` ago."""

    action: str
    status: str
    days: int


Rules = Sequence[Rule]


def checked(given: Rules) -> list[Rule]:
    """A rule for each status that ends an intent, in order; those that are not given keep. Raises InvalidField."""
    found: dict[str, Rule] = {}
    for place, rule in enumerate(given):
        where = f"rules.{place}"
        if rule.status not in STATUSES or rule.status in found:
            raise InvalidField(f"{where}.status", f"each of {', '.join(STATUSES)} once")
        for name in ("contents_days", "intent_days"):
            days = getattr(rule, name)
            if days is not None and not 1 <= days <= MOST_DAYS:
                raise InvalidField(f"{where}.{name}", f"1 to {MOST_DAYS} days, or nothing to keep them")
        if rule.contents_days and rule.intent_days and rule.intent_days < rule.contents_days:
            raise InvalidField(f"{where}.intent_days", "an intent is not removed before its contents are erased")
        found[rule.status] = rule
    return [found.get(status, Rule(status)) for status in STATUSES]


def dumps(rules: Rules) -> str:
    """Rules as they are stored."""
    return canonical.dumps(as_json(rules))


def loads(text: str) -> list[Rule]:
    """What `dumps` wrote."""
    return [Rule(found["status"], found["contents_days"], found["intent_days"]) for found in canonical.loads(text)]


def as_json(rules: Rules) -> list[Any]:
    """Rules as the API has them."""
    return [{"status": rule.status, "contents_days": rule.contents_days, "intent_days": rule.intent_days} for rule in rules]


def steps(rules: Rules) -> list[Step]:
    """What a pass does, in order: what is removed need not be erased first."""
    removing = [Step(REMOVE, rule.status, rule.intent_days) for rule in rules if rule.intent_days]
    return removing + [Step(ERASE, rule.status, rule.contents_days) for rule in rules if rule.contents_days]
