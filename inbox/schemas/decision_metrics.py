"""How people decide, as the API answers it."""

from typing import Literal

from ninja import Field, Schema

from inbox.schemas.requests import Closed


class Metrics(Schema):
    id: str
    name: str
    kind: Literal["person", "group"]
    decided: int = Field(description="Decisions that stand: neither undone nor sent back by a later stage.")
    undone: int = Field(description="Decisions taken back.")
    expired: int = Field(description="Tasks assigned to them by name that nobody decided in time.")
    hasty: int = Field(description="Decisions made sooner after the first look than the text can be read.")
    reminders: int
    view_seconds: float | None = Field(description="The median from the assignment to the first look.")
    decide_seconds: float | None = Field(description="The median from the assignment to the decision.")
    undone_share: float | None
    expired_share: float | None
    hasty_share: float | None
    reminders_each: float | None = Field(description="Reminders for each decision.")


class OwnMetrics(Schema):
    ok: bool
    range: str
    metrics: Metrics


class MetricsOfAll(Schema):
    ok: bool
    range: str
    items: list[Metrics]
    total: int


class DecisionQuantiles(Schema):
    p50: float | None
    p90: float | None


class HourOfDay(Schema):
    hour: int
    decided: int
    fast: int


class Figures(Schema):
    decided: int = Field(
        description="Decisions made by hand, each vote by itself, overturned ones too; not what standing grants decided."
    )
    looked: int = Field(description="Of these, with a look at the task's page before.")
    fast: int = Field(description="Of those looked at, decided within 2 seconds of the first look.")
    fast_share: float | None
    overturned: int = Field(
        description="Undone by whom they are, sent back by a later stage, or a vote where the task ended otherwise."
    )
    overturned_share: float | None
    after_look_seconds: DecisionQuantiles = Field(description="From the first look to the decision.")
    decide_seconds: DecisionQuantiles = Field(description="From the assignment to the decision.")
    hours: list[HourOfDay] = Field(description="By the hour of the day in your time zone.")


class OwnFigures(Schema):
    ok: bool
    range: str
    figures: Figures


class TeamFigures(Schema):
    ok: bool
    range: str
    figures: Figures | None = Field(description="Null while fewer than five people decided in the time.")


class Visibility(Schema):
    ok: bool
    per_person: bool = Field(description="Whether owners and admins see how each person decides.")


class SetVisibility(Closed):
    per_person: bool
