"""What a policy would have done to tasks of the past, had everybody decided when they did."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median
from uuid import UUID

from inbox.plans.plan import Plan


class Stage(StrEnum):
    """How far a plan got: nothing was done, there were reminders alone, others were asked, or it ended first."""

    NOTHING = "nothing"
    REMINDED = "reminded"
    ASKED = "asked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Past:
    """A task as it really went. `how` is decided (with `outcome`), expired, withdrawn or, without `over_at`, waiting."""

    task_id: UUID
    headline: str
    opened_at: datetime
    over_at: datetime | None
    how: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Went:
    """How a task would have gone: so many reminders, who was asked as well, and `then`, how it ended if that came first."""

    past: Past
    reminders: int
    asked: tuple[str, ...]
    then: str | None

    @property
    def stage(self) -> Stage:
        if self.then is not None:
            return Stage.ENDED
        return Stage.ASKED if self.asked else Stage.REMINDED if self.reminders else Stage.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`went` are the tasks that would have followed the policy, of `looked_at` since `since`; `cut` means that there are
    more, older ones. `own` brought what happens themselves, `earlier` follow a policy that is tried before, by its name."""

    since: datetime
    looked_at: int
    cut: bool
    own: int
    earlier: Counter[str]
    went: Sequence[Went]

    @property
    def stages(self) -> Counter[Stage]:
        return Counter(one.stage for one in self.went)

    @property
    def reminders(self) -> int:
        return sum(one.reminders for one in self.went)

    @property
    def asked(self) -> Counter[str]:
        """How many tasks would have been assigned to each as well."""
        return Counter(to for one in self.went for to in set(one.asked))

    @property
    def ended(self) -> Counter[str]:
        return Counter(one.then for one in self.went if one.then is not None)

    @property
    def really(self) -> Counter[str]:
        return Counter(one.past.how for one in self.went)

    @property
    def decided_after(self) -> float | None:
        """The seconds within which half of the decisions were made."""
        taken = [
            (one.past.over_at - one.past.opened_at).total_seconds()
            for one in self.went
            if one.past.how == "decided" and one.past.over_at is not None
        ]
        return median(taken) if taken else None


def went(past: Past, plan: Plan, *, now: datetime) -> Went:
    """How `past` would have gone by `plan`, up to its real end, or up to `now`."""
    until = past.over_at or now
    ended = plan.end_at is not None and plan.end_at < until
    if ended and plan.end_at is not None:
        until = plan.end_at
    return Went(
        past,
        reminders=sum(at < until for at in plan.reminders),
        asked=tuple(step.to for step in plan.levels if step.at < until),
        then=plan.then if ended else None,
    )
