"""What requests about tasks may hold. Bodies are closed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inbox.answers import MAX_COMMENT
from intents.schemas.requests import Moment


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecideTask(Closed):
    """How a person decides a task."""

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="One of the task's `outcomes`; `approved` and `rejected` stand for its own yes and no.",
        examples=["approved"],
    )
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None
    data: dict[str, Any] | None = Field(
        None, description='What the form asks for. Texts are turned into what its schema wants, like "12" into 12.'
    )
    payload_digest: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{64}$")] | None = Field(
        None, description="The task's `payload_digest` as it was shown. If the task is another by now, this is refused."
    )


class CommentOnTask(Closed):
    comment: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


class AskAgent(Closed):
    question: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


TO = Field(description="A member by e-mail address or id, or a group by name or id.", examples=["Finance"])


class DelegateTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    until: Moment | None = Field(None, description="When it ends; absent, it lasts as long as the task.")
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class AssignTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class SnoozeTask(Closed):
    until: Moment | None = Field(description="Until when to hide the task from your list; null shows it again.")


class DecideApproval(Closed):
    """Yes or no."""

    decision: Literal["approve", "reject"]
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None


Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Hours = Annotated[dict[str, list[list[str]]], Field(max_length=7)]
HOURS = Field(
    description="For each day, mon to sun, its spans of work in order. A day that is not named is free.",
    examples=[{"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["09:00", "17:00"]]}],
)
TIME_ZONE = Field(description="An IANA time zone.", examples=["Europe/Riga"])
COUNTRY = Field(None, description="Two letters of the country whose public holidays are free.", examples=["LV"])
Text = Annotated[str, StringConstraints(max_length=64)]


class CreateCalendar(Closed):
    """When a place works."""

    name: Name
    time_zone: Text = TIME_ZONE
    hours: Hours = HOURS
    country: Text | None = COUNTRY


class UpdateCalendar(Closed):
    """What changes; what is absent stays."""

    name: Name = ""
    time_zone: Text = ""
    hours: Hours = {}
    country: Text | None = COUNTRY
