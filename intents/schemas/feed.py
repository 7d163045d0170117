"""The feed as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.feed import cursors
from intents.feed.models import WorkspaceEvent
from intents.feed.selectors import PlacedEvent, Progress
from intents.kernel import canonical
from intents.kernel.clock import rfc3339
from intents.schemas import shown
from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape


class FeedEvent(Shape):
    """An event of the workspace. One of an intent has all that the intent's own history shows of it."""

    event_id: UUID
    cursor: str = Field(description="Pass it as `after` to go on behind this event.")
    event_type: str
    at: datetime
    actor: str
    details: dict[str, Any]
    intent_id: UUID | None
    seq: int | None = Field(None, description="The event's number in the history of its intent.")
    intent_type: str | None = None
    from_agent: str | None = None
    to_agent: str | None = None
    subject: str | None = Field(None, description="What an event is about that is no intent's: an agent's name, an address.")


class Feed(Ok):
    events: list[FeedEvent]
    next_cursor: str = Field(description="Where to go on, also after the last of what there is.")
    has_more: bool = Field(description="Whether to come again at once, also when no event was found that fits the filters.")


class Consumer(Shape):
    """A group of readers whose cursor is kept here."""

    name: str
    cursor: str = Field(description="What follows was not acknowledged yet.")
    leased_until: datetime | None = Field(description="Until then a reader has what comes next.")
    pending: int = Field(description="Entries of the workspace behind the cursor, 10,000 at most.")
    behind_seconds: float = Field(description="The age of the oldest of them; 0 without any.")
    created_at: datetime
    updated_at: datetime


class Consumers(Ok):
    consumers: list[Consumer]


class Acknowledge(Closed):
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    rewind: bool = Field(False, description="Also back, to read again what was acknowledged.")


class Acknowledged(Ok):
    applied: bool = Field(description="False when it was there or further already.")
    cursor: str


def consumer(one: Progress, now: datetime) -> dict[str, Any]:
    row = one.consumer
    held = row.leased_until is not None and row.leased_until > now
    return {
        "name": row.name,
        "cursor": cursors.text(row.cursor),
        "leased_until": rfc3339(row.leased_until) if held and row.leased_until else None,
        "pending": one.pending,
        "behind_seconds": max(0.0, (now - one.since).total_seconds()) if one.since else 0.0,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def events(entries: Sequence[PlacedEvent]) -> list[dict[str, Any]]:
    """Entries of the feed whose events are there."""
    of_intents = iter(shown.events([one.event for one in entries if one.event]))
    return [_of_intent(one, next(of_intents)) if one.event else _published(one) for one in entries]


def _of_intent(entry: PlacedEvent, event: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": str(entry.event_id), "cursor": entry.cursor} | event | _about(entry)


def _about(entry: PlacedEvent) -> dict[str, Any]:
    about = entry.about
    return {"intent_type": about.intent_type, "from_agent": about.from_agent, "to_agent": about.to_agent} if about else {}


def _published(entry: PlacedEvent) -> dict[str, Any]:
    row = entry.published
    assert isinstance(row, WorkspaceEvent)
    return _about(entry) | {
        "event_id": str(row.id),
        "cursor": entry.cursor,
        "intent_id": str(row.intent_id) if row.intent_id else None,
        "event_type": row.event_type,
        "source": row.source,
        "subject": row.subject,
        "actor": row.actor,
        "at": rfc3339(row.at),
        "details": canonical.loads(row.details),
        "trace_id": row.trace_id,
        "request_id": row.request_id,
    }
