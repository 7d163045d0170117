"""Quotas of the workspace, and what it has used."""

from typing import Any, Literal

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts.models import Workspace
from intents.api import late
from intents.api.common import REFUSALS, Request, answer, once
from intents.api.organizations import ensure_same
from intents.kernel.clock import rfc3339
from intents.quotas import selectors
from intents.quotas.dimensions import ALL, DAILY, NO_LIMIT, OURS, PUBLISHED, REQUESTS, STORED
from intents.quotas.models import Overage
from intents.quotas.selectors import Quota, WorkspaceUsage
from intents.quotas.services import policies
from intents.schemas import quotas as shapes

router = Router(tags=["Quotas"])

ORG = Query(None, description="Yours, as everything is of the credential's workspace.")
WINDOWS = {"day": 1, "week": 7, "month": 30}
MOST_DAYS = 90
TIER = "self_hosted"
THEIR_NAMES = {"rate_limit_per_minute": REQUESTS, "storage_bytes": STORED}
"""What command lines call dimensions."""


def _policy(workspace: Workspace, quota: Quota) -> dict[str, Any]:
    return {
        "quota_policy_id": str(workspace.id),
        "org_id": str(workspace.organization_id),
        "workspace_id": str(workspace.id),
        "dimensions": {name: quota.limit(name) for name in ALL},
        "soft_threshold_percent": quota.soft_threshold_percent,
        "hard_enforcement": quota.hard_enforcement,
        "overage_mode": quota.overage_mode,
        "updated_by_actor_id": quota.updated_by or None,
        "updated_at": rfc3339(quota.updated_at or workspace.created_at),
    }


@router.get("/quotas", response={200: shapes.OneQuotaPolicy, **REFUSALS}, summary="Get the quotas")
def get_quotas(request: Request, org_id: str | None = ORG, workspace_id: str | None = ORG) -> HttpResponse:
    """What your workspace may use. For owners, admins and workspace keys."""
    selectors.ensure_looks(request.auth)
    workspace = ensure_same(request.auth, org_id, workspace_id)
    return answer({"ok": True, "quota_policy": _policy(workspace, selectors.quota_of(workspace.id))})


@router.patch("/quotas", response={200: shapes.OneQuotaPolicy, **REFUSALS}, summary="Set the quotas")
def set_quotas(request: Request, body: shapes.UpdateQuotas) -> HttpResponse:
    """What your workspace may use from now on. For owners and admins, as people."""
    actor = request.auth
    workspace = ensure_same(actor, body.org_id, body.workspace_id)

    def run() -> dict[str, Any]:
        now = selectors.quota_of(workspace.id)
        soft, hard = body.soft_threshold_percent, body.hard_enforcement
        # Programs of the public protocol know but the published ones.
        kept = {name: now.limits[name] for name in OURS if name in now.limits}
        policies.set_policy(
            actor=actor,
            limits=kept | body.dimensions.model_dump(exclude_none=True),
            soft_threshold_percent=now.soft_threshold_percent if soft is None else soft,
            hard_enforcement=now.hard_enforcement if hard is None else hard,
            overage_mode=Overage(body.overage_mode),
        )
        return {"ok": True, "quota_policy": _policy(workspace, selectors.quota_of(workspace.id))}

    return once(request, run)


@router.get(
    "/portal/enterprise/overview",
    response={200: shapes.EnterpriseOverview, **REFUSALS},
    summary="Get quotas and usage together",
)
def get_enterprise_overview(request: Request, org_id: str | None = ORG, workspace_id: str | None = ORG) -> HttpResponse:
    """What command lines show of quotas: the limits, what of them is used today, under the names that they read, too. There
    are no tiers here. For owners, admins and workspace keys."""
    selectors.ensure_looks(request.auth)
    workspace = ensure_same(request.auth, org_id, workspace_id)
    quota, usage = selectors.quota_of(workspace.id), selectors.usage(request.auth)
    limits = {name: quota.limit(name) for name in ALL}
    limits |= {theirs: limits[ours] for theirs, ours in THEIR_NAMES.items()}
    limits |= {"payload_max_bytes": settings.PAYLOAD_MAX_BYTES, "sse_streams_max": NO_LIMIT}
    used = {name: {"used": usage.used[name]} for name in ALL}
    used |= {theirs: used[ours] for theirs, ours in THEIR_NAMES.items()}
    policy = {
        "dimensions": limits,
        "tier": TIER,
        "overage_mode": quota.overage_mode,
        "hard_enforcement": quota.hard_enforcement,
    }
    overview = {
        "org_id": str(workspace.organization_id),
        "workspace_id": str(workspace.id),
        "quota_policy": policy,
        "usage_summary": {"dimensions": used},
    }
    return answer({"ok": True, "overview": overview})


def _use(quota: Quota, usage: WorkspaceUsage, name: str, days: int) -> dict[str, int]:
    limit = min(NO_LIMIT, quota.limit(name) * (days if name in DAILY else 1))
    return {"used": usage.used[name], "limit": limit, "remaining": limit - usage.used[name]}


@router.get("/usage/summary", response={200: shapes.OneUsageSummary, **REFUSALS}, summary="Get what is used")
def get_usage_summary(
    request: Request,
    org_id: str | None = ORG,
    workspace_id: str | None = ORG,
    window: Literal["day", "week", "month"] = Query("day", description="Today, or the last 7 or 30 days, in UTC."),
) -> HttpResponse:
    """What your workspace has used, beside its limits; over several days a daily limit counts for each of them. For owners,
    admins and workspace keys."""
    selectors.ensure_looks(request.auth)
    workspace = ensure_same(request.auth, org_id, workspace_id)
    days = WINDOWS[window]
    quota, found = selectors.quota_of(workspace.id), late.read(request, lambda: selectors.usage(request.auth, days=days))
    usage = found.value
    summary = {
        "org_id": str(workspace.organization_id),
        "workspace_id": str(workspace.id),
        "window_start": rfc3339(usage.start),
        "window_end": rfc3339(usage.end),
        "dimensions": {name: _use(quota, usage, name, days) for name in ALL},
    }
    return late.dated(found, {"ok": True, "summary": summary})


@router.get("/usage/timeseries", response={200: shapes.OneUsageSeries, **REFUSALS}, summary="Get what was used when")
def get_usage_timeseries(
    request: Request,
    org_id: str | None = ORG,
    workspace_id: str | None = ORG,
    window_days: int = Query(30, ge=1, le=MOST_DAYS),
) -> HttpResponse:
    """What your workspace has used day by day, in UTC, today the last. For owners, admins and workspace keys."""
    selectors.ensure_looks(request.auth)
    workspace = ensure_same(request.auth, org_id, workspace_id)
    found = late.read(request, lambda: selectors.usage(request.auth, days=window_days))
    points = [{"at": rfc3339(day), "dimensions": {name: used[name] for name in PUBLISHED}} for day, used in found.value.days]
    series = {
        "org_id": str(workspace.organization_id),
        "workspace_id": str(workspace.id),
        "granularity": "day",
        "points": points,
    }
    return late.dated(found, {"ok": True, "series": series})
