"""Leases of deliveries: who has the work of an intent, until when, and how it is known that they are gone.

Every statement names the states it may leave, so of two racing workers one gets no row and knows somebody else was first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from intents.engine import pulse
from intents.engine.models import Delivery, DeliveryState
from intents.kernel import clock, statements

DISPATCH_SECONDS = 10
"""How long a new lease lasts until its delivery is dispatched."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes work: the machine key, and the server process whose open connection will carry the lease, if one does."""

    key_id: UUID
    instance_id: UUID | None = None


_COLUMNS = statements.columns(Delivery, "d")


def _deliveries(query: str, params: dict[str, object]) -> list[Delivery]:
    return statements.objects(Delivery, query, params)


_LEASE = f"""
WITH ready AS MATERIALIZED (
    SELECT d.id FROM intents_delivery d
    WHERE d.workspace_id = %(workspace)s::uuid AND d.binding = %(binding)s::text AND d.target = %(target)s::text
      AND d.state = 'ready'
      AND (%(only)s::text[] IS NULL
           OR EXISTS (SELECT 1 FROM intents_intent i WHERE i.id = d.intent_id AND i.status = ANY(%(only)s)))
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE SKIP LOCKED
), term AS (
    SELECT coalesce(%(lease)s::int, (
        SELECT lease_seconds FROM intents_agent
        WHERE workspace_id = %(workspace)s::uuid AND name = %(target)s::text AND status <> 'deleted'
    ), %(default_lease)s::int)::int AS seconds
)
UPDATE intents_delivery d
SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
    lease_token = gen_random_uuid(), lease_seconds = term.seconds,
    lease_expires_at = {clock.NOW} + make_interval(secs => least(term.seconds, {DISPATCH_SECONDS})),
    holder_key_id = %(key)s::uuid, carried_by = %(instance)s::uuid, begun_at = NULL
FROM term WHERE d.id = ANY (ARRAY(SELECT id FROM ready))
RETURNING {_COLUMNS}
"""


def lease(
    *,
    workspace_id: UUID,
    target: str,
    holder: Holder,
    limit: int,
    lease_seconds: int | None = None,
    only: Sequence[str] | None = None,
    binding: str,
) -> list[Delivery]:
    """Lease up to `limit` ready deliveries of `target` by `binding`, oldest first; with `only`, those of intents in these
    statuses. Listeners compete; each row goes to one.

    Run outside of a transaction: the lease is committed before any intent is locked. It lasts DISPATCH_SECONDS at most,
    until `start_leases` gives it its whole length: a lease whose dispatch fails must not keep the work from others for long.
    """
    deliveries = _deliveries(
        _LEASE,
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
            "now": clock.override(),
        },
    )
    return sorted(deliveries, key=lambda delivery: delivery.id)


_LEASE_OWN = f"""
WITH ready AS MATERIALIZED (
    SELECT d.id FROM intents_delivery d
    WHERE d.binding = %(binding)s::text AND d.by_server AND d.state = 'ready' AND d.target = ANY(%(targets)s::text[])
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE SKIP LOCKED
)
UPDATE intents_delivery d
SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
    lease_token = gen_random_uuid(), lease_seconds = %(lease)s::int,
    lease_expires_at = {clock.NOW} + make_interval(secs => %(lease)s::int), begun_at = {clock.NOW}
FROM ready WHERE d.id = ready.id
RETURNING {_COLUMNS}
"""


def lease_own(*, binding: str, targets: Sequence[str], limit: int, lease_seconds: int) -> list[Delivery]:
    """Lease up to `limit` ready deliveries that this server carries out itself, of any workspace. Run outside of a
    transaction."""
    deliveries = _deliveries(
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
    ORDER BY d.id LIMIT %(limit)s::int
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE intents_delivery d
SET state = 'leased', attempt = d.attempt + 1, mailbox_seq = nextval('intents_mailbox_seq'),
    lease_token = gen_random_uuid(), lease_seconds = ready.seconds,
    lease_expires_at = {clock.NOW} + make_interval(secs => {DISPATCH_SECONDS}), holder_key_id = NULL, begun_at = NULL
FROM ready WHERE d.id = ready.id
RETURNING {_COLUMNS}
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
    leased = _deliveries(_LEASE_TO_AGENTS, params)
    if len(leased) == limit:
        leased += _deliveries(_LEASE_FIRST_OF_NEWEST, params)
    return sorted(leased, key=lambda delivery: delivery.id)


_EXTEND = f"""
UPDATE intents_delivery
SET lease_expires_at = greatest(lease_expires_at, {clock.NOW} + make_interval(secs => v.seconds))
FROM unnest(%(tokens)s::uuid[], %(seconds)s::float8[]) AS v(token, seconds)
WHERE lease_token = v.token AND state = 'leased'
RETURNING lease_token
"""


def extend(terms: Mapping[UUID, float]) -> set[UUID]:
    """Let leases last for so many seconds from now at least. Returns the tokens of those that are in force."""
    if not terms:
        return set()
    params = {"tokens": list(terms), "seconds": [float(one) for one in terms.values()], "now": clock.override()}
    return {row[0] for row in statements.rows(_EXTEND, params)}


_RENEW = f"""
UPDATE intents_delivery
SET lease_expires_at = greatest(lease_expires_at, {clock.NOW} + make_interval(secs => lease_seconds)),
    begun_at = coalesce(begun_at, {clock.NOW}), last_error = NULL, excused = false, holder_key_id = %(key)s
WHERE intent_id = %(intent)s AND state = 'leased'
  AND (holder_key_id = %(key)s OR (holder_key_id IS NULL AND by_server AND target = %(name)s))
RETURNING lease_expires_at
"""


def renew(*, intent_id: UUID, key_id: UUID, name: str) -> datetime | None:
    """The holder gave a sign of life: its lease starts anew and its work counts as begun. Also when its time is over, as
    long as nobody has taken the work back: so it is after a standstill of the server. What the server brought to the agent
    called `name` is held by the key that first speaks as it.

    Returns when the lease ends now; None when the key holds none.
    """
    params = {"intent": intent_id, "key": key_id, "name": name, "now": clock.override()}
    renewed = statements.rows(_RENEW, params)
    return renewed[0][0] if renewed else None


_RENEW_ATTACHED = f"""
UPDATE intents_delivery
SET lease_expires_at = {clock.NOW} + make_interval(secs => lease_seconds), excused = false
WHERE id = ANY(%(ids)s) AND state = 'leased' AND carried_by = %(instance)s
  AND lease_expires_at < {clock.NOW} + make_interval(secs => lease_seconds / 2.0)
"""


def renew_attached(delivery_ids: Sequence[UUID], *, instance_id: UUID) -> None:
    """Renew the leases that open connections of this process carry, once half of their time is over."""
    statements.rows(_RENEW_ATTACHED, {"ids": list(delivery_ids), "instance": instance_id, "now": clock.override()})


def detach_connection(tokens: Sequence[UUID]) -> None:
    """The server closed the connection: these leases run on by time alone."""
    Delivery.objects.filter(lease_token__in=tokens, state=DeliveryState.LEASED).update(carried_by=None)


def detach_connections_of(instance_id: UUID) -> None:
    """`detach_connection` for whatever a server process carries that is about to end in order."""
    Delivery.objects.filter(carried_by=instance_id, state=DeliveryState.LEASED).update(carried_by=None)


_SHORTEN = f"""
UPDATE intents_delivery
SET carried_by = NULL,
    lease_expires_at = least(lease_expires_at, greatest(
        {clock.NOW} + make_interval(secs => %(grace)s),
        (SELECT resumed_at + make_interval(secs => %(silent)s) FROM intents_pulse)
    )),
    last_error = '{pulse.LOST}'
WHERE lease_token = ANY(%(tokens)s) AND state = 'leased'
"""


def shorten_lease(tokens: Sequence[UUID]) -> None:
    """The client dropped the connection: these leases end after the grace time unless a call renews them.

    After a standstill of the server, which clients hang up in, the grace is as long as for everybody.
    """
    grace, silent = settings.CONNECTION_GRACE_SECONDS, settings.INSTANCE_SILENT_SECONDS
    statements.rows(_SHORTEN, {"tokens": list(tokens), "grace": grace, "silent": silent, "now": clock.override()})


_REAP = f"""
UPDATE intents_delivery d
SET carried_by = NULL, lease_expires_at = least(lease_expires_at, {clock.NOW}), last_error = 'server process lost'
WHERE d.state = 'leased' AND d.carried_by IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM intents_instance i
    WHERE i.id = d.carried_by AND i.heartbeat_at > {clock.NOW} - make_interval(secs => %(silent)s)
) AND pg_postmaster_start_time() < {clock.NOW} - make_interval(secs => %(silent)s) AND NOT {pulse.STOOD_STILL}
  AND NOT EXISTS (SELECT 1 FROM intents_pulse WHERE resumed_at > {clock.NOW} - make_interval(secs => %(silent)s))
RETURNING d.id
"""


def reap_dead_instances() -> int:
    """End the leases carried by processes that stopped giving heartbeats. Returns how many.

    After a restart of the database, or a standstill of the server, everybody first has time to be heard again.
    """
    return len(statements.rows(_REAP, {"silent": settings.INSTANCE_SILENT_SECONDS, "now": clock.override()}))


def expired(*, limit: int, aside: Sequence[UUID] = ()) -> list[Delivery]:
    """Leases that ran out, oldest first, without those of the deliveries `aside`; none while those of a standstill are not
    seen to. A look only: whoever acts locks the intent and then the row."""
    query = f"""
        SELECT {_COLUMNS} FROM intents_delivery d
        WHERE d.state = 'leased' AND d.lease_expires_at <= {clock.START} AND NOT {pulse.STOOD_STILL}
          AND NOT d.id = ANY(%(aside)s)
        ORDER BY d.lease_expires_at LIMIT %(limit)s
    """
    return _deliveries(query, {"limit": limit, "aside": list(aside), "now": clock.override()})


def take_expired(tokens: Sequence[UUID]) -> dict[UUID, Delivery]:
    """Of these leases the ones still run out, their rows locked in id order, by intent.

    The caller holds the intents.
    """
    query = f"""
        SELECT {_COLUMNS} FROM intents_delivery d
        WHERE d.lease_token = ANY(%(tokens)s) AND d.state = 'leased' AND d.lease_expires_at <= {clock.NOW}
          AND NOT {pulse.STOOD_STILL}
        ORDER BY d.id FOR UPDATE
    """
    return {row.intent_id: row for row in _deliveries(query, {"tokens": list(tokens), "now": clock.override()})}


_START = f"""
UPDATE intents_delivery d
SET lease_expires_at = {clock.NOW} + make_interval(secs => d.lease_seconds), excused = false
WHERE d.lease_token = ANY(%(tokens)s) AND d.state = 'leased'
RETURNING {_COLUMNS}
"""


def start_leases(tokens: Sequence[UUID]) -> dict[UUID, Delivery]:
    """Of these leases the ones still in force, by intent, which begin now in full. The caller holds the intents, and so the
    order of the rows' locks does not matter."""
    return {row.intent_id: row for row in _deliveries(_START, {"tokens": list(tokens), "now": clock.override()})}
