"""Moving tasks on: the one place that writes a state after a task was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.lifecycle import LIVE, MOVES, State
from inbox.models import Assignment, Task
from intents import live
from intents.models import User


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, by whom and when, and until when it is held."""

    outcome: str
    person: User
    at: datetime
    held_until: datetime | None = None


def move_many(
    tasks: Sequence[Task], to: State, *, now: datetime, verdict: Verdict | None = None, claimed_by: User | None = None
) -> None:
    """Take locked tasks to `to`; callers ask only for moves of the table. `verdict` comes with HELD and DECIDED,
    `claimed_by` with CLAIMED; without them, what an earlier one left is taken away."""
    if not tasks:
        return
    opened = [task.id for task in tasks if (task.state == State.OPEN) is not (to is State.OPEN)]
    written = {
        "ended_at": None if to in LIVE else now,
        "outcome": verdict.outcome if verdict else None,
        "decided_by": verdict.person if verdict else None,
        "decided_at": verdict.at if verdict else None,
        "held_until": verdict.held_until if verdict else None,
        "claimed_by": claimed_by,
    }
    for task in tasks:
        assert to in MOVES[State(task.state)], f"{task.state} to {to}"
        task.state = to
        for name, value in written.items():
            setattr(task, name, value)
    Task.objects.filter(id__in=[task.id for task in tasks]).update(state=to, **written)
    live.hint(tasks=[(task.workspace_id, task.id) for task in tasks])
    if opened:
        Assignment.objects.filter(task_id__in=opened).update(live=to is State.OPEN)
