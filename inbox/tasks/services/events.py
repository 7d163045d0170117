"""What people do with a task beside deciding it, on the record of its intent, where everybody learns of it."""

from datetime import datetime
from typing import Any

from inbox.tasks.models import Task
from intents.engine.lifecycle import EventType
from intents.engine.models import Intent, IntentEvent
from intents.engine.services.transitions import note
from intents.kernel import live
from intents.kernel.actors import Actor


def record_event(
    *,
    task: Task,
    intent: Intent,
    action: str,
    actor: Actor,
    now: datetime,
    event_type: EventType = EventType.COMMENT,
    **details: Any,
) -> IntentEvent:
    """Record `action` of a task of a locked intent that is not over: an event whose details are `task_id`, `action` and
    those of `details` that are not None."""
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    told = {name: value for name, value in details.items() if value is not None}
    return note(
        intent=intent,
        event_type=event_type,
        actor=actor,
        now=now,
        details={"task_id": str(task.id), "action": action} | told,
    )
