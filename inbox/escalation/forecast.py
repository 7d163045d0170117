"""What happens next to a task while nobody decides, and when."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from inbox.assignees.services import principals
from inbox.assignees.services.resolution import Asker, AssigneeResolver, ResolvedAssignee
from inbox.plans import plan as plans
from inbox.tasks.models import Task
from inbox.tasks.services.open import asker_of
from inbox.vocabulary.lifecycle import DECIDABLE
from intents.kernel import canonical
from intents.kernel.actors import MANAGER


class What(StrEnum):
    """Those who are asked are reminded; somebody is asked as well; or it is over."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    END = "end"


@dataclass(frozen=True, slots=True)
class Next:
    """`to` is who is asked as well. Where that is whoever is on call or a manager, `who` is the email address of who it
    would be as things are now and `name` what to call them; or both are a role, and `why` tells why. An end has in `then`
    how: fail, expire, complete (with `outcome`), escalate (`to` is asked as well, for as long again) or deadline."""

    at: datetime
    what: What
    to: str | None = None
    who: str | None = None
    name: str | None = None
    why: str | None = None
    then: str | None = None
    outcome: str | None = None


def next_steps(task: Task) -> list[Next]:
    """What is ahead of an undecided task, soonest first; nothing for any other."""
    if task.state not in DECIDABLE:
        return []
    plan = plans.loads(task.plan) if task.plan else plans.Plan()
    found = _ahead(plan, asker_of(task=task, intent=task.intent), reminded=task.reminded, level=task.level)
    if task.due_at is None:
        return found
    due_at = task.due_at
    return [*(one for one in found if one.at < due_at), _end(task, due_at)]


def of_plan(plan: plans.Plan, asker: Asker) -> list[Next]:
    """All that a plan for what `asker` asks has, soonest first; an agent without a name is any."""
    found = _ahead(plan, asker)
    return [*found, Next(plan.end_at, What.END, then=plan.then, outcome=plan.outcome)] if plan.end_at else found


def _ahead(plan: plans.Plan, asker: Asker, *, reminded: int = 0, level: int = 0) -> list[Next]:
    reminders = [Next(at, What.REMINDER) for at in plan.reminders[reminded:]]
    steps = plan.levels[level:]
    resolver = AssigneeResolver(min((step.at for step in steps), default=datetime.max))
    levels = [
        _asked(
            Next(step.at, What.ESCALATION, to=step.to),
            # Whose manager that is hangs on the agent.
            resolver.resolve(step.principal, asker, step.at) if asker.agent or step.principal != MANAGER else None,
        )
        for step in steps
    ]
    return sorted(reminders + levels, key=lambda one: one.at)


def _asked(one: Next, reached: ResolvedAssignee | None) -> Next:
    return replace(one, who=reached.who, name=reached.name, why=reached.why) if reached else one


def _end(task: Task, at: datetime) -> Next:
    wait = task.wait
    if wait.deadline_at != at:
        return Next(at, What.END, then="deadline")
    outcome = canonical.loads(wait.spec).get("timeout_outcome")
    if wait.on_timeout == "escalate":
        to = task.intent.escalate_to or ""
        principal = principals.principal(workspace_id=task.workspace_id, text=to)
        reached = AssigneeResolver(at).resolve(principal, asker_of(task=task, intent=task.intent), at)
        return _asked(Next(at, What.END, to=to, then="escalate"), reached)
    if wait.on_timeout == "resume" or outcome == "expired":
        return Next(at, What.END, then="expire")
    return Next(at, What.END, then=wait.on_timeout, outcome=outcome)
