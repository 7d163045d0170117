"""What an answer about endpoints looks like, and how it is made of what is known."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from inbox.operations.endpoints import EndpointFacts, EndpointsPage
from inbox.schemas.shapes import when
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape


class EndpointHour(Shape):
    """The attempts that ended in an hour."""

    at: datetime = Field(description="When the hour began.")
    taken: int
    failed: int


class WatchedEndpoint(Shape):
    """An endpoint that events are posted to, and how it is."""

    subscription_id: UUID
    description: str
    callback_url: str
    state: Literal["unreachable", "failing", "healthy", "quiet", "disabled"] = Field(
        description="`unreachable`: nobody answers at all; `failing`: the last attempt was not taken; `healthy`: it was;"
        " `quiet`: there was none in 24 hours; `disabled`: nothing is posted there."
    )
    disabled_reason: str | None
    failing_since: datetime | None
    backlog: int = Field(description="Events that wait to be posted there, up to 10,001.")
    oldest_waiting_at: datetime | None
    taken_24h: int = Field(
        description="Attempts that were taken, of its newest 2,000 events of 24 hours; so the next three."
    )
    failed_24h: int
    success_24h: float | None = Field(description="The share that was taken, 0 to 1.")
    p95_milliseconds: int | None = Field(description="Of the attempts that were answered.")
    hours: list[EndpointHour] = Field(description="The same by the hour, the last of which is the one under way.")


class WatchedEndpoints(Ok):
    items: list[WatchedEndpoint]
    total: int = Field(description="How many there are of this kind.")
    counts: dict[str, int] = Field(description="How many there are of each kind.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


def endpoints(found: EndpointsPage, cursor: str | None) -> dict[str, Any]:
    """A page of endpoints."""
    items = [_endpoint(one, found.slots) for one in found.items]
    return {"ok": True, "items": items, "total": found.total, "counts": found.counts, "next_cursor": cursor}


def _endpoint(one: EndpointFacts, slots: list[datetime]) -> dict[str, Any]:
    row, tries = one.row, one.tries
    return {
        "subscription_id": str(row.id),
        "description": row.description,
        "callback_url": row.callback_url,
        "state": one.state,
        "disabled_reason": row.disabled_reason,
        "failing_since": when(one.wrong.failing_since if one.wrong else None),
        "backlog": one.backlog,
        "oldest_waiting_at": when(one.oldest_at),
        "taken_24h": tries.taken,
        "failed_24h": tries.failed,
        "success_24h": tries.success,
        "p95_milliseconds": tries.p95,
        "hours": [
            {"at": rfc3339(slot), "taken": hour.taken, "failed": hour.failed}
            for slot, hour in zip(slots, one.hours, strict=True)
        ],
    }
