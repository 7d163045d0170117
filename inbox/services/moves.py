"""Moving tasks on: the one place that writes a state after a task was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.lifecycle import DECIDABLE, LIVE, MOVES, State
from inbox.models import Assignment, Task
from intents.models import User


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, by whom and when."""

    outcome: str
    person: User
    at: datetime


def move_many(tasks: Sequence[Task], to: State, *, now: datetime, verdict: Verdict | None = None) -> None:
    """Take locked tasks to `to`; callers ask only for moves of the table. `verdict` comes with HELD and DECIDED; without it,
    what an earlier one left is taken away."""
    for task in tasks:
        assert to in MOVES[State(task.state)], f"{task.state} to {to}"
        task.state = to
        task.ended_at = None if to in LIVE else now
        task.outcome, task.decided_by, task.decided_at = (
            (verdict.outcome, verdict.person, verdict.at) if verdict else (None, None, None)
        )
    ids = [task.id for task in tasks]
    if not ids:
        return
    Task.objects.filter(id__in=ids).update(
        state=to,
        ended_at=None if to in LIVE else now,
        outcome=verdict.outcome if verdict else None,
        decided_by=verdict.person if verdict else None,
        decided_at=verdict.at if verdict else None,
    )
    Assignment.objects.filter(task_id__in=ids).update(live=to in DECIDABLE)
