"""Writing down what happened in a workspace and is no intent's."""

from datetime import datetime
from typing import Any
from uuid import UUID

from intents.feed.models import WorkspaceEvent
from intents.kernel import canonical, clock, live, statements, tracing
from intents.kernel.actors import Actor
from intents.kernel.tracing import Trace
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
    event = unsaved(
        actor=actor.label,
        workspace_id=workspace_id,
        event_type=event_type,
        subject=subject,
        at=clock.now(),
        details=details or {},
        source=source,
    )
    statements.insert([event])
    return event


def unsaved(
    *,
    actor: str,
    workspace_id: UUID,
    event_type: str,
    subject: str,
    at: datetime,
    details: dict[str, Any],
    intent_id: UUID | None = None,
    source: str = SERVER,
    trace: Trace | None = None,
) -> WorkspaceEvent:
    """An event as `publish` writes it, for the caller to store in the running transaction with what it tells of, by the
    request of this `trace`, if it is not the current one."""
    trace = trace or tracing.current()
    live.wake_up(recorded=True)
    return statements.new(
        WorkspaceEvent,
        workspace_id=workspace_id,
        event_type=event_type,
        source=source,
        subject=subject,
        intent_id=intent_id,
        actor=actor,
        at=at,
        details=canonical.dumps(details),
        trace_id=trace.trace_id,
        request_id=trace.request_id,
    )
