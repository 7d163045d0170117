"""Pausing the clock of a task while its agent is asked: its due time, its reminders and its levels, in the transaction of
the question, and again in that of the answer. See `plans.pause`."""

from dataclasses import replace
from datetime import datetime, timedelta

from inbox.plans import pause as pauses
from inbox.plans import plan as plans
from inbox.tasks import permissions, votes
from inbox.tasks.models import Task
from inbox.tasks.services import plan_timers
from inbox.tasks.services.events import record_event
from inbox.tasks.services.open import reschedule
from inbox.vocabulary.lifecycle import DECIDABLE, LIVE
from intents.engine import waits
from intents.engine.models import Intent
from intents.kernel.actors import Actor, Person
from intents.kernel.clock import rfc3339


def ask(*, actor: Person, task: Task, intent: Intent, question_seq: int, now: datetime) -> datetime | None:
    """The question `question_seq` about a locked task of a locked intent is open: the clock stands still, if `actor` could
    decide the task. Returns until when at the latest."""
    most = pauses.most(task.plan)
    over = task.due_at is not None and task.due_at <= now
    if most is None or task.state not in DECIDABLE or over or permissions.why_not(actor, task, now=now) is not None:
        return None
    before = pauses.loads(task.pause)
    asked = replace(before, questions=(*before.questions, question_seq))
    pause, by = pauses.begun(asked, now=now, most=most)
    _keep(task, intent, pause, by=by, after=now)
    return pause.until if pause.is_on(now) else None


def answer(*, actor: Actor, task: Task, intent: Intent, question_seq: int, now: datetime) -> None:
    """A question about a locked task of a locked intent was answered. With the last one the clock goes on, and what was not
    needed of the pause is given back."""
    before = pauses.loads(task.pause)
    if task.state not in LIVE or question_seq not in before.questions:
        return
    left = replace(before, questions=tuple(one for one in before.questions if one != question_seq))
    if left.questions:
        _keep(task, intent, left)
    else:
        _resume(task, intent, left, actor=actor, now=now)


def interrupt(*, actor: Actor, task: Task, intent: Intent, now: datetime) -> None:
    """Let the clock of a locked task go on though questions are open, before its times are made anew."""
    if task.pause is not None:
        _resume(task, intent, pauses.loads(task.pause), actor=actor, now=now)


def go_on(*, actor: Actor, task: Task, intent: Intent, now: datetime) -> None:
    """Pause the clock of a locked task again, after `interrupt`, while questions are open."""
    most = pauses.most(task.plan)
    if task.pause is None or most is None:
        return
    pause, by = pauses.begun(pauses.loads(task.pause), now=now, most=most)
    _keep(task, intent, pause, by=by, after=now)
    if by and pause.until is not None:
        until = rfc3339(pause.until)
        record_event(task=task, intent=intent, action="clock_paused", actor=actor, now=now, paused_until=until)


def _resume(task: Task, intent: Intent, before: pauses.Pause, *, actor: Actor, now: datetime) -> None:
    pause, back = pauses.ended(before, now=now)
    _keep(task, intent, pause, by=-back, after=now)
    if back:
        due_at = rfc3339(task.due_at) if task.due_at else None
        record_event(task=task, intent=intent, action="clock_resumed", actor=actor, now=now, due_at=due_at)


def _keep(
    task: Task, intent: Intent, pause: pauses.Pause, *, by: timedelta = timedelta(), after: datetime | None = None
) -> None:
    """Store a pause, and move all times of a locked task that are ahead `after` a time."""
    task.pause = pause.dumps()
    if not by or after is None:
        task.save(update_fields=["pause"])
        return
    if task.plan is not None:
        task.plan = pauses.moved(plans.loads(task.plan), by=by, after=after).dumps()
    if task.ballot is not None:
        ballot = votes.loads(task.ballot)
        if ballot.until is not None and ballot.until > after:
            task.ballot = votes.dumps(replace(ballot, until=ballot.until + by))
    task.save(update_fields=["pause", "plan", "ballot"])
    wait = task.wait
    if wait.deadline_at is not None and wait.deadline_at > after:
        waits.extend(wait, until=wait.deadline_at + by, on_timeout=wait.on_timeout)
    reschedule(intent)
    task.refresh_from_db(fields=["due_at"])
    plan_timers.disarm([task])
    if task.state in DECIDABLE:
        plan_timers.arm(tasks=[task])
