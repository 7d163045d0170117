"""Reads of quotas and of what is used."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from intents.accounts import seeing
from intents.accounts.models import Agent, AgentStatus, Member, Workspace
from intents.kernel import clock, ratelimit, statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import Denied
from intents.quotas import dimensions
from intents.quotas.dimensions import ALL, NO_LIMIT, TOTALS, day_of
from intents.quotas.models import Overage, QuotaPolicy, UsageMeter
from intents.rollups import selectors as rollups
from intents.rollups.sources import ARRIVED, SKEW

Used = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a workspace may use. A dimension that is not among `limits` has none."""

    limits: Used = field(default_factory=dict)
    soft_threshold_percent: int = 80
    hard_enforcement: bool = True
    overage_mode: str = Overage.BLOCK
    revision: int = 0
    updated_by: str = ""
    updated_at: datetime | None = None

    @property
    def refuses(self) -> bool:
        """Whether what is over a limit is refused, and not only told of."""
        return self.hard_enforcement and self.overage_mode == Overage.BLOCK

    def limit(self, dimension: str) -> int:
        return self.limits.get(dimension, NO_LIMIT)

    def soft(self, dimension: str) -> int:
        """From how much on people are told."""
        return -(-self.limit(dimension) * self.soft_threshold_percent // 100)


def ensure_looks(actor: Tenant) -> None:
    """Raises Denied for all but owners, admins and workspace keys."""
    if not seeing.manages(actor):
        raise Denied("only owners, admins and workspace keys look at quotas")


def quota_of(workspace_id: UUID) -> Quota:
    """The quotas of a workspace. Checks no actor."""
    row = QuotaPolicy.objects.filter(workspace_id=workspace_id).first()
    if row is None:
        return Quota()
    return Quota(
        limits=row.limits,
        soft_threshold_percent=row.soft_threshold_percent,
        hard_enforcement=row.hard_enforcement,
        overage_mode=row.overage_mode,
        revision=row.revision,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


_LIMIT = "SELECT (limits -> %s)::bigint FROM intents_quotapolicy WHERE workspace_id = %s"


def limit_of(workspace_id: UUID, dimension: str) -> int | None:
    """The limit of one dimension, None without one. Checks no actor."""
    found = statements.rows(_LIMIT, [dimension, workspace_id])
    return found[0][0] if found else None


def locked_policy(workspace_id: UUID, *, new: QuotaPolicy | None = None) -> QuotaPolicy | None:
    """The policy of a workspace, its row locked to the end of the transaction; `new` where there is none. Checks no
    actor."""
    if new is not None:
        QuotaPolicy.objects.bulk_create([new], ignore_conflicts=True)
    return QuotaPolicy.objects.select_for_update().filter(workspace_id=workspace_id).first()


_BYTES = "SELECT coalesce(sum(size_bytes), 0)::bigint FROM intents_media WHERE workspace_id = %s"


def total(workspace_id: UUID, dimension: str) -> int:
    """How much there is of a dimension of TOTALS. Checks no actor."""
    match dimension:
        case dimensions.STORED:
            ((stored,),) = statements.rows(_BYTES, [workspace_id])
            return int(stored)
        case dimensions.ACTORS:
            return Member.objects.filter(workspace_id=workspace_id).count()
    return Agent.objects.filter(workspace_id=workspace_id).exclude(status=AgentStatus.DELETED).count()


@dataclass(frozen=True, slots=True)
class WorkspaceUsage:
    """What a workspace used from `start` until `end`, in all, and day by day."""

    start: datetime
    end: datetime
    used: Used
    days: list[tuple[datetime, Used]]


def usage(actor: Tenant, *, days: int = 1) -> WorkspaceUsage:
    """What was used in as many UTC days, today the last. Totals are those of now; of days gone by, of what is still there.
    Requests are those of the minute that runs, where they are limited. Raises Denied."""
    ensure_looks(actor)
    workspace_id, now = actor.workspace_id, clock.now()
    since = day_of(now) - timedelta(days=days - 1)
    counted: dict[date, Used] = defaultdict(lambda: dict.fromkeys(ALL, 0))
    for day, dimension, used in UsageMeter.objects.filter(workspace_id=workspace_id, day__gte=since.date()).values_list(
        "day", "dimension", "used"
    ):
        counted[day][dimension] = used
    step = timedelta(days=1)
    arrived = rollups.counted(workspace_id=workspace_id, since=since, now=now, step=step, zone="UTC").slots(ARRIVED)
    for slot, number in arrived.items():
        # What is limited is metered exactly; else what was counted anyway does.
        counted[slot.date()][dimensions.INTENTS] = max(number, counted[slot.date()][dimensions.INTENTS])
    low = clock.first_id(since - SKEW)
    for day, posted in statements.rows(_POSTED, {"workspace": workspace_id, "since": since, "low": low}):
        counted[day][dimensions.DELIVERIES] = posted
    stored = dict(statements.rows(_STORED, {"workspace": workspace_id, "since": since}))
    before = stored.pop(None, 0)
    shown: list[tuple[datetime, Used]] = []
    for place in range(days):
        day = since + place * step
        before += stored.get(day.date(), 0)
        shown.append((day, counted[day.date()] | {dimensions.STORED: before}))
    sums: Used = {name: sum(values[name] for _, values in shown) for name in ALL}
    sums |= {name: total(workspace_id, name) for name in TOTALS}
    sums[dimensions.REQUESTS] = ratelimit.used_by_workspace(workspace_id)
    return WorkspaceUsage(since, now, sums, shown)


_POSTED = """
SELECT (created_at AT TIME ZONE 'UTC')::date, count(*) FROM intents_webhookmessage
WHERE workspace_id = %(workspace)s::uuid AND id >= %(low)s::uuid AND created_at >= %(since)s::timestamptz GROUP BY 1
"""
_STORED = """
SELECT CASE WHEN created_at >= %(since)s::timestamptz THEN (created_at AT TIME ZONE 'UTC')::date END,
       sum(size_bytes)::bigint
FROM intents_media WHERE workspace_id = %(workspace)s::uuid GROUP BY 1
"""


def workspace_of(workspace_id: UUID) -> Workspace:
    """A workspace with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").get(id=workspace_id)
