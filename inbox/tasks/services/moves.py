"""Moving tasks on: the one place that writes a state after a task was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model

from inbox.tasks import happenings
from inbox.tasks.models import Task
from inbox.tasks.services import plan_timers
from inbox.vocabulary.lifecycle import DECIDABLE, LIVE, MOVES, State
from intents.accounts.models import User
from intents.kernel import live, statements
from intents.kernel.models import new_id
from intents.kernel.tracing import Trace


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, by whom and when, and until when it is held. `trace` is of the request, if not the current one."""

    outcome: str
    person: User
    at: datetime
    held_until: datetime | None = None
    trace: Trace | None = None


_WRITTEN: statements.Columns = (
    ("id", "uuid"),
    ("state", "text"),
    ("ended_at", "timestamptz"),
    ("outcome", "text"),
    ("decided_by_id", "uuid"),
    ("decided_at", "timestamptz"),
    ("held_until", "timestamptz"),
    ("claimed_by_id", "uuid"),
)
_MOVE = f"""
moved AS (
    UPDATE inbox_task t SET {", ".join(f"{name} = v.{name}" for name, _ in _WRITTEN[1:])}
    FROM {statements.few("tasks", "v", _WRITTEN)} WHERE t.id = v.id
), concluded AS (
    INSERT INTO inbox_notice (id, workspace_id, task_id, kind, number)
    SELECT n.id, n.workspace_id, n.task_id, 'concluded', 0
    FROM unnest(%(notices)s::uuid[], %(workspaces)s::uuid[], %(concluded)s::uuid[]) AS n (id, workspace_id, task_id)
    WHERE EXISTS (SELECT FROM inbox_taskwatcher w WHERE w.task_id = n.task_id)
       OR EXISTS (SELECT FROM inbox_chatpost p WHERE p.task_id = n.task_id AND p.state = 'ready')
), listed AS (
    UPDATE inbox_assignment SET live = %(live)s::bool WHERE task_id = ANY(%(opened)s::uuid[])
)
"""


class Moved(NamedTuple):
    """Tasks that were moved in memory: the new rows that go with that, and the part of a statement that writes it."""

    rows: list[Sequence[Model]]
    part: statements.Clause

    @classmethod
    def begin(
        cls,
        *,
        tasks: Sequence[Task],
        to: State,
        now: datetime,
        verdict: Verdict | Mapping[UUID, Verdict] | None = None,
        claimed_by: User | None = None,
    ) -> "Moved":
        """`move_many` that leaves it to the caller to write it, with the statement that follows from it. Each task may have
        a `verdict` of its own, by the task's id."""
        taken_back = [task for task in tasks if task.state == State.HELD and to is State.OPEN]
        opened = [task.id for task in tasks if (task.state == State.OPEN) is not (to is State.OPEN)]
        left = {task.id: State(task.state) for task in tasks}
        for task in tasks:
            assert to in MOVES[State(task.state)], f"{task.state} to {to}"
            task.state, task.ended_at, task.claimed_by = to, None if to in LIVE else now, claimed_by
            _judge(task, verdict[task.id] if isinstance(verdict, Mapping) else verdict)
        params = {"tasks": statements.records(tasks, _WRITTEN), "opened": opened, "live": to is State.OPEN}
        over = tasks if to not in LIVE else ()
        params |= {
            "notices": [new_id() for _ in over],
            "workspaces": [task.workspace_id for task in over],
            "concluded": [task.id for task in over],
        }
        traces = {task_id: one.trace for task_id, one in verdict.items()} if isinstance(verdict, Mapping) else {}
        told = [
            one for task in tasks if (one := happenings.moved(task, left=left[task.id], at=now, trace=traces.get(task.id)))
        ]
        if to not in DECIDABLE:
            plan_timers.disarm(tasks)
        plan_timers.arm(tasks=taken_back)
        live.wake_up(tasks=[(task.workspace_id, task.id) for task in tasks])
        return cls([told], statements.Clause(_MOVE, params))


def _judge(task: Task, verdict: Verdict | None) -> None:
    task.outcome = verdict.outcome if verdict else None
    task.decided_by = verdict.person if verdict else None
    task.decided_at = verdict.at if verdict else None
    task.held_until = verdict.held_until if verdict else None


def move_many(
    *,
    tasks: Sequence[Task],
    to: State,
    now: datetime,
    verdict: Verdict | None = None,
    claimed_by: User | None = None,
    beside: Sequence[Sequence[Model]] = (),
) -> None:
    """Take locked tasks to `to`; callers ask only for moves of the table. `verdict` comes with HELD and DECIDED,
    `claimed_by` with CLAIMED; without them, what an earlier one left is taken away. New rows `beside` are stored by the same
    statement. Who watches a task that is over is notified, and so are the chats that ask about it."""
    if tasks:
        moved = Moved.begin(tasks=tasks, to=to, now=now, verdict=verdict, claimed_by=claimed_by)
        statements.store([*beside, *moved.rows], moved.part)
