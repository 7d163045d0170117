"""Messages to people as those who watch see them in the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from inbox.operations.messages import MOST_AT_ONCE, MessagePage, MessageRow
from inbox.schemas.requests import Closed
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape


class WatchedMessage(Shape):
    """A message to a person by email or chat."""

    id: UUID
    person: str
    to: str = Field(description="The person's email address.")
    channel: str
    place: str | None = Field(description="The service of a chat, such as Slack.")
    kind: str = Field(description="Of the first of what it tells, such as `assigned` or `reminder`.")
    told: int = Field(description="How much it tells.")
    intent_id: UUID | None = Field(description="Of the first of what it tells; so are the next two.")
    task_id: UUID | None
    title: str | None
    state: Literal["ready", "leased", "failed"]
    attempt: int
    created_at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None
    answer: str | None = Field(description="What the provider said last.")


class WatchedMessages(Ok):
    items: list[WatchedMessage]
    total: int = Field(description="How many there are of this kind.")
    counts: dict[str, int] = Field(description="How many there are of each kind.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class WhichMessages(Closed):
    ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class SentAgain(Ok):
    message_ids: list[UUID] = Field(description="Those that are tried again.")


def page(found: MessagePage, cursor: str | None) -> dict[str, Any]:
    """A page of messages."""
    items = [_message(one) for one in found.items]
    return {"ok": True, "items": items, "total": found.total, "counts": found.counts, "next_cursor": cursor}


def _message(row: MessageRow) -> dict[str, Any]:
    shown = asdict(row) | {
        "id": str(row.id),
        "intent_id": row.intent_id and str(row.intent_id),
        "task_id": row.task_id and str(row.task_id),
        "created_at": rfc3339(row.created_at),
        "next_try_at": rfc3339(row.due_at) if row.state == "ready" else None,
        "ended_at": rfc3339(row.ended_at) if row.ended_at else None,
    }
    del shown["due_at"]
    return shown
