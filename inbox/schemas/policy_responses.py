"""What answers about policies, calendars and on-call schedules look like, for the OpenAPI document."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from inbox.schemas.task_responses import NextStep, Plan
from intents.schemas.responses import Ok, Shape


class EditedShape(Shape):
    revision: int = Field(description="Counts changes; with it as `expected_revision` no other is overwritten.")
    changed_at: datetime | None
    changed_by: str | None


class Calendar(EditedShape):
    calendar_id: UUID
    name: str
    time_zone: str
    hours: dict[str, list[list[str]]]
    country: str | None


class OneCalendar(Ok):
    calendar: Calendar


class Calendars(Ok):
    calendars: list[Calendar]


class OnCall(Shape):
    """Who is on call."""

    user_id: UUID
    email: str
    name: str
    from_: datetime = Field(alias="from")
    until: datetime
    override: bool = Field(description="Whether they stand in for whoever's turn it is.")


class Gap(Shape):
    """When nobody is on call."""

    from_: datetime = Field(alias="from")
    until: datetime
    why: Literal["gone", "stand_in_gone", "off_hours", "not_begun"] = Field(
        description="gone: whose turn it is left, is suspended or is a viewer; stand_in_gone: so did who stands in out "
        "of the hours. off_hours, not_begun: of the rotation."
    )
    email: str | None = Field(description="Whose turn it is, or who was to stand in.")


class Override(Shape):
    override_id: UUID
    user_id: UUID
    email: str
    name: str
    from_: datetime = Field(alias="from")
    until: datetime


class Schedule(EditedShape):
    schedule_id: UUID
    name: str
    time_zone: str
    starts_on: date
    hand_over: str
    shift_days: int
    people: list[str] = Field(description="In the order of their turns, by email address; also who left.")
    hours: dict[str, list[list[str]]] | None
    on_call: OnCall | None = Field(description="Who is on call now, and until when as far as the next four weeks go.")
    overrides: list[Override] = Field(description="Those that are not over.")


class OneSchedule(Ok):
    schedule: Schedule


class Schedules(Ok):
    schedules: list[Schedule]


class OneOverride(Ok):
    override: Override


class Shifts(Ok):
    shifts: list[OnCall]
    gaps: list[Gap]


class Policy(EditedShape):
    policy_id: UUID
    name: str
    place: int
    match: dict[str, Any]
    escalation: dict[str, Any]
    calendar: str | None
    least: dict[str, Any]


class OnePolicy(Ok):
    policy: Policy


class Policies(Ok):
    policies: list[Policy]


class Replayed(Shape):
    """A task, how it really went, and how it would have gone."""

    task_id: UUID
    headline: str
    opened_at: datetime
    over_at: datetime | None
    how: Literal["decided", "expired", "withdrawn", "waiting"]
    outcome: str | None
    reminders: int
    asked: list[str] = Field(description="Who would have been asked as well.")
    then: Literal["fail", "expire", "complete"] | None = Field(description="How it would have ended, had that come first.")


class Replay(Ok):
    """What a policy would have done to the tasks of the last 7 days, had everybody decided when they did."""

    since: datetime
    looked_at: int = Field(description="How many tasks were looked at: the newest, 1,000 at most.")
    cut: bool = Field(description="Whether there are more, older ones.")
    own: int = Field(description="Those that brought what happens themselves.")
    earlier: dict[str, int] = Field(description="Those that fit but follow a policy that is tried before, by its name.")
    followed: int = Field(description="Those that would have followed the policy. All below is about them.")
    stages: dict[str, int] = Field(
        description="How far it would have got: nothing, reminded (and no more), asked (others as well), ended (first)."
    )
    reminders: int
    asked: dict[str, int] = Field(description="How many tasks would have been assigned to each as well.")
    ended: dict[str, int] = Field(description="How many would have ended before anybody decided, by how.")
    really: dict[str, int] = Field(description="How they really went: decided, expired, withdrawn or waiting.")
    decided_after_seconds: float | None = Field(description="Within which half of the decisions were made.")
    tasks: list[Replayed] = Field(description="The newest 50 of them.")


class Preview(Ok):
    plan: Plan | None = Field(description="Null when no policy fits: then nothing happens until somebody decides.")
    next_steps: list[NextStep]
