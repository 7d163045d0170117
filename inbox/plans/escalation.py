"""What is done when nobody decides, as it is written: reminders, whom to ask when it gets late, and how it ends.

A policy is data that an owner can read: there is no language in it, only names, lengths of time and comparisons.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from inbox.plans.quorum import Missing, Quorum, Stages
from intents.kernel import canonical

LONGEST = 366 * 24 * 3600
Seconds = Annotated[int, Field(strict=True, ge=1, le=LONGEST)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50)]


class PolicyPart(BaseModel):
    """A part of a policy as the API has it; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Reminders(PolicyPart):
    """The first after `after_seconds`, then one each `interval_seconds` (as the first when absent)."""

    after_seconds: Seconds
    interval_seconds: Seconds | None = None
    at_most: Annotated[int, Field(strict=True, ge=1, le=100)] = 1

    def offsets(self) -> list[int]:
        """The seconds after the beginning at which each is due."""
        interval = self.interval_seconds or self.after_seconds
        return [self.after_seconds + number * interval for number in range(self.at_most)]


class Level(PolicyPart):
    """Somebody who is asked as well, so long after the level before."""

    after_seconds: Annotated[int, Field(strict=True, ge=0, le=LONGEST)]
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = Field(
        description="A member by email address or id, a group by name or id, a role, `oncall:` and the name of a schedule"
        " for whoever is on call then, or `manager` for the manager of the owner of the agent that asks.",
        examples=["Finance", "oncall:Night shift"],
    )


class End(PolicyPart):
    """What happens when nobody has decided by then. `owner` asks the owners for as long again; after that it fails."""

    after_seconds: Seconds
    then: Literal["fail", "expire", "owner", "complete"]
    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="What to complete with; at low risk only."
    )

    @model_validator(mode="after")
    def _says_with_what(self) -> "End":
        if (self.then == "complete") != (self.outcome is not None):
            raise ValueError("complete needs an outcome, and nothing else has one")
        return self


class Ladder(PolicyPart):
    """Reminders, and levels gone through from the first to the last, `repeat` times again."""

    reminders: Reminders | None = None
    levels: Annotated[list[Level], Field(max_length=10)] = []
    repeat: Annotated[int, Field(strict=True, ge=0, le=10)] = 0
    question_pause_seconds: Seconds | None = Field(
        default=None,
        description="While a question to the agent of somebody who may decide is open, the times of the task are paused, for"
        " so many seconds in all at most. When it is answered, what was not needed is given back.",
        examples=[14_400],
    )

    def steps(self) -> list[tuple[int, str]]:
        """The seconds after the beginning at which each level is reached, and whom it asks."""
        found, at = [], 0
        for level in self.levels * (self.repeat + 1):
            at += level.after_seconds
            found.append((at, level.to))
        return found


class Escalation(Ladder):
    """A ladder that has an end."""

    end: End

    @model_validator(mode="after")
    def _asks_before_the_end(self) -> "Escalation":
        if sum(level.after_seconds for level in self.levels) >= self.end.after_seconds:
            raise ValueError("the last level has to come before the end")
        if self.reminders is not None and self.reminders.after_seconds >= self.end.after_seconds:
            raise ValueError("the first reminder has to come before the end")
        if self.repeat and not any(level.after_seconds for level in self.levels):
            raise ValueError("levels that are repeated need time between them")
        return self


class Condition(PolicyPart):
    """What a value of the payload must be. `field` is its path, parts joined by dots."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    field: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(examples=["amount.value"])
    is_: str | bool | int | float | None = Field(None, alias="is")
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _compares(self) -> "Condition":
        if len(self.model_fields_set & {"is_", "at_least", "at_most"}) != 1:
            raise ValueError("give one of is, at_least and at_most")
        return self

    def holds(self, payload: Mapping[str, Any]) -> bool:
        value: Any = payload
        for part in self.field.split("."):
            if isinstance(value, Mapping) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return False
        return self.allows(value)

    def allows(self, value: Any) -> bool:
        """Whether the value that was found may be so."""
        if "is_" in self.model_fields_set:
            return canonical.dumps(value) == canonical.dumps(self.is_)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


class Match(PolicyPart):
    """Which tasks a policy is for: those for which all that is given holds; without anything, all. `*` in a text stands for
    anything."""

    intent_types: Patterns | None = Field(default=None, examples=[["refund.*"]])
    agents: Patterns | None = Field(default=None, description="Names of the agents that ask.")
    risks: Annotated[list[Literal["low", "medium", "high", "critical"]], Field(min_length=1, max_length=4)] | None = None
    payload: Annotated[list[Condition], Field(min_length=1, max_length=20)] | None = None

    def fits(self, *, intent_type: str, agent: str, risk: str, payload: Mapping[str, Any]) -> bool:
        return (
            like(self.intent_types, intent_type)
            and self.is_for(agent)
            and (self.risks is None or risk in self.risks)
            and all(condition.holds(payload) for condition in self.payload or ())
        )

    def is_for(self, agent: str) -> bool:
        """Whether tasks of an agent may fit."""
        return like(self.agents, agent)


class Least(PolicyPart):
    """What tasks that a policy is for have at least, whatever their agents say. `separation_of_duties` false lets agents
    do without it at high and critical risk; true asks for it at any. `standing_grants` false leaves them to people.
    `quorum`, `stages` and `on_missing` take the place of what agents say: those of the first policy that has any of
    these."""

    risk: Literal["low", "medium", "high", "critical"] | None = None
    separation_of_duties: StrictBool | None = None
    standing_grants: Annotated[StrictBool | None, Field(description="False: no standing grant decides them.")] = None
    quorum: Quorum | None = None
    stages: Stages | None = None
    on_missing: Missing | None = None

    def approval(self) -> dict[str, Any]:
        """What it says of how many decide, as a completed human task has it."""
        return self.model_dump(include={"quorum", "stages", "on_missing"}, exclude_none=True)


def like(patterns: list[str] | None, text: str) -> bool:
    """Whether a text is like one of the patterns, in which `*` stands for anything; None is any text."""
    return patterns is None or any(fnmatchcase(text, pattern) for pattern in patterns)


def of_fields(
    *, remind_after: int | None, remind_interval: int | None, max_reminders: int | None, escalate_to: str | None
) -> Ladder | None:
    """What the fields of an intent ask for, None when they ask for no reminder: reminders, and one interval after the last
    whom to ask as well. Without a number there are three when an interval is given, otherwise one."""
    after = remind_after or remind_interval
    if after is None:
        return None
    after = min(after, LONGEST)
    interval = min(remind_interval or after, LONGEST)
    most = min(max_reminders or (3 if remind_interval else 1), 100)
    reminders = Reminders(after_seconds=after, interval_seconds=interval, at_most=most)
    late = min(after + most * interval, LONGEST)
    return Ladder(reminders=reminders, levels=[Level(after_seconds=late, to=escalate_to)] if escalate_to else [])
