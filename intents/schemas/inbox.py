"""The inbox's requests and answers, and its threads as the protocol's JSON."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.engine.lifecycle import TERMINAL, Status
from intents.kernel import canonical
from intents.kernel.batches import readable
from intents.kernel.clock import rfc3339
from intents.schemas import shapes
from intents.schemas.fields import Address, Closed
from intents.schemas.responses import Ok, Shape
from intents.schemas.shown import full, waited_for
from intents.threads.services import views

Comment = Annotated[str, StringConstraints(max_length=2000)]


class Reply(Closed):
    """A message for whoever follows the thread."""

    message: Annotated[str, StringConstraints(min_length=1, max_length=5000)]


class Delegate(Closed):
    """Who else is to handle the thread."""

    delegate_to: Address = Field(examples=["agent://myorg/production/back-office"])
    note: Comment | None = None


class ThreadDecision(Closed):
    comment: Comment | None = None


class DeleteMessages(Closed):
    """Which messages to hide: those named, or else the newest replies."""

    mode: Literal["self", "both"] = Field(description="Hide them from this inbox, or from everyone's.")
    message_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)] | None = Field(
        None, description="`event_id`s of the timeline."
    )
    limit: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        100, description="At most so many, when no ids are given."
    )


class TimelineEntry(Shape):
    event_id: UUID
    event_type: str
    actor: str
    at: datetime
    details: dict[str, Any]


class Thread(Shape):
    thread_id: UUID
    intent_id: UUID
    status: Literal["pending", "active", "done"] = Field(description="Not begun, under way, over.")
    owner_agent: str
    from_agent: str
    to_agent: str
    created_at: datetime
    updated_at: datetime
    timeline: list[TimelineEntry] = Field(description="Events and replies, the newest last.")


class OneThread(Ok):
    thread: Thread


class Threads(Ok):
    threads: list[Thread]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class Change(Shape):
    cursor: str
    thread: Thread


class Changes(Ok):
    changes: list[Change]
    next_cursor: str | None = Field(description="Pass it as `cursor` to learn what changes from here on.")
    has_more: bool


class MessagesDeleted(Ok):
    thread: Thread
    mode: Literal["self", "both"]
    deleted_count: int
    message_ids: list[str]


_NOT_BEGUN = frozenset({Status.CREATED, Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED})


def threads(shown: Sequence[views.Thread]) -> list[dict[str, Any]]:
    """Threads as a list shows them, without those that cannot be read."""
    return readable(shown, _shape(shown))


def changes(shown: Sequence[tuple[views.Position, views.Thread]]) -> list[dict[str, Any]]:
    """Changed threads as a list shows them, without those that cannot be read."""
    shape = _shape([thread for _, thread in shown])
    return readable(shown, lambda one: {"cursor": one[0].cursor(views.CHANGES), "thread": shape(one[1])})


def _shape(shown: Sequence[views.Thread]) -> Callable[[views.Thread], dict[str, Any]]:
    whom = waited_for(one.intent for one in shown)
    return lambda one: _thread(one, shapes.summary(one.intent, whom=whom.get(one.intent.id)))


def whole(shown: views.Thread) -> dict[str, Any]:
    """A thread whose intent holds everything."""
    return _thread(shown, full(shown.intent))


def _thread(shown: views.Thread, intent: dict[str, Any]) -> dict[str, Any]:
    row = shown.intent
    return {
        "thread_id": str(row.id),
        "intent_id": str(row.id),
        "status": _status(Status(row.status)),
        "owner_agent": shown.owner.address,
        "from_agent": row.from_agent,
        "to_agent": row.to_agent,
        "intent_type": row.intent_type,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
        "timeline": [_entry(one) for one in shown.timeline],
        "intent": intent,
    }


def _status(status: Status) -> str:
    if status in TERMINAL:
        return "done"
    return "pending" if status in _NOT_BEGUN else "active"


def _entry(one: views.TimelineItem) -> dict[str, Any]:
    return {
        "event_id": str(one.event_id),
        "event_type": one.event_type,
        "actor": one.actor,
        "at": rfc3339(one.at),
        "details": canonical.loads(one.details) if one.details else {},
        "seq": one.seq,
        "status": one.status,
    }
