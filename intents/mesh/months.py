"""What agents have cost this month: summed now and then, for many rows change no more."""

import math
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from intents.kernel import statements

_BEFORE = """
SELECT name, sum(cost_usd) FROM intents_meshhour
WHERE workspace_id = %(workspace)s::uuid AND hour >= date_trunc('month', %(hour)s::timestamptz, 'UTC')
  AND hour < %(hour)s::timestamptz
GROUP BY name
"""
KEPT_SECONDS, KEPT = 60.0, 100
"""Hours that are over change no more, but for what was on its way when they ended: so long what was summed of them is good.
An open page of the fleet asks every 5 seconds, and a month may have a million rows."""
_kept: OrderedDict[tuple[UUID, datetime], tuple[float, dict[str, Decimal]]] = OrderedDict()
_keeping = threading.Lock()


def before_this_hour(workspace_id: UUID, now: datetime) -> dict[str, Decimal]:
    """What each agent has cost this month until this hour began."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    key = workspace_id, hour
    with _keeping:
        made_at, sums = _kept.get(key, (-math.inf, {}))
    if time.monotonic() - made_at < KEPT_SECONDS:
        return sums
    sums = dict(statements.rows(_BEFORE, {"workspace": workspace_id, "hour": hour}))
    with _keeping:
        _kept[key] = (time.monotonic(), sums)
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return sums
