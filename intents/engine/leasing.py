"""Leasing what is ready: to whoever asks for it, to this server itself, to agents that are called.

Workers compete, and each skips what another is about to take; so each row goes to one.
"""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from intents.accounts import stops
from intents.engine import leases
from intents.engine.leases import Holder
from intents.engine.models import Delivery
from intents.kernel import clock, statements


def _lease(which: str) -> str:
    return f"""
WITH stopped AS MATERIALIZED ({stops.TAKING}), ready AS MATERIALIZED (
    SELECT d.id FROM intents_delivery d
    WHERE d.workspace_id = %(workspace)s::uuid AND d.binding = %(binding)s::text AND d.target = %(target)s::text
      AND d.state = 'ready' AND {which} AND NOT EXISTS (SELECT FROM stopped)
      AND (%(only)s::text[] IS NULL
           OR EXISTS (SELECT 1 FROM intents_intent i WHERE i.id = d.intent_id AND i.status = ANY(%(only)s)))
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE SKIP LOCKED
), term AS (
    SELECT coalesce(%(lease)s::int, (
        SELECT lease_seconds FROM intents_agent
        WHERE workspace_id = %(workspace)s::uuid AND name = %(target)s::text AND status <> 'deleted'
    ), %(default_lease)s::int)::int AS seconds
), taken AS (
    UPDATE intents_delivery d
    SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
        lease_token = gen_random_uuid(), lease_seconds = term.seconds,
        lease_expires_at = {clock.NOW} + make_interval(secs => least(term.seconds, {leases.DISPATCH_SECONDS})),
        holder_key_id = %(key)s::uuid, carried_by = %(instance)s::uuid, begun_at = NULL
    FROM term WHERE d.id = ANY (ARRAY(SELECT id FROM ready))
    RETURNING {leases.COLUMNS}
)
SELECT s.state, s.name, taken.* FROM (SELECT) always LEFT JOIN taken ON true LEFT JOIN stopped s ON true
"""


_LEASE, _LEASE_THIS = _lease("true"), _lease("d.intent_id = %(intent)s::uuid")


def lease(
    *,
    workspace_id: UUID,
    target: str,
    holder: Holder,
    limit: int,
    lease_seconds: int | None = None,
    only: Sequence[str] | None = None,
    intent_id: UUID | None = None,
    binding: str,
    speaker: str = "",
) -> list[Delivery]:
    """Lease up to `limit` ready deliveries of `target` by `binding`, oldest first; with `only`, those of intents in these
    statuses, with `intent_id`, that of this intent. Listeners compete; each row goes to one. Nothing while the target is
    stopped; raises AgentStopped when it, or the agent `speaker` whose key asks, may do nothing.

    Run outside of a transaction: the lease is committed before any intent is locked. It lasts DISPATCH_SECONDS at most,
    until `start_leases` gives it its whole length: a lease whose dispatch fails must not keep the work from others for long.
    """
    rows = statements.rows(
        _LEASE_THIS if intent_id else _LEASE,
        {
            "workspace": workspace_id,
            "binding": binding,
            "target": target,
            "limit": limit,
            "lease": lease_seconds,
            "default_lease": settings.DEFAULT_LEASE_SECONDS,
            "only": None if only is None else list(only),
            "key": holder.key_id,
            "instance": holder.instance_id,
            "speaker": speaker,
            "intent": intent_id,
            "now": clock.override(),
        },
    )
    # An agent may be both stopped and suspended.
    for state, name, *_ in rows:
        if name is not None:
            stops.ensure_acts({name: state}, name)
    deliveries = [statements.made(Delivery, columns) for _, _, *columns in rows if columns[0] is not None]
    return sorted(deliveries, key=lambda delivery: delivery.id)


_LEASE_OWN = f"""
WITH ready AS MATERIALIZED (
    SELECT d.id FROM intents_delivery d
    WHERE d.binding = %(binding)s::text AND d.by_server AND d.state = 'ready' AND d.target = ANY(%(targets)s::text[])
      AND NOT {stops.stopped_row("d", "target")}
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE SKIP LOCKED
)
UPDATE intents_delivery d
SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
    lease_token = gen_random_uuid(), lease_seconds = %(lease)s::int,
    lease_expires_at = {clock.NOW} + make_interval(secs => %(lease)s::int), begun_at = {clock.NOW}
FROM ready WHERE d.id = ready.id
RETURNING {leases.COLUMNS}
"""


def lease_own(*, binding: str, targets: Sequence[str], limit: int, lease_seconds: int) -> list[Delivery]:
    """Lease up to `limit` ready deliveries that this server carries out itself, of any workspace. Run outside of a
    transaction."""
    deliveries = leases.deliveries(
        _LEASE_OWN,
        {
            "binding": binding,
            "targets": list(targets),
            "limit": limit,
            "lease": lease_seconds,
            "now": clock.override(),
        },
    )
    return sorted(deliveries, key=lambda delivery: delivery.id)


_READY = "d.binding = %(binding)s::text AND d.by_server AND d.state = 'ready'"


NEWEST = 500
"""How many of what became ready last are looked at for agents that wait behind another's backlog."""


_NEWEST = f"""
d.id = ANY(ARRAY(SELECT d.id FROM intents_delivery d WHERE {_READY} ORDER BY d.id DESC LIMIT {NEWEST})) AND NOT EXISTS (
    SELECT FROM intents_delivery o
    WHERE o.workspace_id = d.workspace_id AND o.binding = d.binding AND o.target = d.target AND o.state = 'ready'
      AND o.id < d.id
)
"""


def _to_agents(among: str) -> str:
    return f"""
WITH ready AS MATERIALIZED (
    SELECT d.id, coalesce(a.lease_seconds, %(default_lease)s::int)::int AS seconds
    FROM intents_delivery d
    JOIN intents_agent a ON a.workspace_id = d.workspace_id AND a.name = d.target AND a.status = 'active'
    WHERE {_READY} AND {among}
      AND NOT EXISTS (SELECT FROM intents_endpointhealth h WHERE h.id = a.id AND h.disabled_at IS NOT NULL)
      AND NOT {stops.stopped_row("d", "target")}
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE intents_delivery d
SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
    lease_token = gen_random_uuid(), lease_seconds = ready.seconds,
    lease_expires_at = {clock.NOW} + make_interval(secs => {leases.DISPATCH_SECONDS}), holder_key_id = NULL, begun_at = NULL
FROM ready WHERE d.id = ready.id
RETURNING {leases.COLUMNS}
"""


_LEASE_TO_AGENTS = _to_agents("true")


_LEASE_FIRST_OF_NEWEST = _to_agents(_NEWEST)


def lease_to_agents(*, binding: str, limit: int) -> list[Delivery]:
    """Lease up to `limit` ready deliveries that this server carries by `binding` to agents that are active and whose URL is
    not disabled, of any workspace, oldest first; when there are more, also the first of agents that had nothing waiting
    before. Run outside of a transaction; as those of `lease`, they are short until dispatched."""
    params = {
        "binding": binding,
        "limit": limit,
        "default_lease": settings.DEFAULT_LEASE_SECONDS,
        "now": clock.override(),
    }
    leased = leases.deliveries(_LEASE_TO_AGENTS, params)
    if len(leased) == limit:
        leased += leases.deliveries(_LEASE_FIRST_OF_NEWEST, params)
    return sorted(leased, key=lambda delivery: delivery.id)
