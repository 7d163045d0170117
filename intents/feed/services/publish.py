"""Writing down what happened in a workspace and is no intent's."""

from typing import Any
from uuid import UUID

from intents.feed.models import WorkspaceEvent
from intents.kernel import canonical, clock, live, statements, tracing
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit

SERVER, CLIENT = "server", "client"
"""Who says so: this server of its own, or somebody by its API."""


@unit
def publish(
    *,
    actor: Actor,
    workspace_id: UUID,
    event_type: str,
    subject: str,
    details: dict[str, Any] | None = None,
    source: str = SERVER,
) -> WorkspaceEvent:
    """Write an event of the workspace, in the running transaction if there is one. `subject` is what it is about; `details`
    is a JSON object, and holds no secrets."""
    trace = tracing.current()
    event = WorkspaceEvent(
        workspace_id=workspace_id,
        event_type=event_type,
        source=source,
        subject=subject,
        actor=actor.label,
        at=clock.now(),
        details=canonical.dumps(details or {}),
        trace_id=trace.trace_id,
        request_id=trace.request_id,
    )
    statements.insert([event])
    live.wake_up(recorded=True)
    return event
