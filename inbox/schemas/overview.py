"""The overview, as the API answers it."""

from ninja import Field, Schema


class Tile(Schema):
    name: str
    value: int
    list: str = Field(description="The address of a list whose `total` is `value`.")
    oldest_seconds: float | None = Field(None, description="How long the first of those that wait has waited.")


class Quantiles(Schema):
    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    sla_met: float | None = Field(None, description="The share that was decided before it expired.")


class AgeingTile(Schema):
    age: str
    value: int
    list: str


class HourOfWeek(Schema):
    weekday: int = Field(description="1 is Monday.")
    hour: int
    count: int


class DeciderTold(Schema):
    user_id: str
    name: str
    decided: int
    p50_seconds: float | None


class AskedNow(Schema):
    kind: str = Field(description="user, email, group, role or name.")
    name: str
    open: int
    list: str = Field(description="The address of the list of what waits for them.")


class Overview(Schema):
    ok: bool
    range: str
    q: str = Field(description="What the numbers of intents are narrowed by.")
    at: str
    tiles: list[Tile]
    slots: list[str] = Field(description="When what the series count began.")
    series: dict[str, list[int]] = Field(description="By name, a number for each slot.")
    decision_seconds: dict[str, Quantiles] = Field(description="How long decisions took, by risk.")
    wait_seconds: dict[str, Quantiles] = Field(description="How long waits took that ended, by reason.")
    ageing: dict[str, list[AgeingTile]] = Field(description="What waits for people, by risk and age.")
    decisions_by_hour: list[HourOfWeek] = Field(description="In the person's time zone, of the range or of 7 days.")
    deciders: list[DeciderTold]
    asked: list[AskedNow] = Field(description="Whom most waits for now.")
    lags: dict[str, float | None] = Field(description="How late the server itself is, in seconds.")
    clients: dict[str, int] = Field(description="Connected now: streams, long polls, sockets of live pages.")
