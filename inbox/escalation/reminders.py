"""Timers of tasks that nobody has decided: reminders, and asking others as well when it gets late.

After an outage several steps may be past. Then there is one reminder, and the task is at the right level at once.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import F

from inbox.assignees.services.resolution import AssigneeResolver, explained
from inbox.plans import plan as plans
from inbox.tasks import notices, permissions, selectors
from inbox.tasks.models import Task
from inbox.tasks.services import plan_timers
from inbox.tasks.services.moves import move_many
from inbox.tasks.services.open import add_assignment, asker_of
from inbox.vocabulary.lifecycle import DECIDABLE, State
from intents.engine import timers
from intents.engine.events import Entry, Pending
from intents.engine.lifecycle import EventType
from intents.engine.models import Intent
from intents.engine.selectors import Locked
from intents.engine.services.transitions import note_many
from intents.engine.timers import Due
from intents.kernel import live, statements
from intents.kernel.actors import System

CLOCK = System(name="timers")


def remind(due: Sequence[Due], locked: Locked) -> None:
    """Remind those who are asked."""
    tasks, entries, due_notices = [], [], []
    for task, plan in _undecided(due, locked):
        past = sum(at <= locked.now for at in plan.reminders)
        details = {"number": past, "of": len(plan.reminders), "missed": past - task.reminded - 1 or None}
        entries.append(_entry(task, locked, EventType.REMINDER, details))
        due_notices.append(notices.notice(task, "reminder", number=past))
        task.reminded = past
        tasks.append(task)
    Task.objects.bulk_update(tasks, ["reminded"])
    statements.insert(due_notices)
    plan_timers.arm(tasks=tasks, kinds=[timers.REMIND])
    note_many(entries)
    Intent.objects.filter(id__in=[task.intent_id for task in tasks]).update(remind_count=F("remind_count") + 1)


def escalate(due: Sequence[Due], locked: Locked) -> None:
    """Put tasks to those of their next level as well; a claim ends, so that they can decide."""
    tasks, entries, due_notices = [], [], []
    resolver = AssigneeResolver(locked.now)
    for task, plan in _undecided(due, locked):
        past = sum(step.at <= locked.now for step in plan.levels)
        reached = plan.levels[task.level : past]
        asker = asker_of(task=task, intent=locked.intents[task.intent_id])
        assignees = {step.principal: resolver.resolve(step.principal, asker, locked.now) for step in reached}
        missed = {one.principal for one in assignees.values() if one and one.why}
        for principal in dict.fromkeys(one.principal if one else fixed for fixed, one in assignees.items()):
            add_assignment(task=task, principal=principal, authority=permissions.ESCALATION)
            if principal not in missed:
                due_notices.append(notices.notice(task, "escalated", number=past, principal=principal))
        due_notices += notices.unreached(task, number=past) if missed else []
        also = list(dict.fromkeys(step.to for step in reached[:-1])) or None
        last = reached[-1]
        details = {"to": last.to, "level": past, "of": len(plan.levels), "also": also} | explained(assignees[last.principal])
        entries.append(_entry(task, locked, EventType.ESCALATED, details))
        task.level = past
        tasks.append(task)
    move_many(tasks=[task for task in tasks if task.state == State.CLAIMED], to=State.OPEN, now=locked.now)
    Task.objects.bulk_update(tasks, ["level"])
    statements.insert(due_notices)
    plan_timers.arm(tasks=tasks, kinds=[timers.ESCALATE])
    note_many(entries)


def _undecided(due: Sequence[Due], locked: Locked) -> Iterator[tuple[Task, plans.Plan]]:
    """The tasks of timers, with their plans. What is over in time ends by its own timer, and nobody is told before."""
    for task in selectors.lock_live([one.intent_id for one in due if one.intent_id in locked.intents]):
        over = task.due_at is not None and task.due_at <= locked.now
        if task.plan is not None and task.state in DECIDABLE and not over:
            yield task, plans.loads(task.plan)


def _entry(task: Task, locked: Locked, event_type: EventType, details: Mapping[str, object]) -> Entry:
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    return Entry(
        intent=locked.intents[task.intent_id],
        event_type=event_type,
        actor=CLOCK.label,
        at=locked.now,
        details={"task_id": str(task.id)} | {name: value for name, value in details.items() if value is not None},
        pending=Pending("human", str(task.intent_id)),
    )
