"""The transactional outbox of deliveries: obligations to deliver an intent, leased by a worker and settled once.

Every statement names the states it may leave, so of two racing workers one gets no row and knows somebody else was first.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from intents.accounts import bindings, stops
from intents.engine import leases
from intents.engine.leases import Lease
from intents.engine.models import Delivery, DeliveryState, Intent
from intents.kernel import live, statements
from intents.kernel.models import new_id

_ENQUEUE = f"""
INSERT INTO intents_delivery (
    id, workspace_id, intent_id, binding, hands_out, by_server, target, state, attempt, resume, created_at
)
SELECT v.id, v.workspace_id, v.intent_id, chosen.binding, true, chosen.binding {bindings.BY_SERVER}, v.target, 'ready', 0,
       v.resume, %(now)s
FROM unnest(%(ids)s::uuid[], %(workspaces)s::uuid[], %(intents)s::uuid[], %(targets)s::text[], %(resumes)s::text[])
     AS v(id, workspace_id, intent_id, target, resume)
LEFT JOIN intents_agent a ON a.workspace_id = v.workspace_id AND a.name = v.target AND a.status <> 'deleted'
CROSS JOIN LATERAL (SELECT {bindings.CHOSEN} AS binding) chosen
RETURNING by_server
"""


def enqueue_many(resumed: Sequence[tuple[Intent, str | None]], *, now: datetime) -> None:
    """Enqueue deliveries of locked intents to the agents they are addressed to, by the binding each agent chose. With each
    comes the canonical JSON of what satisfied its last wait, or None."""
    intents = [intent for intent, _ in resumed]
    enqueued = statements.rows(
        _ENQUEUE,
        {
            "ids": [new_id() for _ in resumed],
            "workspaces": [intent.workspace_id for intent in intents],
            "intents": [intent.id for intent in intents],
            "targets": [intent.mailbox for intent in intents],
            "resumes": [resume for _, resume in resumed],
            "now": now,
        }
        | bindings.choice(),
    )
    if any(by_server for (by_server,) in enqueued):
        live.wake_up(workers=True)


def hand_out_again(resumed: Sequence[tuple[Intent, str]], *, now: datetime) -> None:
    """`enqueue_many` of intents whose waits are over, if there are any, and tell who listens for their agents."""
    if resumed:
        enqueue_many(resumed, now=now)
        live.wake_up(mailboxes={(intent.workspace_id, intent.mailbox) for intent, _ in resumed})


PARENT = "parent"
"""The binding that tells a waiting intent that one of its children has ended."""


def parent_signals(children: Sequence[Intent], *, now: datetime) -> list[Delivery]:
    """Signals to the parents of these locked intents that they have ended, to be stored with their ends. A child never locks
    its parent."""
    if children:
        live.wake_up(workers=True)
    return [
        Delivery(
            workspace_id=child.workspace_id,
            intent_id=child.id,
            binding=PARENT,
            hands_out=False,
            by_server=True,
            target=str(child.parent_id),
            created_at=now,
        )
        for child in children
    ]


_PENDING = f"""
SELECT {statements.columns(Delivery, "d")} FROM intents_delivery d
WHERE d.binding = %(binding)s AND d.by_server AND d.state = 'ready' AND NOT d.id = ANY(%(aside)s::uuid[])
ORDER BY d.id LIMIT %(limit)s
"""


def pending_parent_signals(*, limit: int, aside: Sequence[UUID] = ()) -> list[Delivery]:
    """Ends of children that their parents do not know of yet, oldest first, without those `aside`. A look only."""
    return statements.objects(Delivery, _PENDING, {"binding": PARENT, "aside": list(aside), "limit": limit})


MARK_DONE = """
UPDATE intents_delivery SET state = 'done', attempt = attempt + 1, ended_at = %(now)s::timestamptz
WHERE id = ANY(%(ids)s::uuid[]) AND state = 'ready' RETURNING target
"""
"""Settles the signals `ids`, in the transaction that acts on them: those that nobody else has settled."""


OWN_WORK = f"""
jsonb_each(%(own)s::jsonb) own (binding, targets), LATERAL (
    SELECT d.created_at FROM intents_delivery d
    WHERE d.state = 'ready' AND d.by_server AND d.binding = own.binding
      AND (own.targets = 'null'::jsonb OR own.targets ? d.target)
      AND NOT (d.hands_out AND {stops.stopped_row("d", "target")})
    ORDER BY d.id LIMIT 1
) oldest
"""
"""The bindings by which this server has work of its own to carry out, each with its oldest, but what is kept back
while an agent or a workspace is stopped: it is not late. `own` is `bindings.own_work`."""

_FREE = (
    "lease_token = NULL, lease_expires_at = NULL, holder_key_id = NULL, carried_by = NULL, begun_at = NULL, excused = false"
)


def make_ready(delivery_ids: Sequence[UUID]) -> None:
    """Make leased rows ready to be delivered again. A delivery whose end is excused does not count."""
    statements.rows(
        f"UPDATE intents_delivery SET state = 'ready', attempt = attempt - excused::int, {_FREE} "
        "WHERE id = ANY(%s) AND state = 'leased'",
        [list(delivery_ids)],
    )


_RETURN = f"""
UPDATE intents_delivery d SET state = 'ready', attempt = d.attempt - 1, {_FREE}
WHERE {leases.in_order(f"{leases.GIVEN} AND d.state = 'leased'")}
"""


def return_undelivered(given: Sequence[Lease]) -> None:
    """These leases reached nobody: their rows are ready again, and the attempt does not count."""
    statements.rows(_RETURN, leases.params(given))


def open_resume(intent_id: UUID) -> str | None:
    """What the open delivery of a locked intent tells its agent of the wait before, as canonical JSON."""
    open_deliveries = Delivery.objects.filter(
        intent_id=intent_id, hands_out=True, state__in=(DeliveryState.READY, DeliveryState.LEASED)
    )
    return open_deliveries.values_list("resume", flat=True).first()


_OPEN = "d.intent_id = ANY(%(idle)s::uuid[]) AND d.hands_out AND d.state IN ('ready', 'leased')"
SETTLE = f"""
UPDATE intents_delivery d
SET state = CASE WHEN d.intent_id = ANY(%(given_up)s::uuid[]) THEN 'dead' ELSE 'done' END,
    ended_at = %(now)s::timestamptz, {_FREE}
WHERE {leases.in_order(_OPEN)}
"""
"""Nobody is to work on the locked intents `idle` any more: their open deliveries are done, or dead for those `given_up`."""


def settle(intent_id: UUID, *, now: datetime) -> None:
    """SETTLE for one intent that goes on."""
    statements.rows(SETTLE, {"idle": [intent_id], "given_up": [], "now": now})
