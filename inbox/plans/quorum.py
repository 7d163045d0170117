"""How many people a decision takes, as it is written: a quorum, stages one after the other, and what happens when those who
were asked are too few.

There is no language in it, only names, numbers and lengths of time.
"""

import re
from collections.abc import Sequence
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

ANY, ALL, ONE_EACH = "any", "all", "one_each"
_PERCENT = re.compile(r"(100|[1-9][0-9]?)%")
LONGEST = 366 * 24 * 3600
MOST = 100
"""The most votes that a number may ask for."""


def _threshold(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be any, all, one_each, a number or a percentage")
    if isinstance(value, int) and not 1 <= value <= MOST:
        raise ValueError(f"must be a number from 1 to {MOST}")
    if isinstance(value, str) and value not in (ANY, ALL, ONE_EACH) and not _PERCENT.fullmatch(value):
        raise ValueError('must be any, all, one_each, a number or a percentage like "60%"')
    return value


Threshold = Annotated[
    int | str,
    BeforeValidator(_threshold),
    Field(
        description="How many votes it takes: `any` (one), `all`, a number, a percentage of those asked (rounded up), or "
        "`one_each`: one person for each entry of `assignees`.",
        json_schema_extra={
            "anyOf": [
                {"type": "string", "enum": [ANY, ALL, ONE_EACH]},
                {"type": "integer", "minimum": 1, "maximum": MOST},
                {"type": "string", "pattern": f"^{_PERCENT.pattern}$"},
            ]
        },
        examples=[2],
    ),
]


class QuorumPart(BaseModel):
    """A part of a request or a policy; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Rule(QuorumPart):
    """Approving and refusing each by a rule of its own. Without a word, one refusal ends it."""

    approve: Threshold = ANY
    reject: Threshold = ANY

    @model_validator(mode="after")
    def _refuses_as_people(self) -> "Rule":
        if self.reject == ONE_EACH:
            raise ValueError("one_each is for approving only")
        return self


Quorum = Threshold | Rule


class OnMissing(QuorumPart):
    """What happens once those who are left of who was asked are too few. `alert` tells the owners and admins, who assign
    others; `substitute` asks the managers of those who are missing; `skip` does without them, as long as anybody is left;
    `close` ends the task with `outcome`, which must refuse."""

    then: Literal["alert", "substitute", "skip", "close"]
    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _closes_with_what(self) -> "OnMissing":
        if (self.then == "close") != (self.outcome is not None):
            raise ValueError("close needs an outcome, and nothing else has one")
        return self


def _short(value: Any) -> Any:
    return {"then": value} if isinstance(value, str) else value


Missing = Annotated[OnMissing, BeforeValidator(_short)]


class ApprovalStage(QuorumPart):
    """People who are asked once the stages before have agreed."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    assignees: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=383)]], Field(min_length=1, max_length=20)
    ]
    quorum: Quorum | None = None
    deadline_seconds: Annotated[int, Field(strict=True, ge=1, le=LONGEST)] | None = Field(
        None, description="How long this stage may take. When it is over, the wait ends as it does at its own deadline."
    )
    on_reject: Literal["end", "return"] = Field(
        "end", description="`return` goes back to the stage before, whose people vote again; `end` ends the task."
    )
    on_missing: Missing | None = None


Stages = Annotated[list[ApprovalStage], Field(min_length=1, max_length=10)]


def rule(quorum: int | str | dict[str, Any] | None) -> Rule:
    """A quorum as it is stored, as its two rules."""
    if quorum is None:
        return Rule()
    return Rule.model_validate(quorum) if isinstance(quorum, dict) else Rule(approve=quorum)


def needed(threshold: int | str, *, people: int, entries: int) -> int:
    """How many votes a threshold means of so many `people` who are asked by so many `entries`."""
    if isinstance(threshold, int):
        return threshold
    if threshold == ONE_EACH:
        return entries
    if threshold in (ANY, ALL):
        return 1 if threshold == ANY else max(1, people)
    return max(1, ceil(int(threshold.removesuffix("%")) * people / 100))


def is_plain(spec: dict[str, Any]) -> bool:
    """Whether one person alone decides what a completed human task asks."""
    return not spec.get("stages") and rule(spec.get("quorum")) == Rule()


def parts(spec: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The stages of a completed human task; one without any has a single nameless one."""
    return spec.get("stages") or [{}]
