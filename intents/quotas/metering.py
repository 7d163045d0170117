"""Counting what is used, and saying no: exact however many use at once, for whoever counts holds the day's row."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from intents.accounts import audit
from intents.accounts.selectors import told_of
from intents.kernel import clock, statements
from intents.kernel.actors import System
from intents.kernel.errors import RateLimited
from intents.kernel.models import new_id
from intents.quotas import selectors
from intents.quotas.dimensions import TOTALS, day_ends, day_of
from intents.quotas.selectors import Quota
from intents.sending import email

QUOTAS = System(name="quotas")
LONGEST_RETRY = 60
"""Seconds that a refusal asks to wait at most: clients sleep for as long as it says."""
PAGE = "/settings/usage"

_ADD = f"""
INSERT INTO intents_usagemeter AS m (id, workspace_id, dimension, day, used)
SELECT %(id)s::uuid, %(workspace)s::uuid, %(dimension)s::text, (now AT TIME ZONE 'UTC')::date, %(amount)s::bigint
FROM (SELECT {clock.NOW} AS now) at
ON CONFLICT (workspace_id, day, dimension) DO UPDATE SET used = m.used + excluded.used
RETURNING m.used, m.warned_at, {clock.NOW}
"""
"""Locks the day's row, which it makes when there is none."""
_WARNED = """
UPDATE intents_usagemeter SET warned_at = %s WHERE workspace_id = %s AND dimension = %s AND day = %s
"""


class QuotaExceeded(RateLimited):
    """A workspace has used up what it may use of a dimension. `reset_at` is when that begins anew, None for what is there
    until somebody takes it away."""

    code = "quota_exceeded"

    def __init__(self, dimension: str, *, used: int, limit: int, now: datetime) -> None:
        until = None if dimension in TOTALS else day_ends(now)
        ends = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        wait = int((until - now).total_seconds()) if until else LONGEST_RETRY
        super().__init__(
            f"this workspace may use no more of {dimension}{ends}: its limit is {limit}",
            retry_after=min(LONGEST_RETRY, max(1, wait)),
            limit=limit,
            reset=int((until or now).timestamp()) + (0 if until else LONGEST_RETRY),
        )
        self.details |= {
            "dimension": dimension,
            "used": used,
            "limit": limit,
            "reset_at": clock.rfc3339(until) if until else None,
        }


def spend(workspace_id: UUID, dimension: str, amount: int) -> None:
    """Count `amount` more of a dimension in the running transaction, which what refuses it undoes. Without a limit it is
    counted afterwards, so that nobody waits for another's transaction to end. Raises QuotaExceeded."""
    quota = selectors.quota_of(workspace_id)
    if dimension in TOTALS:
        _take(workspace_id, dimension, amount, quota)
        return
    if dimension not in quota.limits:
        transaction.on_commit(partial(add, workspace_id, dimension, amount, quota), robust=True)
        return
    used, now = add(workspace_id, dimension, amount, quota)
    ensure_within(dimension, used=used - amount, amount=amount, quota=quota, now=now)


def _take(workspace_id: UUID, dimension: str, amount: int, quota: Quota) -> None:
    if dimension not in quota.limits:
        return
    selectors.locked_policy(workspace_id)  # two that come at once are counted one after the other
    used = selectors.total(workspace_id, dimension)
    now = clock.now()
    ensure_within(dimension, used=used, amount=amount, quota=quota, now=now)
    if used + amount >= quota.soft(dimension):
        add(workspace_id, dimension, 0, quota, total=used + amount)


def ensure_within(dimension: str, *, used: int, amount: int, quota: Quota, now: datetime) -> None:
    """Raises QuotaExceeded where `amount` more than what is `used` is too much."""
    limit = quota.limit(dimension)
    if quota.refuses and used + amount > limit:
        raise QuotaExceeded(dimension, used=used, limit=limit, now=now)


def add(workspace_id: UUID, dimension: str, amount: int, quota: Quota, *, total: int | None = None) -> tuple[int, datetime]:
    """Count without a limit, and tell people once a day that much is used. Returns what is used now, and when that was
    read."""
    params = {
        "id": new_id(),
        "workspace": workspace_id,
        "dimension": dimension,
        "amount": amount,
        "now": clock.override(),
    }
    ((used, warned_at, now),) = statements.rows(_ADD, params)
    if dimension in quota.limits and warned_at is None and (used if total is None else total) >= quota.soft(dimension):
        statements.rows(_WARNED, [now, workspace_id, dimension, day_of(now).date()])
        _tell(workspace_id, dimension, used if total is None else total, quota)
    return used, now


def _tell(workspace_id: UUID, dimension: str, used: int, quota: Quota) -> None:
    details = {"used": used, "limit": quota.limit(dimension)}
    audit.note(workspace_id=workspace_id, actor=QUOTAS, action="quota.warn", subject=dimension, **details)
    workspace = selectors.workspace_of(workspace_id)
    context = details | {
        "dimension": dimension,
        "workspace": workspace,
        "refuses": quota.refuses,
        "link": settings.BASE_URL + PAGE,
    }
    for address, language in told_of(workspace_id, None):
        email.enqueue(address, "account/email/quota", context, language=language or workspace.language)
