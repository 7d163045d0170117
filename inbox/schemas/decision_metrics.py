"""How people decide, as the API answers it."""

from typing import Literal

from ninja import Field, Schema


class Metrics(Schema):
    id: str
    name: str
    kind: Literal["person", "group"]
    decided: int
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
