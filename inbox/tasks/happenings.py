"""What happens to a task, as the feed of its workspace tells it."""

from datetime import datetime

from inbox.tasks.models import Task
from inbox.vocabulary.lifecycle import State
from intents.feed.models import WorkspaceEvent
from intents.feed.services import publish
from intents.kernel.actors import System
from intents.kernel.tracing import Trace

SERVER = System(name="inbox").label
_MOVED = {
    State.CLAIMED: "task.claimed",
    State.DECIDED: "task.decided",
    State.EXPIRED: "task.expired",
    State.WITHDRAWN: "task.withdrawn",
}
"""A decision is told once it takes effect: while it is held it may be taken back."""


def opened(task: Task, *, by: str, trace: Trace | None = None) -> WorkspaceEvent:
    """That people are asked, to be stored with the new task; by the request of this `trace`, if it is not the current
    one."""
    return _event(task, "task.opened", by=by, at=task.assigned_at, trace=trace)


def moved(task: Task, *, left: State, at: datetime, trace: Trace | None = None) -> WorkspaceEvent | None:
    """That a locked task moved on from the state it `left`, to be stored with that; None where nobody is told. `trace` is as
    of `opened`."""
    if left is State.CLAIMED and task.state == State.OPEN:
        return _event(task, "task.released", by=SERVER, at=at)
    name = _MOVED.get(State(task.state))
    if name is None:
        return None
    by = task.decided_by or task.claimed_by
    return _event(task, name, by=by.email if by else SERVER, at=at, outcome=task.outcome, trace=trace)


def voted(task: Task, *, by: str, at: datetime, outcome: str) -> WorkspaceEvent:
    """That somebody voted, by which nothing is settled yet."""
    return _event(task, "task.voted", by=by, at=at, outcome=outcome)


def _event(
    task: Task, event_type: str, *, by: str, at: datetime, outcome: str | None = None, trace: Trace | None = None
) -> WorkspaceEvent:
    # Nothing of what the task says: whoever may read that has its id.
    details = {"task_type": task.task_type, "risk": task.risk} | ({"outcome": outcome} if outcome else {})
    return publish.unsaved(
        actor=by,
        workspace_id=task.workspace_id,
        event_type=event_type,
        subject=str(task.id),
        intent_id=task.intent_id,
        at=at,
        details=details,
        trace=trace,
    )
