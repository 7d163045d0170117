"""What answers about intents look like to those who watch and repair, for the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from inbox.schemas.requests import Closed
from inbox.schemas.task_responses import Risk
from intents.engine.services.rerun import LONGEST_REASON
from intents.schemas.responses import Ok, Shape, StatusName, WaitName


class WaitsFor(Shape):
    kind: Literal["human", "tool", "agent", "time"]
    who: str | None = Field(description="The people asked, by name, or the tool and its job.")
    until: datetime | None = Field(description="When the wait ends by itself.")
    task_id: UUID | None = Field(description="The task of a wait for people.")


class ReportedProgress(Shape):
    """What its agent last told of the work."""

    percent: float | None = None
    step: Any = None
    total: Any = None
    message: Any = None


class WatchedIntent(Shape):
    """An intent as those who watch see it."""

    id: UUID
    intent_type: str
    status: StatusName
    waiting_reason: WaitName | None
    waits_for: WaitsFor | None
    risk: Risk | None = Field(description="Of the newest task about it.")
    age_in_state_seconds: int = Field(
        description="Since the open wait began, since it ended, or since the last sign of work on it."
    )
    created_at: datetime
    updated_at: datetime
    deadline_at: datetime | None
    attempts: int = Field(description="Deliveries and retries of the work at hand.")
    from_agent: str
    to_agent: str
    progress: ReportedProgress | None
    rerun_as_intent_id: UUID | None = Field(description="The intent that runs this one again.")


class Why(Closed):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REASON, strip_whitespace=True)] = Field(
        description="Why, for the record."
    )


class RunAgain(Ok):
    applied: bool = Field(description="False when it was run again before.")
    intent_id: UUID
    rerun_as_intent_id: UUID = Field(description="The new intent.")


class WatchedIntents(Ok):
    items: list[WatchedIntent]
    total: int = Field(description="How many match in all.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")
