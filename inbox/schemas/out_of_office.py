"""Out of office on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from inbox.schemas.requests import Closed
from inbox.tasks.handover import HandoverPlan
from inbox.tasks.services.out_of_office import LONGEST_MESSAGE
from intents.accounts.models import Absence, Member
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape


class PlanAbsence(Closed):
    """When one would be out of office."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first_day: date | None = Field(
        None, alias="from", description="The first day, in your time zone; today when absent.", examples=["2030-12-23"]
    )
    last_day: date = Field(alias="until", description="The last day, to its end.", examples=["2030-12-31"])
    stand_in: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        None, description="A member by email address or id.", examples=["ann@example.com"]
    )


class AnnounceAbsence(PlanAbsence):
    """When one is out of office, and who stands in."""

    message: Annotated[str, StringConstraints(max_length=LONGEST_MESSAGE)] = Field(
        "", description="What others see beside your name.", examples=["Back on Monday."]
    )


class StandIn(Shape):
    email: str
    name: str


class OutOfOffice(Shape):
    starts_at: datetime
    ends_at: datetime
    active: bool = Field(description="Whether that is now.")
    stand_in: StandIn | None = Field(description="Null when nobody stands in.")
    message: str


class OneOutOfOffice(Ok):
    out_of_office: OutOfOffice | None = Field(description="Null when you are there, and nothing is announced.")


class HandedOver(Shape):
    task_id: UUID
    intent_id: UUID
    headline: str
    risk: str
    due_at: datetime | None
    goes: bool = Field(description="Whether the stand-in can decide it meanwhile.")
    why_not: str | None


class HandoverPreview(Ok):
    starts_at: datetime
    ends_at: datetime
    stand_in: StandIn | None
    going: int = Field(description="How many of the tasks go to the stand-in.")
    stand_in_away: OutOfOffice | None = Field(
        description="When the stand-in is out of office too: in that time nothing goes to them."
    )
    tasks: list[HandedOver] = Field(description="What waits for you now, the most pressing first.")
    more: bool = Field(description="Whether there are more tasks than these.")


def _member(row: Member | None) -> dict[str, str] | None:
    return {"email": row.user.email, "name": row.user.name} if row else None


def absence(row: Absence | None, *, now: datetime) -> dict[str, Any] | None:
    """Needs `row.stand_in`. What is over is nothing."""
    if row is None or row.until <= now:
        return None
    return {
        "starts_at": rfc3339(row.start),
        "ends_at": rfc3339(row.until),
        "active": row.start <= now,
        "stand_in": _member(row.stand_in),
        "message": row.message,
    }


def preview(found: HandoverPlan, *, now: datetime) -> dict[str, Any]:
    return {
        "ok": True,
        "starts_at": rfc3339(found.start),
        "ends_at": rfc3339(found.until),
        "stand_in": _member(found.stand_in),
        "going": found.going,
        "stand_in_away": absence(found.also_away, now=now),
        "tasks": [
            {
                "task_id": str(one.task_id),
                "intent_id": str(one.intent_id),
                "headline": one.headline,
                "risk": one.risk,
                "due_at": rfc3339(one.due_at) if one.due_at else None,
                "goes": not one.why_not,
                "why_not": one.why_not or None,
            }
            for one in found.tasks
        ],
        "more": found.more,
    }
