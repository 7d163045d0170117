"""The endpoints of a workspace at a glance: how many tries were taken lately, how fast, what waits, hour by hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from inbox.operations.permissions import ensure_may_watch
from intents.kernel import clock, statements
from intents.kernel.actors import Actor
from intents.kernel.errors import Missing
from intents.sending import health
from intents.sending.breaker import FAULTS
from intents.sending.models import EndpointHealth
from intents.webhooks.models import Subscription

SPAN = timedelta(hours=24)
COUNTED, TRIED = 2000, 500
"""So many of an endpoint's messages of the last SPAN are counted, the newest; and of so many that are due first, and last,
those that were tried."""


class EndpointState(StrEnum):
    """`disabled`: nothing is posted there. Of one that is active `unreachable`: nobody answers at all, and one try is made
    at a time; `failing`: the last try was not taken; `healthy`: it was; `quiet`: there was none in SPAN."""

    UNREACHABLE = "unreachable"
    FAILING = "failing"
    HEALTHY = "healthy"
    QUIET = "quiet"
    DISABLED = "disabled"


class EndpointView(StrEnum):
    """What a list of endpoints can be narrowed to: `failing` are those of the active ones at which the last try that was
    counted was not taken."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries were taken and how many were not; of all that were answered 95 % took `p95` milliseconds at most.
    `last` is whether the last of them was taken."""

    taken: int = 0
    failed: int = 0
    p95: int | None = None
    last: bool | None = None

    @property
    def success(self) -> float | None:
        """The share of those that were taken, 0 to 1."""
        return self.taken / (self.taken + self.failed) if self.taken + self.failed else None


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """An endpoint, what is `wrong` with it, what waits for it since when, and its tries of the last SPAN: all, and by the
    hour that they ended in. Of more than MOST that wait, the first that are due count, and one of those is the oldest."""

    row: Subscription
    wrong: EndpointHealth | None = None
    backlog: int = 0
    oldest_at: datetime | None = None
    tries: Tries = Tries()
    hours: list[Tries] = field(default_factory=list)

    @property
    def state(self) -> EndpointState:
        """The one definition of how an endpoint is."""
        if not self.row.active:
            return EndpointState.DISABLED
        if self.wrong is not None and self.wrong.faults >= FAULTS:
            return EndpointState.UNREACHABLE
        if self.wrong is not None or self.tries.last is False:
            return EndpointState.FAILING
        return EndpointState.QUIET if self.tries.last is None else EndpointState.HEALTHY


@dataclass(frozen=True, slots=True)
class EndpointsPage:
    """Endpoints, the oldest first, of the kind `only` if asked. `slots` are the beginnings of the hours that they are told
    by."""

    items: list[EndpointFacts]
    slots: list[datetime]
    only: EndpointView | None
    counts: dict[EndpointView, int]
    last: UUID | None

    @property
    def all(self) -> int:
        """How many endpoints there are."""
        return self.counts[EndpointView.ACTIVE] + self.counts[EndpointView.DISABLED]

    @property
    def total(self) -> int:
        """How many the list holds."""
        return self.counts[self.only] if self.only else self.all


# With what is well there is no row of its health.
_IN = {
    EndpointView.ACTIVE: "s.active",
    EndpointView.FAILING: "s.active AND EXISTS (SELECT FROM intents_endpointhealth h WHERE h.id = s.id)",
    EndpointView.DISABLED: "NOT s.active",
}
_OURS = "s.workspace_id = %(workspace)s AND s.revoked_at IS NULL"
_ENDPOINTS = f"""
SELECT {statements.columns(Subscription, "s")} FROM intents_subscription s
WHERE {_OURS} AND {{kind}} AND s.id > %(after)s ORDER BY s.id LIMIT %(limit)s
"""
_COUNTS = (
    "SELECT "
    + ", ".join(f"count(*) FILTER (WHERE {kind})" for kind in _IN.values())
    + f" FROM intents_subscription s WHERE {_OURS}"
)
MOST = 10_000
"""What waits for an endpoint, or did not arrive there, is counted up to so many and one more: for the eye that is all."""
_BACKLOG = f"""
SELECT asked.id, waiting.count, waiting.oldest_at
FROM unnest({statements.array("ids", "uuid")}) asked (id) CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(m.created_at) AS oldest_at FROM (
        SELECT created_at FROM intents_webhookmessage
        WHERE subscription_id = asked.id AND state IN ('ready', 'leased') ORDER BY due_at LIMIT {MOST + 1}
    ) m
) waiting WHERE waiting.count > 0
"""
# Ids begin with the time they were made at, so the index of an endpoint finds the newest. Where nobody answers those are not
# tried at all: few of the first are, which are the first or the last that are due.
_TRIED = f"""
SELECT m.id FROM (
    SELECT id, attempt FROM intents_webhookmessage
    WHERE subscription_id = asked.id AND state IN ('ready', 'leased') ORDER BY due_at {{order}} LIMIT {TRIED}
) m WHERE m.attempt > 0 AND m.id > %(since)s
"""
_TRIES = f"""
WITH tries AS MATERIALIZED (
    SELECT asked.id, a.milliseconds, a.ended_at, coalesce(a.status BETWEEN 200 AND 299, false) AS taken,
           width_bucket(a.ended_at, %(slots)s::timestamptz[]) AS hour
    FROM unnest({statements.array("ids", "uuid")}) asked (id), LATERAL (
        (SELECT m.id FROM intents_webhookmessage m WHERE m.subscription_id = asked.id AND m.id > %(since)s
         ORDER BY m.id DESC LIMIT {COUNTED})
        UNION {_TRIED.format(order="ASC")} UNION {_TRIED.format(order="DESC")}
    ) m, LATERAL (
        -- one by one, or all tries ever made would be read to find these
        SELECT * FROM intents_attempt WHERE message_id = m.id OFFSET 0
    ) a
)
SELECT id, hour, count(*) FILTER (WHERE taken), count(*) FILTER (WHERE NOT taken),
       percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds), (array_agg(taken ORDER BY ended_at DESC))[1]
FROM tries GROUP BY GROUPING SETS ((id), (id, hour))
"""


def page(
    actor: Actor,
    *,
    slots: Sequence[datetime],
    only: EndpointView | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> EndpointsPage:
    """The endpoints of the actor's workspace, those of one kind alone if asked, after the one with that id; `slots` are
    the beginnings of the hours of SPAN. Raises Denied."""
    workspace_id = ensure_may_watch(actor).workspace_id
    params = {"workspace": workspace_id, "after": after or UUID(int=0), "limit": limit + 1}
    there = counts(workspace_id)
    kind = _IN[only] if only else "true"
    rows = statements.objects(Subscription, _ENDPOINTS.format(kind=kind), params)
    items = facts(rows[:limit], slots=slots)
    return EndpointsPage(items, list(slots), only, there, items[-1].row.id if len(rows) > limit else None)


def counts(workspace_id: UUID) -> dict[EndpointView, int]:
    """How many endpoints of a workspace there are of each kind. Checks no actor."""
    return dict(zip(_IN, statements.rows(_COUNTS, {"workspace": workspace_id})[0], strict=True))


def facts(found: Sequence[Subscription], *, slots: Sequence[datetime]) -> list[EndpointFacts]:
    """What there is to tell of endpoints: three statements, however many. Checks no actor."""
    if not found:
        return []
    ids = [one.id for one in found]
    params: dict[str, Any] = {"ids": ids, "slots": list(slots), "since": clock.first_id(slots[0])}
    wrong = health.of(ids)
    backlog = {row[0]: (row[1], row[2]) for row in statements.rows(_BACKLOG, {"ids": ids})}
    tries: dict[UUID, dict[int | None, Tries]] = {}
    for endpoint_id, hour, *told in statements.rows(_TRIES, params):
        tries.setdefault(endpoint_id, {})[hour] = Tries(*told)
    return [
        _told(one, wrong.get(one.id), backlog.get(one.id, (0, None)), tries.get(one.id, {}), len(slots)) for one in found
    ]


def _told(
    row: Subscription,
    wrong: EndpointHealth | None,
    backlog: tuple[int, datetime | None],
    tries: Mapping[int | None, Tries],
    hours: int,
) -> EndpointFacts:
    waiting, oldest_at = backlog
    by_hour = [tries.get(hour, Tries()) for hour in range(1, hours + 1)]
    return EndpointFacts(row, wrong, waiting, oldest_at, tries.get(None, Tries()), by_hour)


_ONE = f"SELECT {statements.columns(Subscription, 's')} FROM intents_subscription s WHERE {_OURS} AND s.id = %(id)s"


def endpoint(actor: Actor, endpoint_id: UUID) -> Subscription:
    """An endpoint of the actor's workspace. Raises Denied, Missing."""
    params = {"workspace": ensure_may_watch(actor).workspace_id, "id": endpoint_id}
    found = statements.objects(Subscription, _ONE, params)
    if not found:
        raise Missing(f"no endpoint has the id {endpoint_id}", subscription_id=str(endpoint_id))
    return found[0]
