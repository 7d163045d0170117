"""What a standing grant is for, and within which limits, as it is written. Pure data and rules.

There is no language in it, only names, comparisons and numbers, so that whoever reads it knows what will be decided.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from inbox.plans.escalation import Condition, Patterns, PolicyPart, like
from inbox.vocabulary.kinds import RISKS
from intents.kernel import canonical

Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3,8}$")]
Money = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Sums = Annotated[dict[Currency, Money], Field(max_length=20)]
MOST = 100_000
MOST_CHOICES = 200
_ANYTHING = re.compile(r"\[!?\]?[^\]]*\]|[*?.]")
"""Parts of a pattern that name nothing: sets of characters, and what stands for anything."""


class GrantCondition(Condition):
    """As a condition of a policy, or `one_of` several values."""

    one_of: Annotated[list[str | bool | int | float], Field(min_length=1, max_length=MOST_CHOICES)] | None = Field(
        None, description="What it may be.", examples=[["ACME Ltd", "Baltic Parts"]]
    )

    @model_validator(mode="after")
    def _compares(self) -> "GrantCondition":
        given = self.model_fields_set & {"is_", "at_least", "at_most", "one_of"}
        # null is a value to compare with, and no bound.
        if len(given) != 1 or (given != {"is_"} and getattr(self, next(iter(given))) is None):
            raise ValueError("give one of is, one_of, at_least and at_most")
        return self

    def allows(self, value: Any) -> bool:
        if self.one_of is None:
            return super().allows(value)
        written = canonical.dumps(value)
        return any(canonical.dumps(one) == written for one in self.one_of)


class GrantMatch(PolicyPart):
    """Which tasks a standing grant is for: those for which all that is given holds. `*` in a text stands for anything."""

    intent_types: Patterns = Field(examples=[["refund.pay.v1"]])
    agents: Patterns | None = Field(default=None, description="Names of the agents that ask.", examples=[["billing"]])
    payload: Annotated[list[GrantCondition], Field(min_length=1, max_length=20)] | None = None

    @field_validator("intent_types")
    @classmethod
    def _name_something(cls, found: list[str]) -> list[str]:
        if any(not _ANYTHING.sub("", one) for one in found):
            raise ValueError("name a type: a grant is never for everything")
        return found

    def fits(self, *, intent_type: str, agent: str, payload: Mapping[str, Any]) -> bool:
        here = self.is_about(intent_type=intent_type, agent=agent)
        return here and all(condition.holds(payload) for condition in self.payload or ())

    def is_about(self, *, intent_type: str, agent: str) -> bool:
        """Whether tasks of a type of an agent may fit."""
        return like(self.intent_types, intent_type) and like(self.agents, agent)


class Bound(PolicyPart):
    """So many decisions at most, and so much in each currency."""

    count: Annotated[int, Field(strict=True, ge=1, le=MOST)] | None = None
    sums: Sums | None = Field(None, description="By currency.", examples=[{"EUR": "500"}])

    @property
    def is_bound(self) -> bool:
        return self.count is not None or bool(self.sums)


class Limits(PolicyPart):
    """How much may be decided. Where any amount is named, only what is about one clear amount in that currency is."""

    each: Sums | None = Field(
        None, description="The most that one task may be about, by currency.", examples=[{"EUR": "50"}]
    )
    per_day: Bound | None = None
    total: Bound | None = None

    @model_validator(mode="after")
    def _is_limited(self) -> "Limits":
        if not any(one.is_bound for one in (self.per_day, self.total) if one):
            raise ValueError("give a limit per day or in total: a count, or a sum in a currency")
        return self

    @property
    def sums(self) -> list[Mapping[str, Decimal]]:
        """All that money is bound by."""
        given = (self.each, self.per_day.sums if self.per_day else None, self.total.sums if self.total else None)
        return [one for one in given if one]

    def takes(self, amount: Decimal | None, currency: str) -> bool:
        """Whether what is about `amount` may be decided at all."""
        if not self.sums:
            return True
        known = amount is not None and amount >= 0 and all(currency in one for one in self.sums)
        return known and not (self.each and amount is not None and amount > self.each[currency])

    def leaves_room(self, used: "Used", amount: Decimal | None, currency: str) -> bool:
        """Whether one more decision about `amount` stays within the limits."""
        for bound, count, spent in ((self.per_day, used.today, used.spent_today), (self.total, used.ever, used.spent)):
            if bound is None:
                continue
            if bound.count is not None and count + 1 > bound.count:
                return False
            if bound.sums and (amount is None or spent + amount > bound.sums.get(currency, Decimal(0))):
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a grant has used of its limits: decisions, and money in the currency that was asked for."""

    today: int = 0
    ever: int = 0
    spent_today: Decimal = field(default_factory=Decimal)
    spent: Decimal = field(default_factory=Decimal)


def covers(highest: str, risk: str) -> bool:
    """Whether what is allowed up to a risk, or not at all, is allowed at `risk`."""
    return highest in RISKS and RISKS.index(risk) >= RISKS.index(highest)


def match_of(text: str) -> GrantMatch:
    """What `dumps` wrote of a match."""
    return GrantMatch.model_validate(canonical.loads(text))


def limits_of(text: str) -> Limits:
    """What `dumps` wrote of limits."""
    return Limits.model_validate(canonical.loads(text))


def dumps(part: GrantMatch | Limits) -> str:
    """A part of a grant as its row keeps it: canonical JSON of what was said, amounts as texts. Of a match a null was said
    as well: it is a value that may be asked for."""
    is_match = isinstance(part, GrantMatch)
    said = part.model_dump(mode="json", by_alias=True, exclude_unset=is_match, exclude_none=not is_match)
    return canonical.dumps(said)
