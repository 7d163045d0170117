"""What the server notices of agents, as the mesh and the feed of the workspace tell it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.feed.models import WorkspaceEvent
from intents.feed.services import publish
from intents.kernel import canonical, statements
from intents.kernel.actors import System
from intents.mesh.models import MeshEvent

MESH = System(name="mesh")
Told = tuple[MeshEvent, WorkspaceEvent]


def of(workspace_id: UUID, name: str, event_type: str, *, at: datetime, details: dict[str, Any]) -> Told:
    """Something that happened to an agent, not stored."""
    known = {key: value for key, value in details.items() if value is not None}
    event = MeshEvent(
        workspace_id=workspace_id,
        name=name,
        event_type=event_type,
        actor=MESH.label,
        at=at,
        details=canonical.dumps(known),
    )
    published = publish.unsaved(
        actor=MESH.label, workspace_id=workspace_id, event_type=f"agent.{event_type}", subject=name, at=at, details=known
    )
    return event, published


def tell(told: Sequence[Told]) -> None:
    """Store them, in the running transaction."""
    statements.insert([event for event, _ in told], [published for _, published in told])
