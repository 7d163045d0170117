"""Sessions of agents: begun, written to, completed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from intents.kernel import clock
from intents.kernel.actors import OPERATORS, Machine, Tenant, sides
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit
from intents.threads import selectors
from intents.threads.models import AgentSession, SessionMessage, SessionStatus


def _writer(actor: Tenant) -> Tenant:
    """Who of a request writes: its key, or a person who operates. Raises Denied."""
    for side in sides(actor):
        if isinstance(side, Machine) or side.role in OPERATORS:
            return side
    raise Denied("sessions are written by machine keys, operators, admins and owners")


@unit
def begin(
    *,
    actor: Tenant,
    kind: str,
    project_id: str = "",
    parent_id: UUID | None = None,
    depends_on: Sequence[UUID] = (),
    metadata: dict[str, Any] | None = None,
) -> AgentSession:
    """A new session. Raises Denied, Missing for a parent that is not there, InvalidField for sessions it depends on."""
    by = _writer(actor)
    parent = selectors.session(actor, parent_id) if parent_id else None
    known = set(selectors.sessions(actor).filter(id__in=depends_on).values_list("id", flat=True))
    if unknown := [one for one in depends_on if one not in known]:
        raise InvalidField("depends_on", f"no session has the id {unknown[0]}")
    row = AgentSession(
        workspace_id=actor.workspace_id,
        kind=kind,
        project_id=project_id,
        parent=parent,
        depends_on=list(depends_on),
        metadata=metadata or {},
        owner=by.speaks_as if isinstance(by, Machine) else "",
        created_by=by.label,
        created_at=clock.now(),
    )
    row.save(force_insert=True)
    return row


def _open(actor: Tenant, session_id: UUID) -> AgentSession:
    row = selectors.session(actor, session_id, writing=True, lock=True)
    if row.status != SessionStatus.ACTIVE:
        raise Conflict("this session is completed", status=str(row.status))
    return row


@unit
def post(*, actor: Tenant, session_id: UUID, role: str, content: Any, content_type: str) -> SessionMessage:
    """Append a message. Raises Missing, Denied, Conflict when the session is completed."""
    by, row = _writer(actor), _open(actor, session_id)
    row.seq += 1
    row.save(update_fields=["seq"])
    message = SessionMessage(
        workspace_id=row.workspace_id,
        session=row,
        seq=row.seq,
        role=role,
        content=content,
        content_type=content_type,
        actor=by.label,
        at=clock.now(),
    )
    message.save(force_insert=True)
    return message


@unit
def complete(*, actor: Tenant, session_id: UUID, result: Any) -> AgentSession:
    """End a session. Raises Missing, Denied, Conflict when it is completed."""
    _writer(actor)
    session = _open(actor, session_id)
    session.status, session.result, session.completed_at = SessionStatus.COMPLETED, result, clock.now()
    session.save(update_fields=["status", "result", "completed_at"])
    return session
