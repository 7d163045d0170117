"""Trying a policy on the tasks of the last week. Changes nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inbox.calendars import rota
from inbox.calendars.models import Calendar
from inbox.escalation import replay
from inbox.escalation import selectors as policy_selectors
from inbox.escalation.services import planning
from inbox.plans import plan
from inbox.plans.escalation import Escalation, Match, of_fields
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.vocabulary import roles
from inbox.vocabulary.lifecycle import State
from intents.kernel import canonical, clock
from intents.kernel.actors import Tenant
from intents.kernel.batches import readable

WEEK = timedelta(days=7)
MOST = 1000
"""Tasks that are looked at, the newest."""
MOST_STEPS = 20_000
"""Steps of plans that are reckoned: fewer tasks are looked at when each has many."""

_HOW = {State.DECIDED: "decided", State.HELD: "decided", State.EXPIRED: "expired", State.WITHDRAWN: "withdrawn"}


def try_on_last_week(
    *,
    actor: Tenant,
    match: Match,
    escalation: Escalation,
    calendar: Calendar | None,
    place: int,
    instead_of: UUID | None = None,
) -> replay.Replay:
    """What a policy would have done, were it at `place`, in place of the policy `instead_of`. Raises Denied."""
    roles.ensure_manages(actor)
    now = clock.now()
    steps = len(escalation.steps()) + (escalation.reminders.at_most if escalation.reminders else 0) + 1
    most = min(MOST, MOST_STEPS // steps)
    tasks = selectors.tasks_since(actor, now - WEEK, limit=most + 1)
    before = [row for row in policy_selectors.policies(actor.workspace_id) if row.id != instead_of and row.place < place]
    tried = readable(before, lambda row: (row.name, Match.model_validate(canonical.loads(row.match))))
    own, earlier, followed = 0, Counter[str](), []
    calendars: dict[str, Calendar | None] = {}
    for task, payload in _with_payloads(tasks[:most], [match, *(one for _, one in tried)]):
        spec = canonical.loads(task.spec)
        if "escalation" in spec or _reminds_itself(task):
            own += 1
            continue
        asked: dict[str, Any] = {
            "intent_type": task.intent.intent_type,
            "agent": task.intent.sender,
            "risk": task.risk,
            "payload": payload,
        }
        if not match.fits(**asked):
            continue
        if first := next((name for name, one in tried if one.fits(**asked)), None):
            earlier[first] += 1
            continue
        named = spec.get("calendar")
        if named is not None and named not in calendars:
            calendars[named] = planning.named(workspace_id=actor.workspace_id, text=named)
        replayed_plan = plan.make(
            escalation,
            start=task.assigned_at,
            end=None if _ends_itself(task) else escalation.end,
            calendar=rota.working(calendars[named] if named is not None else calendar),
            resolve=lambda to: to,
            task_type=task.task_type,
            outcomes=spec["allowed_outcomes"],
        )
        followed.append(replay.went(_past(task), replayed_plan, now=now))
    return replay.Replay(
        since=now - WEEK, looked_at=len(tasks[:most]), cut=len(tasks) > most, own=own, earlier=earlier, went=followed
    )


def _with_payloads(tasks: Sequence[Task], matches: Sequence[Match]) -> Iterator[tuple[Task, Any]]:
    """Tasks with what their intents carry, where a rule looks at that."""
    if not any(match.payload for match in matches):
        yield from ((task, {}) for task in tasks)
        return
    for start in range(0, len(tasks), 100):
        some = tasks[start : start + 100]
        bodies = selectors.payloads([task.intent_id for task in some])
        yield from ((task, canonical.loads(bodies[task.intent_id])) for task in some)


def _reminds_itself(task: Task) -> bool:
    intent = task.intent
    fields = of_fields(
        remind_after=intent.remind_after_seconds,
        remind_interval=intent.remind_interval_seconds,
        max_reminders=intent.max_reminders,
        escalate_to=intent.escalate_to,
    )
    return fields is not None


def _ends_itself(task: Task) -> bool:
    """Whether its agent gave the wait an end of its own, which goes before that of a policy."""
    return task.wait.deadline_at is not None and (task.plan is None or plan.loads(task.plan).end_at is None)


def _past(task: Task) -> replay.Past:
    over_at: datetime | None = task.over_at
    how = _HOW.get(State(task.state), "waiting")
    return replay.Past(task.id, task.headline, task.assigned_at, over_at, how, task.outcome)
