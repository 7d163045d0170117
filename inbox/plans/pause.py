"""Clock pause: while a question to the agent is open, the times of a task stand still, up to a most in all.

When a question is asked all times that are ahead are moved by all that is left of the most, and when the last one is
answered they are moved back by what was not needed. So between the two nothing has to happen, and where nobody answers, the
times are right as they are.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from inbox.plans import plan as plans
from inbox.plans.plan import Plan
from intents.kernel import canonical
from intents.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Pause:
    """`questions` are open, by the events that they are. In force from `since` till `until` at the latest; `spent` is what
    earlier ones took."""

    questions: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    spent: timedelta = timedelta()

    def is_on(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def dumps(self) -> str:
        told: dict[str, Any] = {
            "questions": list(self.questions),
            "since": rfc3339(self.since) if self.since else None,
            "until": rfc3339(self.until) if self.until else None,
            "spent_us": self.spent // timedelta(microseconds=1),
        }
        return canonical.dumps(told)


def most(plan: str | None) -> timedelta | None:
    """How long the clock of a task with this plan, as `Plan.dumps` wrote it, may stand still in all; None where it does
    not."""
    seconds = plans.loads(plan).question_pause_seconds if plan is not None else None
    return timedelta(seconds=seconds) if seconds else None


def loads(text: str | None) -> Pause:
    """What `Pause.dumps` wrote; of none, one that has not begun."""
    if text is None:
        return Pause()
    told = canonical.loads(text)
    return Pause(
        questions=tuple(told["questions"]),
        since=datetime.fromisoformat(told["since"]) if told["since"] else None,
        until=datetime.fromisoformat(told["until"]) if told["until"] else None,
        spent=timedelta(microseconds=told["spent_us"]),
    )


def begun(pause: Pause, *, now: datetime, most: timedelta) -> tuple[Pause, timedelta]:
    """A pause with open questions, from `now` on, and by how much the times move; by nothing when it is in force already or
    nothing of `most` is left."""
    if pause.since is not None or not pause.questions or (left := most - pause.spent) <= timedelta():
        return pause, timedelta()
    return replace(pause, since=now, until=now + left), left


def ended(pause: Pause, *, now: datetime) -> tuple[Pause, timedelta]:
    """A pause that is over `now`, its questions as they were, and by how much the times move back."""
    if pause.since is None or pause.until is None:
        return pause, timedelta()
    spent = pause.spent + min(now, pause.until) - pause.since
    return replace(pause, since=None, until=None, spent=spent), max(pause.until - now, timedelta())


def moved(plan: Plan, *, by: timedelta, after: datetime) -> Plan:
    """A plan of which all that is ahead `after` a time comes so much later; or sooner, where `by` is negative."""

    def at(moment: datetime) -> datetime:
        return moment + by if moment > after else moment

    return replace(
        plan,
        reminders=tuple(map(at, plan.reminders)),
        levels=tuple(replace(step, at=at(step.at)) for step in plan.levels),
        end_at=at(plan.end_at) if plan.end_at else None,
    )
