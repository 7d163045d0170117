"""Stages: people who are asked one group after the other. The next are asked, notified and reminded once theirs begins."""

from datetime import datetime
from typing import Any

from inbox.assignees.services.principals import Names
from inbox.assignees.services.resolution import AssigneeResolver
from inbox.calendars import working_time
from inbox.calendars.rota import working
from inbox.calendars.selectors import calendar_named
from inbox.plans import plan as plans
from inbox.tasks import assignments, ballots, notices, selectors, votes
from inbox.tasks.models import Decision, Task
from inbox.tasks.services import pausing, plan_timers
from inbox.tasks.services.events import record_event
from inbox.tasks.services.moves import move_many
from inbox.tasks.services.open import asker_of, reschedule
from inbox.vocabulary.lifecycle import State
from intents.engine import timers, waits
from intents.engine.models import Intent, IntentEvent
from intents.kernel import canonical, statements
from intents.kernel.actors import Actor, Person, System
from intents.kernel.clock import rfc3339

CLOCK = System(name="timers")

_RETURN = """
UPDATE inbox_decision SET void_at = %(now)s::timestamptz, void_reason = 'returned'
WHERE task_id = %(task)s AND stage >= %(stage)s::int AND void_at IS NULL
"""


def go_on(
    *, task: Task, intent: Intent, decision: Decision, stage: int, actor: Person | Actor, now: datetime
) -> IntentEvent:
    """Begin another stage of a locked task, whose `decision` settled the one it is in."""
    assert task.ballot is not None
    pausing.interrupt(actor=CLOCK, task=task, intent=intent, now=now)
    before = votes.loads(task.ballot)
    decision.final = False
    if decision._state.adding:
        statements.insert([decision])
    else:
        decision.save(update_fields=["final"])
    if task.state != State.OPEN:
        move_many(tasks=[task], to=State.OPEN, now=now)
    if returns := stage < before.stage:
        statements.rows(_RETURN, {"task": task.id, "stage": stage, "now": now})
    spec = canonical.loads(task.spec)
    names = _begin(task=task, intent=intent, spec=spec, stage=stage, turn=before.turn + 1, now=now)
    pausing.go_on(actor=CLOCK, task=task, intent=intent, now=now)
    # Going back must not go round: who is asked again looks again.
    timers.disarm(task.intent_id, kinds=[timers.STANDING_GRANT])
    left = returns or spec.get("standing_grants") is False
    left = left or not selectors.has_standing_grants(task.workspace_id, now=now)
    granted = plan_timers.of_grants(tasks=[] if left else [task], now=now)
    statements.insert([notices.notice(task, "assigned", number=before.turn + 1)], granted)
    return record_event(
        task=task,
        intent=intent,
        action="stage_returned" if returns else "stage_began",
        actor=actor,
        now=now,
        name=spec["stages"][stage]["name"],
        after=before.name,
        outcome=decision.outcome,
        message=decision.comment,
        assigned_to=names,
        due_at=rfc3339(task.due_at) if task.due_at else None,
        progress=votes.progress(votes.loads(task.ballot)),
    )


def _begin(*, task: Task, intent: Intent, spec: dict[str, Any], stage: int, turn: int, now: datetime) -> list[str]:
    """Put a locked open task to those of a stage, whose time begins. Returns what they are called."""
    assert task.ballot is not None
    before = votes.loads(task.ballot)
    names, asker, resolver = Names(task.workspace_id), asker_of(task=task, intent=intent), AssigneeResolver(now)
    assigned = assignments.resolved(spec["stages"][stage]["assignees"], names=names, asker=asker, resolver=resolver)
    ballot = ballots.ballot(
        spec,
        assigned=assigned,
        electorate=selectors.electorate(task.workspace_id, assigned),
        excluded=task.excluded,
        stage=stage,
        turn=turn,
        revision=task.revision,
        until=before.until,
    )
    statements.rows("DELETE FROM inbox_assignment WHERE task_id = %s", [task.id])
    plan_timers.disarm([task])
    plan = plans.again(task.plan, start=now, resolve=names.principal) if task.plan else None
    task.ballot, task.voted, task.reminded, task.level = votes.dumps(ballot), [], 0, 0
    task.plan = plan.dumps() if plan else None
    task.save(update_fields=["ballot", "voted", "reminded", "level", "plan"])
    statements.insert([assignments.direct(task, principal) for principal in assigned])
    _give_time(task, spec, plan, ballot, now=now)
    reschedule(intent)
    task.refresh_from_db(fields=["due_at"])
    plan_timers.arm(tasks=[task])
    return list(assigned.values())


def _give_time(task: Task, spec: dict[str, Any], plan: plans.Plan | None, ballot: votes.Ballot, *, now: datetime) -> None:
    """Let the wait of a locked task end when the stage that begins does."""
    seconds = spec["stages"][ballot.stage].get("deadline_seconds")
    ends = [ballot.until, plan.end_at if plan else None, _stage_end(task, spec, seconds, now=now)]
    until = min((one for one in ends if one is not None), default=None)
    if until is not None and until != task.wait.deadline_at:
        waits.extend(task.wait, until=until, on_timeout=task.wait.on_timeout)


def _stage_end(task: Task, spec: dict[str, Any], seconds: int | None, *, now: datetime) -> datetime | None:
    """When a stage that begins now is over; in the task's own calendar its time is working time."""
    if seconds is None:
        return None
    own = calendar_named(task.workspace_id, spec["calendar"]) if "calendar" in spec else None
    return working_time.due(working(own), now, seconds)
