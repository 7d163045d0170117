"""What requests about tasks may hold. Bodies are closed."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inbox.escalation.services.schedules import LONGEST_SHIFT, MOST_PEOPLE
from inbox.notifications import preferences
from inbox.plans.escalation import Escalation, Least, Match
from inbox.tasks.answers import MAX_COMMENT, Answer
from intents.schemas.fields import Moment

VERDICTS = {"approve": "approved", "reject": "rejected"}


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecideTask(Closed):
    """How a person decides a task."""

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None,
        description="One of the task's `outcomes`; `approved` and `rejected` stand for its own yes and no. It may be left "
        "out where the data says it: `outcome`, `decision`, or `approved`, true or false.",
        examples=["approved"],
    )
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None
    data: dict[str, Any] | None = Field(
        None, description='What the form asks for. Texts are turned into what its schema wants, like "12" into 12.'
    )
    payload_digest: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{64}$")] | None = Field(
        None, description="The task's `payload_digest` as it was shown. If the task is another by now, this is refused."
    )
    override: bool = Field(
        False, description="Decide what was assigned to others, as an owner or admin: needs a comment, and owners are told."
    )

    def answer(self) -> Answer:
        return Answer(outcome=self.outcome, comment=self.comment, data=self.data)


def changes(body: Closed, *, nullable: str) -> dict[str, Any]:
    """What a change names; null only takes away what is `nullable`."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    return {name: value for name, value in sent.items() if value is not None or name == nullable}


class Edit(Closed):
    """A change of something that several may edit."""

    expected_revision: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="The revision that was edited: of another one it is 409 `changed_meanwhile`, and nothing changes."
    )


class CommentOnTask(Closed):
    comment: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


class AskAgent(Closed):
    question: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


TO = Field(description="A member by email address or id, or a group by name or id.", examples=["Finance"])


class DelegateTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    until: Moment | None = Field(None, description="When it ends, at most 90 days from now; absent, in a week.")
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class AssignTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class AddApprover(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = Field(
        description="A member by email address or id.", examples=["ann@example.com"]
    )
    reason: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]
    needed: bool = Field(True, description="False: their vote is one among the others.")


class SnoozeTask(Closed):
    until: Moment | None = Field(description="Until when to hide the task from your list; null shows it again.")


class DecideApproval(Closed):
    """Yes or no."""

    decision: Literal["approve", "reject"]
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None

    def answer(self) -> Answer:
        return Answer(outcome=VERDICTS[self.decision], comment=self.comment)


class NameIntentType(Edit):
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        description="What people are shown in the place of the type.", examples=["Refund to a customer"]
    )


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


class UpdateCalendar(Edit):
    """What changes; what is absent stays."""

    name: Name | None = None
    time_zone: Text | None = None
    hours: Hours | None = None
    country: Text | None = Field(None, description="Null takes it away.")


Person = Annotated[str, StringConstraints(min_length=1, max_length=254)]
People = Annotated[list[Person], Field(min_length=1, max_length=MOST_PEOPLE)]
ShiftDays = Annotated[int, Field(strict=True, ge=1, le=LONGEST_SHIFT)]
PEOPLE = Field(description="Members in the order of their turns, by email address or id.", examples=[["ann@example.com"]])
STARTS_ON = Field(description="The day of the first hand-over; before it nobody is on call.", examples=["2026-11-23"])
HAND_OVER = Field(description="The time of day of hand-overs, in the time zone.", examples=["09:00"])
SHIFT_DAYS = Field(description="How many days a turn lasts; 7 is a week.", examples=[7])
ON_CALL_HOURS = Field(None, description="When somebody is on call at all, as the hours of a calendar; always when absent.")


class CreateSchedule(Closed):
    """Who is on call in turn."""

    name: Name
    time_zone: Text = TIME_ZONE
    starts_on: date = STARTS_ON
    hand_over: Text = HAND_OVER
    shift_days: ShiftDays = SHIFT_DAYS
    people: People = PEOPLE
    hours: Hours | None = ON_CALL_HOURS


class UpdateSchedule(Edit):
    """What changes; what is absent stays."""

    name: Name | None = None
    time_zone: Text | None = None
    starts_on: date | None = None
    hand_over: Text | None = None
    shift_days: ShiftDays | None = None
    people: People | None = None
    hours: Hours | None = Field(None, description="Null takes them away: somebody is on call always.")


class CreateOverride(Closed):
    """Who is on call for a time, whoever's turn it is."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    person: Person = Field(description="A member by email address or id.")
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="until")


Place = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
PLACE = Field(100, description="Of the policies that fit a task, the one with the lowest place is followed.")
CALENDAR = Field(None, description="A calendar by name or id, in whose working hours its times are counted.")


class CreatePolicy(Closed):
    """What is done when nobody decides, and for which tasks."""

    name: Name
    place: Place = PLACE
    match: Match = Match()
    escalation: Escalation
    calendar: Name | None = CALENDAR
    least: Least = Least()


class UpdatePolicy(Edit):
    """What changes; what is absent stays."""

    name: Name | None = None
    place: Place | None = None
    match: Match | None = None
    escalation: Escalation | None = None
    calendar: Name | None = Field(None, description="Null takes it away.")
    least: Least | None = None


class ReplayPolicy(Closed):
    """A policy as it might be."""

    place: Place = PLACE
    match: Match = Match()
    escalation: Escalation
    calendar: Name | None = CALENDAR
    policy_id: UUID | None = Field(None, description="The policy that it would be in place of.")


class PreviewPolicy(Closed):
    """A task that might come. Its `human_task` may bring an `escalation` and a `calendar`, to try those."""

    intent_type: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(examples=["refund.pay.v1"])
    agent: Annotated[str, StringConstraints(max_length=255)] = Field("", description="The name of the agent that asks.")
    payload: dict[str, Any] = {}
    human_task: dict[str, Any] = Field({}, examples=[{"risk": "high"}])
    at: Moment | None = Field(None, description="When it comes; now when absent.")


class ChangeNotifications(Closed):
    """What changes of your notification settings; each part as a whole, what is absent stays."""

    channels: Annotated[list[preferences.ChannelChoice], Field(max_length=12)] | None = Field(
        None,
        description="In order: the first that fits is used, and when it fails the next. `by` is `email` or an address's id.",
        examples=[[{"by": "email", "risks": ["critical", "high"], "hours": {"start": "08:00", "end": "18:00"}}]],
    )
    browser: preferences.Risks | None = Field(None, description="At which risks open pages show a browser notification.")
    quiet: preferences.Quiet | None = Field(
        None, description="Hours in which only what is `through` is sent; null for none."
    )
    digest: preferences.Digest | None = Field(None, description="What is gathered into one message; null for none.")
    unsubscribed: list[str] | None = Field(None, description="Kinds that you are not told of at all.")


class AddChatAddress(Closed):
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(examples=["Team chat"])
    url: Annotated[str, StringConstraints(min_length=4, max_length=2000)] = Field(
        description="An Apprise URL. It is kept encrypted and shown to nobody.", examples=["slack://token-a/token-b/token-c"]
    )


class TestChannel(Closed):
    by: Annotated[str, StringConstraints(min_length=1, max_length=36)] = Field(
        description="`email`, `browser`, or the id of a chat address.", examples=["email"]
    )


class ReadNotifications(Closed):
    ids: Annotated[list[UUID], Field(max_length=500)] | None = Field(None, description="All when absent.")
