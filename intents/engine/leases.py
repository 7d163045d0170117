"""Leases of deliveries: who has the work of an intent, until when, and how it is known that they are gone.

Every statement names the states it may leave, so of two racing workers one gets no row and knows somebody else was first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from intents.accounts import stops
from intents.engine import pulse
from intents.engine.models import Delivery
from intents.kernel import clock, statements

DISPATCH_SECONDS = 10
"""How long a new lease lasts until its delivery is dispatched."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes work: the machine key, and the server process whose open connection will carry the lease, if one does."""

    key_id: UUID
    instance_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """One that was given: of which delivery, and the token that fences it."""

    delivery_id: UUID
    token: UUID


COLUMNS = statements.columns(Delivery, "d")
"""Those of a delivery that is called d."""


def deliveries(query: str, params: dict[str, object]) -> list[Delivery]:
    """The rows of a statement that returns COLUMNS."""
    return statements.objects(Delivery, query, params)


def of(deliveries: Iterable[Delivery]) -> list[Lease]:
    """The leases of rows that were leased."""
    return [Lease(one.id, one.lease_token) for one in deliveries if one.lease_token]


def params(given: Iterable[Lease]) -> dict[str, object]:
    """Those of GIVEN. Leases are found by the ids of their rows: no index has the tokens, and many may be leased."""
    found = list(given)
    return {"ids": [one.delivery_id for one in found], "tokens": [one.token for one in found], "now": clock.override()}


GIVEN = f"d.id = ANY({statements.array('ids', 'uuid')}) AND d.lease_token = ANY({statements.array('tokens', 'uuid')})"

RECALLED = "agent stopped"
IN_HAND = f"d.state = 'leased' AND (d.excused AND d.last_error = '{RECALLED}') IS NOT TRUE"
"""Leased, and not recalled. Who waits for the lock of a row sees how it was recalled meanwhile, and of the stop itself
nothing."""


def in_order(which: str) -> str:
    """SQL for: the deliveries `d` of which this holds, their rows locked in the order of their ids. Leases are begun,
    extended and ended many at a time, without their intents: no two that do so wait for each other."""
    return f"d.id = ANY(ARRAY(SELECT d.id FROM intents_delivery d WHERE {which} ORDER BY d.id FOR UPDATE))"


_EXTEND = f"""
WITH in_force AS MATERIALIZED (
    SELECT d.id, d.lease_token, d.lease_expires_at - {clock.START} AS rest, make_interval(secs => v.seconds) AS term
    FROM intents_delivery d JOIN unnest(%(tokens)s::uuid[], %(seconds)s::float8[]) AS v(token, seconds)
      ON d.lease_token = v.token
    WHERE d.id = ANY({statements.array("ids", "uuid")}) AND {IN_HAND} AND NOT {stops.does_nothing("d", "target")}
    ORDER BY d.id FOR UPDATE OF d
), extended AS (
    UPDATE intents_delivery d
    SET lease_expires_at = greatest(d.lease_expires_at, {clock.NOW} + f.term)
    FROM in_force f WHERE d.id = f.id AND f.rest < f.term - make_interval(secs => %(spare)s::float8)
)
SELECT lease_token FROM in_force
"""


def extend(terms: Mapping[Lease, float], *, spare: float = 0.0) -> set[UUID]:
    """Let leases last for so many seconds from now; one that ends `spare` seconds before that, or later, is left as it is.
    Returns the tokens of those that are in force; none is of an agent that may do nothing, for what it holds goes back."""
    if not terms:
        return set()
    given = params(terms) | {"seconds": [float(one) for one in terms.values()], "spare": spare}
    return {row[0] for row in statements.rows(_EXTEND, given)}


_RENEW_ATTACHED = f"""
UPDATE intents_delivery d
SET lease_expires_at = {clock.NOW} + make_interval(secs => d.lease_seconds), excused = false
WHERE {
    in_order(
        f"{GIVEN} AND d.state = 'leased' AND d.carried_by = %(instance)s"
        f" AND d.lease_expires_at < {clock.NOW} + make_interval(secs => d.lease_seconds / 2.0)"
    )
}
"""


def renew_attached(given: Sequence[Lease], *, instance_id: UUID) -> None:
    """Renew the leases that open connections of this process carry, once half of their time is over."""
    statements.rows(_RENEW_ATTACHED, params(given) | {"instance": instance_id})


_BEGUN = f"""
SELECT d.id, d.lease_token, d.begun_at IS NOT NULL
FROM unnest(%(ids)s::uuid[], %(tokens)s::uuid[]) AS v(id, token)
JOIN intents_delivery d ON d.id = v.id AND d.lease_token = v.token
WHERE d.id = ANY({statements.array("ids", "uuid")}) AND d.state = 'leased'
"""


def begun(given: Sequence[Lease]) -> dict[Lease, bool]:
    """Of these leases the ones still in force, and whether their holder has made a call."""
    return {Lease(delivery_id, token): called for delivery_id, token, called in statements.rows(_BEGUN, params(given))}


_DETACH = f"""
UPDATE intents_delivery d SET carried_by = NULL WHERE {in_order(f"{GIVEN} AND d.state = 'leased'")}
"""


def detach_connection(given: Sequence[Lease]) -> None:
    """The server closed the connection: these leases run on by time alone."""
    statements.rows(_DETACH, params(given))


_DETACH_ALL = f"""
UPDATE intents_delivery d SET carried_by = NULL
WHERE {in_order("d.carried_by = %(instance)s AND d.state = 'leased'")}
"""


def detach_connections_of(instance_id: UUID) -> None:
    """`detach_connection` for whatever a server process carries that is about to end in order."""
    statements.rows(_DETACH_ALL, {"instance": instance_id})


_SHORTEN = f"""
UPDATE intents_delivery d
SET carried_by = NULL,
    lease_expires_at = least(d.lease_expires_at, greatest(
        {clock.NOW} + make_interval(secs => %(grace)s),
        (SELECT resumed_at + make_interval(secs => %(silent)s) FROM intents_pulse)
    )),
    last_error = '{pulse.LOST}'
WHERE {in_order(f"{GIVEN} AND {IN_HAND}")}
"""


def shorten_lease(given: Sequence[Lease]) -> None:
    """The client dropped the connection: these leases end after the grace time unless a call renews them.

    After a standstill of the server, which clients hang up in, the grace is as long as for everybody.
    """
    grace, silent = settings.CONNECTION_GRACE_SECONDS, settings.INSTANCE_SILENT_SECONDS
    statements.rows(_SHORTEN, params(given) | {"grace": grace, "silent": silent})


# By a key for the whole workspace an agent may hold another's work.
_HELD_BY = """
d.workspace_id = %(workspace)s AND d.hands_out AND d.state = 'leased' AND (
    d.target = ANY(%(targets)s::text[]) OR d.holder_key_id IN (
        SELECT k.id FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
        WHERE a.workspace_id = %(workspace)s AND a.status <> 'deleted' AND a.name = ANY(%(targets)s::text[])
    )
)
"""


def _recall(whose: str) -> str:
    return f"""
UPDATE intents_delivery d
SET carried_by = NULL, lease_expires_at = least(lease_expires_at, {clock.NOW}), excused = true, last_error = '{RECALLED}'
WHERE {in_order(whose)}
RETURNING d.target
"""


_RECALL = _recall(_HELD_BY)
_RECALL_ALL = _recall("d.workspace_id = %(workspace)s AND d.hands_out AND d.state = 'leased'")


def recall(*, workspace_id: UUID, targets: Sequence[str]) -> Counter[str]:
    """End the leases of agents that are stopped: what they hold goes back, and the attempts do not count. Returns how many
    of whose work."""
    params = {"workspace": workspace_id, "targets": list(targets), "now": clock.override()}
    return Counter(target for (target,) in statements.rows(_RECALL, params))


def recall_all(*, workspace_id: UUID) -> None:
    """The same of all agents of a workspace."""
    statements.rows(_RECALL_ALL, {"workspace": workspace_id, "now": clock.override()})


_OF_THE_DEAD = f"""
d.state = 'leased' AND d.carried_by IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM intents_instance i
    WHERE i.id = d.carried_by AND i.heartbeat_at > {clock.NOW} - make_interval(secs => %(silent)s)
) AND pg_postmaster_start_time() < {clock.NOW} - make_interval(secs => %(silent)s) AND NOT {pulse.STOOD_STILL}
  AND NOT EXISTS (SELECT 1 FROM intents_pulse WHERE resumed_at > {clock.NOW} - make_interval(secs => %(silent)s))
"""
_REAP = f"""
UPDATE intents_delivery d
SET carried_by = NULL, lease_expires_at = least(d.lease_expires_at, {clock.NOW}), last_error = 'server process lost'
WHERE {in_order(_OF_THE_DEAD)}
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
        SELECT {COLUMNS} FROM intents_delivery d
        WHERE d.state = 'leased' AND d.lease_expires_at <= {clock.START} AND NOT {pulse.STOOD_STILL}
          AND NOT d.id = ANY(%(aside)s)
        ORDER BY d.lease_expires_at LIMIT %(limit)s
    """
    return deliveries(query, {"limit": limit, "aside": list(aside), "now": clock.override()})


def take_expired(given: Sequence[Lease]) -> dict[UUID, Delivery]:
    """Of these leases the ones still run out, their rows locked in id order, by intent.

    The caller holds the intents.
    """
    query = f"""
        SELECT {COLUMNS} FROM intents_delivery d
        WHERE {GIVEN} AND d.state = 'leased' AND d.lease_expires_at <= {clock.NOW} AND NOT {pulse.STOOD_STILL}
        ORDER BY d.id FOR UPDATE
    """
    return {row.intent_id: row for row in deliveries(query, params(given))}


_START = f"""
WITH given AS MATERIALIZED (
    SELECT d.id, {stops.does_nothing("d", "target")} AS stopped FROM intents_delivery d
    WHERE {GIVEN} AND {IN_HAND} ORDER BY d.id FOR UPDATE OF d
)
UPDATE intents_delivery d
SET lease_expires_at = {clock.NOW} + CASE WHEN g.stopped THEN interval '0' ELSE make_interval(secs => d.lease_seconds) END,
    excused = g.stopped, last_error = CASE WHEN g.stopped THEN '{RECALLED}' END
FROM given g WHERE d.id = g.id
RETURNING d.intent_id, d.lease_expires_at, g.stopped
"""


def start_leases(given: Sequence[Lease]) -> dict[UUID, datetime]:
    """Begin leases in full. Returns when those end that are still in force, by intent. Those of an agent that was stopped
    just when they were given are recalled here: who stopped it did not see them. The caller holds the intents."""
    started = statements.rows(_START, params(given))
    return {intent_id: ends_at for intent_id, ends_at, stopped in started if not stopped}
