"""What a workspace may use and has used, and the schemas of its payloads."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from tests.contract.shape import Answers, Anything, Count, Id, Kept, Moment, Reply, Sha256, Shape, Text

NAMES = (
    *("requests_per_minute", "intents_per_day", "inbox_writes_per_day", "media_upload_bytes_per_day"),
    *("media_storage_bytes", "webhook_deliveries_per_day", "schema_writes_per_day"),
)
"""What is counted."""


class Use(Shape):
    used: Count
    limit: Count
    remaining: int


Counts = create_model("Counts", __base__=Shape, **dict.fromkeys(NAMES, (Count, ...)))  # type: ignore[call-overload]
Uses = create_model("Uses", __base__=Shape, **dict.fromkeys(NAMES, (Use, ...)))  # type: ignore[call-overload]


class Whose(Shape):
    org_id: Id
    workspace_id: Id


class QuotaPolicy(Whose):
    quota_policy_id: Id
    dimensions: Counts
    soft_threshold_percent: Annotated[int, Field(ge=1, le=100)]
    hard_enforcement: bool = True
    overage_mode: Literal["block", "grace", "bill_overage"]
    updated_by_actor_id: Text | None = None
    updated_at: Moment


class OneQuotaPolicy(Reply):
    quota_policy: QuotaPolicy


class Summary(Whose):
    window_start: Moment
    window_end: Moment
    dimensions: Uses


class UsageSummary(Reply):
    summary: Summary


class Point(Shape):
    at: Moment
    dimensions: Counts


class Series(Whose):
    granularity: Literal["hour", "day"]
    points: Annotated[list[Point], Field(min_length=1)]


class UsageSeries(Reply):
    series: Series


class Overview(Whose):
    """As the command line shows quotas."""

    quota_policy: Anything
    usage_summary: Anything


class QuotaOverview(Reply):
    overview: Overview


class PayloadSchema(Kept):
    semantic_type: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){2,}\.v\d+$")]
    schema_ref: Text
    schema_hash: Sha256
    compatibility_mode: Literal["strict", "backward", "warn"]
    scope: Literal["tenant", "core"]
    owner_agent: str | None
    active: bool


class OneSchema(Reply):
    schema_: Annotated[PayloadSchema, Field(alias="schema")]


class WholeSchema(PayloadSchema):
    whole: Annotated[Anything, Field(alias="schema_json")]


class GotSchema(Reply):
    schema_: Annotated[WholeSchema, Field(alias="schema")]


LIMITS = {"dimensions": dict.fromkeys(NAMES, 1_000_000), "overage_mode": "block", "updated_by_actor_id": "me"}

ANSWERS: Answers = {
    "GET /quotas": (OneQuotaPolicy, lambda it: it.key.get("/quotas", **it.here)),
    "PATCH /quotas": (OneQuotaPolicy, lambda it: it.owner.patch("/quotas", it.here | LIMITS)),
    "GET /usage/summary": (UsageSummary, lambda it: it.key.get("/usage/summary", window="week", **it.here)),
    "GET /usage/timeseries": (UsageSeries, lambda it: it.key.get("/usage/timeseries", window_days=2, **it.here)),
    "GET /portal/enterprise/overview": (QuotaOverview, lambda it: it.owner.get("/portal/enterprise/overview", **it.here)),
    "POST /schemas": (OneSchema, lambda it: it.key.post("/schemas", it.new_schema)),
    "GET /schemas/{semantic_type}": (GotSchema, lambda it: it.key.get(f"/schemas/{it.schema()}")),
}
