"""The timers of tasks' plans: one for the next reminder and one for the next level, as long as nobody has decided."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from inbox.plans import plan as plans
from inbox.tasks.models import Task
from intents.engine import timers
from intents.engine.models import Timer
from intents.kernel import statements

KINDS = (timers.REMIND, timers.ESCALATE)


def arm(*, tasks: Sequence[Task], kinds: Sequence[str] = KINDS) -> None:
    """Arm what is next in the plans of locked undecided tasks, of which nothing of these kinds is armed."""
    statements.insert(armed(tasks=tasks, kinds=kinds))


def armed(*, tasks: Sequence[Task], kinds: Sequence[str] = KINDS) -> list[Timer]:
    """What `arm` stores."""
    return [
        timers.new(workspace_id=task.workspace_id, intent_id=task.intent_id, kind=kind, due_at=due_at, subject_id=task.id)
        for task in tasks
        for kind, due_at in _next(task)
        if kind in kinds
    ]


def of_grants(*, tasks: Sequence[Task], now: datetime) -> list[Timer]:
    """Timers by which standing grants are tried on tasks that open: at once, in a transaction of their own."""
    return [
        timers.new(
            workspace_id=task.workspace_id,
            intent_id=task.intent_id,
            kind=timers.STANDING_GRANT,
            due_at=now,
            subject_id=task.id,
        )
        for task in tasks
    ]


def _next(task: Task) -> Iterator[tuple[str, datetime]]:
    if task.plan is None:
        return
    plan = plans.loads(task.plan)
    if task.reminded < len(plan.reminders):
        yield timers.REMIND, plan.reminders[task.reminded]
    if task.level < len(plan.levels):
        yield timers.ESCALATE, plan.levels[task.level].at


def disarm(tasks: Sequence[Task]) -> None:
    """Take away the timers of the plans of locked tasks."""
    if planned := [task.intent_id for task in tasks if task.plan is not None]:
        timers.disarm(*planned, kinds=KINDS)
