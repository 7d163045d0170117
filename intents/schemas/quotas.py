"""Quotas and usage: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from intents.quotas.dimensions import NO_LIMIT
from intents.schemas.fields import Closed
from intents.schemas.people import ActorId
from intents.schemas.responses import Ok, Shape

Limit = Annotated[int, Field(strict=True, ge=0, le=NO_LIMIT)]
OverageName = Literal["block", "grace", "bill_overage"]


class PublishedDimensions(Closed):
    """A limit for each; 9007199254740991 is none. Days are those of UTC."""

    requests_per_minute: Limit
    intents_per_day: Limit
    inbox_writes_per_day: Limit
    media_upload_bytes_per_day: Limit
    media_storage_bytes: Limit
    webhook_deliveries_per_day: Limit = Field(description="Shown beside what was used, never refused.")
    schema_writes_per_day: Limit


class GivenDimensions(PublishedDimensions):
    """A limit for each; 9007199254740991 is none. Days are those of UTC."""

    actors_total: Limit | None = Field(None, description="Members; as it is when absent.")
    service_accounts_per_workspace: Limit | None = Field(None, description="Agents; as it is when absent.")


class Dimensions(PublishedDimensions):
    """A limit for each; 9007199254740991 is none. Days are those of UTC."""

    actors_total: Limit = Field(description="Members.")
    service_accounts_per_workspace: Limit


class UpdateQuotas(Closed):
    """What a workspace may use."""

    org_id: ActorId
    workspace_id: ActorId
    dimensions: GivenDimensions
    soft_threshold_percent: Annotated[int, Field(strict=True, ge=1, le=100)] | None = Field(
        None, description="At how much of a limit owners and admins are told, in percent; as it is when absent."
    )
    hard_enforcement: bool | None = Field(None, description="Whether anything is refused; as it is when absent.")
    overage_mode: OverageName = Field(
        description="`block` refuses what is over a limit (429 `quota_exceeded`); the others take it and tell of it. "
        "Nothing is billed."
    )
    updated_by_actor_id: ActorId | None = Field(None, description="Accepted and ignored: the credential tells who.")


class QuotaPolicy(Shape):
    quota_policy_id: UUID
    org_id: UUID
    workspace_id: UUID
    dimensions: Dimensions
    soft_threshold_percent: int
    hard_enforcement: bool
    overage_mode: OverageName
    updated_by_actor_id: str | None
    updated_at: datetime


class OneQuotaPolicy(Ok):
    quota_policy: QuotaPolicy


class QuotaUse(Shape):
    used: int
    limit: int
    remaining: int


class UsedDimensions(Shape):
    requests_per_minute: QuotaUse
    intents_per_day: QuotaUse
    inbox_writes_per_day: QuotaUse
    media_upload_bytes_per_day: QuotaUse
    media_storage_bytes: QuotaUse
    webhook_deliveries_per_day: QuotaUse
    schema_writes_per_day: QuotaUse
    actors_total: QuotaUse
    service_accounts_per_workspace: QuotaUse


class UsageSummary(Shape):
    org_id: UUID
    workspace_id: UUID
    window_start: datetime
    window_end: datetime
    dimensions: UsedDimensions


class OneUsageSummary(Ok):
    summary: UsageSummary


class CountedDimensions(Shape):
    requests_per_minute: int
    intents_per_day: int
    inbox_writes_per_day: int
    media_upload_bytes_per_day: int
    media_storage_bytes: int
    webhook_deliveries_per_day: int
    schema_writes_per_day: int


class UsagePoint(Shape):
    at: datetime
    dimensions: CountedDimensions


class UsageSeries(Shape):
    org_id: UUID
    workspace_id: UUID
    granularity: Literal["day"]
    points: list[UsagePoint]


class OneUsageSeries(Ok):
    series: UsageSeries


class OverviewPolicy(Shape):
    dimensions: dict[str, int] = Field(description=f"The limits; {NO_LIMIT} is none.")
    tier: str
    overage_mode: OverageName
    hard_enforcement: bool


class QuotaOverview(Shape):
    org_id: UUID
    workspace_id: UUID
    quota_policy: OverviewPolicy
    usage_summary: dict[str, dict[str, dict[str, int]]] = Field(description="`dimensions`, what is `used` of each.")


class EnterpriseOverview(Ok):
    overview: QuotaOverview
