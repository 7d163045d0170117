"""What happens to a task, as the feed of its workspace tells it."""

from datetime import datetime

from inbox.tasks.models import Task
from inbox.vocabulary.lifecycle import State
from intents.feed.models import WorkspaceEvent
from intents.feed.services import publish
from intents.kernel.actors import System

SERVER = System(name="inbox").label
_MOVED = {
    State.CLAIMED: "task.claimed",
    State.DECIDED: "task.decided",
    State.EXPIRED: "task.expired",
    State.WITHDRAWN: "task.withdrawn",
}
"""A decision is told once it takes effect: while it is held it may be taken back."""


def opened(task: Task, *, by: str) -> WorkspaceEvent:
    """That people are asked, to be stored with the new task."""
    return _event(task, "task.opened", by=by, at=task.assigned_at)


def moved(task: Task, *, left: State, at: datetime) -> WorkspaceEvent | None:
    """That a locked task moved on from the state it `left`, to be stored with that; None where nobody is told."""
    if left is State.CLAIMED and task.state == State.OPEN:
        return _event(task, "task.released", by=SERVER, at=at)
    name = _MOVED.get(State(task.state))
    if name is None:
        return None
    by = task.decided_by or task.claimed_by
    return _event(task, name, by=by.email if by else SERVER, at=at, outcome=task.outcome)


def voted(task: Task, *, by: str, at: datetime, outcome: str) -> WorkspaceEvent:
    """That somebody voted, by which nothing is settled yet."""
    return _event(task, "task.voted", by=by, at=at, outcome=outcome)


def _event(task: Task, event_type: str, *, by: str, at: datetime, outcome: str | None = None) -> WorkspaceEvent:
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
    )
