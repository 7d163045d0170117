"""Work on its way to agents, as those who watch see it: what is ready, under a lease, failing at an agent's URL, or dead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from inbox.operations import attempts
from inbox.operations.permissions import ensure_may_watch
from intents.engine.models import Delivery
from intents.kernel import clock, statements
from intents.kernel.actors import Actor
from intents.kernel.errors import Missing
from intents.sending.models import Attempt


class DeliveryView(StrEnum):
    """`ready` waits for its agent to come; `leased` is in an agent's hands; `failing` waits for another try at the agent's
    URL, and is leased meanwhile; `dead` was given up, and its intent failed."""

    READY = "ready"
    LEASED = "leased"
    FAILING = "failing"
    DEAD = "dead"


_TRIED = "state IN ('ready', 'leased') AND (attempt > 1 OR attempt = 1 AND state = 'ready')"
_IN = {
    DeliveryView.READY: "d.state = 'ready' AND d.hands_out",
    DeliveryView.LEASED: "d.state = 'leased'",
    DeliveryView.FAILING: f"d.state = 'leased' AND d.id IN (SELECT delivery_id FROM intents_push WHERE {_TRIED})",
    DeliveryView.DEAD: "d.state = 'dead'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery, and its last push if its agent is called. `holder` is the hint of the key under whose lease it is."""

    id: UUID
    intent_id: UUID
    intent_type: str
    target: str
    binding: str
    state: str
    attempt: int
    created_at: datetime
    lease_expires_at: datetime | None
    begun_at: datetime | None
    ended_at: datetime | None
    last_error: str | None
    holder: str | None
    push_id: UUID | None
    push_state: str | None
    push_due_at: datetime | None
    tries: int | None
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, the newest first. `total` is how many there are of the kind, `counts` of each kind."""

    items: list[DeliveryRow]
    total: int
    counts: dict[DeliveryView, int]
    last: UUID | None


_FIELDS = (
    *("id", "intent_id", "intent_type", "target", "binding", "state", "attempt", "created_at", "lease_expires_at"),
    *("begun_at", "ended_at", "last_error", "holder", "push_id", "push_state", "push_due_at", "tries"),
)
_ROWS = """
SELECT d.id, d.intent_id, i.intent_type, d.target, d.binding, d.state, d.attempt, d.created_at, d.lease_expires_at,
       d.begun_at, d.ended_at, d.last_error, k.hint, p.id, p.state, p.due_at, p.attempt
FROM (
    SELECT * FROM intents_delivery d
    WHERE d.workspace_id = %(workspace)s AND {kind} AND (%(target)s::text IS NULL OR d.target = %(target)s)
      AND d.id < %(before)s
    ORDER BY d.id DESC LIMIT %(limit)s
) d
JOIN intents_intent i ON i.id = d.intent_id
LEFT JOIN intents_agentkey k ON k.id = d.holder_key_id
LEFT JOIN LATERAL (SELECT * FROM intents_push WHERE delivery_id = d.id ORDER BY id DESC LIMIT 1) p ON true
ORDER BY d.id DESC
"""
_COUNT = """
SELECT count(*) FROM intents_delivery d
WHERE d.workspace_id = %(workspace)s AND {kind} AND (%(target)s::text IS NULL OR d.target = %(target)s)
"""
_COUNTS = "SELECT " + ", ".join(f"({_COUNT.format(kind=kind)})" for kind in _IN.values())


def counts(workspace_id: UUID, views: Sequence[DeliveryView]) -> dict[DeliveryView, int]:
    """How many deliveries of a workspace there are of each kind."""
    query = "SELECT " + ", ".join(f"({_COUNT.format(kind=_IN[view])})" for view in views)
    return dict(zip(views, statements.rows(query, {"workspace": workspace_id, "target": None})[0], strict=True))


def page(
    actor: Actor, view: DeliveryView, *, target: str | None = None, before: UUID | None = None, limit: int = 50
) -> DeliveryPage:
    """The deliveries of a kind, to one address alone if asked, after the one with that id. Raises Denied."""
    params = {
        "workspace": ensure_may_watch(actor).workspace_id,
        "target": target,
        "before": before or UUID(int=2**128 - 1),
        "limit": limit + 1,
    }
    counted = statements.rows(_COUNTS, params)[0]
    counts = dict(zip(_IN, counted, strict=True))
    rows = statements.rows(_ROWS.format(kind=_IN[view]), params)
    tried = attempts.of(actor, [row[13] for row in rows if row[13] is not None])
    items = [DeliveryRow(**dict(zip(_FIELDS, row, strict=True)), attempts=tried[row[13]]) for row in rows[:limit]]
    return DeliveryPage(items, counts[view], counts, items[-1].id if len(rows) > limit else None)


def delivery(actor: Actor, delivery_id: UUID) -> Delivery:
    """A delivery of the actor's workspace. Raises Denied, Missing."""
    query = f"SELECT {statements.columns(Delivery, 'd')} FROM intents_delivery d WHERE d.workspace_id = %s AND d.id = %s"
    found = statements.objects(Delivery, query, [ensure_may_watch(actor).workspace_id, delivery_id])
    if not found:
        raise Missing(f"no delivery has the id {delivery_id}", delivery_id=str(delivery_id))
    return found[0]


def now() -> datetime:
    """The clock's time, by which leases are shown."""
    return clock.now()
