"""Sessions of agents: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from intents.kernel import clock
from intents.schemas.fields import Closed, FreeJson, FreeObject
from intents.schemas.responses import Ok, Shape
from intents.threads.models import AgentSession, SessionMessage


def _said(value: Any) -> Any:
    if value is None:
        raise ValueError("is needed: any JSON but null")
    return value


Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
StatusName = Literal["ACTIVE", "COMPLETED"]


class CreateSession(Closed):
    """What it is about."""

    type: Word = Field("generic", examples=["coding"])
    project_id: Annotated[str, StringConstraints(max_length=255)] | None = None
    parent_session_id: UUID | None = None
    depends_on: list[UUID] | None = Field(None, max_length=100)
    metadata: FreeObject | None = None


class PostMessage(Closed):
    """One message."""

    role: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["user"])
    content: Annotated[FreeJson, AfterValidator(_said)]
    content_type: Word = "text"


class CompleteSession(Closed):
    result: FreeJson | None = None


class SessionBegun(Ok):
    session_id: UUID
    status: StatusName
    type: str
    created_at: datetime


class AgentSessionShape(Shape):
    session_id: UUID
    status: StatusName
    type: str
    project_id: str | None
    parent_session_id: UUID | None
    depends_on: list[UUID]
    metadata: dict[str, Any]
    result: Any
    messages_count: int
    created_by: str
    created_at: datetime
    completed_at: datetime | None


class OneAgentSession(Ok):
    session: AgentSessionShape


class AgentSessions(Ok):
    sessions: list[AgentSessionShape]


class MessagePosted(Ok):
    message_id: UUID
    seq: int


class MessageShape(Shape):
    message_id: UUID
    seq: int
    role: str
    content: Any
    content_type: str
    actor: str
    created_at: datetime


class SessionMessages(Ok):
    messages: list[MessageShape]


class FeedItem(Shape):
    type: Literal["session.message", "session.completed"]
    session_id: UUID
    seq: int
    at: datetime
    message: MessageShape | None = None
    result: Any = None


class SessionFeed(Ok):
    feed: list[FeedItem]


class SessionCompleted(Ok):
    session_id: UUID
    status: StatusName
    result: Any


def session(row: AgentSession) -> dict[str, Any]:
    return {
        "session_id": str(row.id),
        "status": row.status,
        "type": row.kind,
        "project_id": row.project_id or None,
        "parent_session_id": str(row.parent_id) if row.parent_id else None,
        "depends_on": [str(one) for one in row.depends_on],
        "metadata": row.metadata,
        "result": row.result,
        "messages_count": row.seq,
        "created_by": row.created_by,
        "created_at": clock.rfc3339(row.created_at),
        "completed_at": clock.rfc3339(row.completed_at) if row.completed_at else None,
    }


def message(row: SessionMessage) -> dict[str, Any]:
    return {
        "message_id": str(row.id),
        "seq": row.seq,
        "role": row.role,
        "content": row.content,
        "content_type": row.content_type,
        "actor": row.actor,
        "created_at": clock.rfc3339(row.at),
    }


def said(row: SessionMessage) -> dict[str, Any]:
    """A message as the feed has it."""
    at = clock.rfc3339(row.at)
    return {"type": "session.message", "session_id": str(row.session_id), "seq": row.seq, "at": at, "message": message(row)}


def completed(row: AgentSession) -> dict[str, Any]:
    """The end of a session as the feed has it; its number follows that of the last message."""
    assert row.completed_at is not None
    at = clock.rfc3339(row.completed_at)
    return {"type": "session.completed", "session_id": str(row.id), "seq": row.seq + 1, "at": at, "result": row.result}
