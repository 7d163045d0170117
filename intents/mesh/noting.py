"""Keeping what happened to agents: in the mesh, and on the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.kernel import canonical, statements
from intents.kernel.actors import Actor
from intents.mesh.models import MeshEvent

Told = tuple[str, datetime, Mapping[str, Any]]
"""The name of an agent, when it was, and the details."""


def note(
    *, workspace_id: UUID, name: str, event_type: str, actor: Actor, at: datetime, details: dict[str, Any]
) -> MeshEvent:
    """Record what happened to an agent, in the running transaction."""
    (event,) = note_all(workspace_id=workspace_id, event_type=event_type, actor=actor, told=[(name, at, details)])
    return event


def note_all(*, workspace_id: UUID, event_type: str, actor: Actor, told: Sequence[Told]) -> list[MeshEvent]:
    """The same of several agents."""
    events = [
        statements.new(
            MeshEvent,
            workspace_id=workspace_id,
            name=name,
            event_type=event_type,
            actor=actor.label,
            at=at,
            details=canonical.dumps({key: value for key, value in details.items() if value not in (None, "", 0)}),
        )
        for name, at, details in told
    ]
    statements.insert(events)
    return events
