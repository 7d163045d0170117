"""How many requests a minute a workspace may make."""

import time
from uuid import UUID

from intents.kernel import ratelimit
from intents.quotas import selectors
from intents.quotas.dimensions import REQUESTS

TRUST_SECONDS = 5.0
"""How long a limit is believed without looking again."""
CACHED = 10_000

_known: dict[UUID, tuple[float, int | None]] = {}


def count(workspace_id: UUID) -> None:
    """Count a request where they are limited. Raises RateLimited."""
    limit = _limit(workspace_id)
    if limit is not None:
        ratelimit.spend_of_workspace(workspace_id, limit)


def _limit(workspace_id: UUID) -> int | None:
    found = _known.get(workspace_id)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    quota = selectors.quota_of(workspace_id)
    limit = quota.limits.get(REQUESTS) if quota.refuses else None
    if len(_known) >= CACHED:
        _known.clear()
    _known[workspace_id] = (time.monotonic() + TRUST_SECONDS, limit)
    return limit


def forget() -> None:
    """Look all limits up again."""
    _known.clear()
