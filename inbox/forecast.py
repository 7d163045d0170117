"""What happens next to a task while nobody decides, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from inbox import plans
from inbox.lifecycle import DECIDABLE
from inbox.models import Task
from intents import canonical


class What(StrEnum):
    """Those who are asked are reminded; somebody is asked as well; or it is over."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    END = "end"


@dataclass(frozen=True, slots=True)
class Next:
    """`to` is who is asked as well. An end has in `then` how: fail, expire, complete (with `outcome`), escalate (`to` is
    asked as well, for as long again) or deadline."""

    at: datetime
    what: What
    to: str | None = None
    then: str | None = None
    outcome: str | None = None


def next_steps(task: Task) -> list[Next]:
    """What is ahead of an undecided task, soonest first; nothing for any other."""
    if task.state not in DECIDABLE:
        return []
    plan = plans.loads(task.plan) if task.plan else plans.Plan()
    found = _ahead(plan, reminded=task.reminded, level=task.level)
    if task.due_at is None:
        return found
    due_at = task.due_at
    return [*(one for one in found if one.at < due_at), _end(task, due_at)]


def of_plan(plan: plans.Plan) -> list[Next]:
    """All that a plan has, soonest first."""
    found = _ahead(plan)
    return [*found, Next(plan.end_at, What.END, then=plan.then, outcome=plan.outcome)] if plan.end_at else found


def _ahead(plan: plans.Plan, *, reminded: int = 0, level: int = 0) -> list[Next]:
    reminders = [Next(at, What.REMINDER) for at in plan.reminders[reminded:]]
    levels = [Next(step.at, What.ESCALATION, to=step.to) for step in plan.levels[level:]]
    return sorted(reminders + levels, key=lambda one: one.at)


def _end(task: Task, at: datetime) -> Next:
    wait = task.wait
    if wait.deadline_at != at:
        return Next(at, What.END, then="deadline")
    outcome = canonical.loads(wait.spec).get("timeout_outcome")
    if wait.on_timeout == "escalate":
        return Next(at, What.END, then="escalate", to=task.intent.escalate_to)
    if wait.on_timeout == "resume" or outcome == "expired":
        return Next(at, What.END, then="expire")
    return Next(at, What.END, then=wait.on_timeout, outcome=outcome)
