"""Forgetting what the mesh needs no more."""

from datetime import timedelta

from intents.kernel import clock, statements
from intents.mesh.health import SLACK_SECONDS

KEPT = timedelta(days=400)
"""For so long it is kept what agents told of hours, and what happened to them: a year, and the month to compare it with."""
SILENT = timedelta(days=90)
"""After so long without a heartbeat an agent is forgotten that nobody has registered, and what was usual for any."""

_RECEIPTS = f"DELETE FROM intents_heartbeatreceipt WHERE at < {clock.START} - interval '1 hour'"
"""Of heartbeats that nobody sends again any more."""
_RESERVATIONS = f"""
DELETE FROM intents_meshreservation r WHERE r.at < {clock.START} - interval '1 hour' AND NOT EXISTS (
    SELECT FROM intents_intent i
    LEFT JOIN intents_heartbeat h ON h.workspace_id = r.workspace_id AND h.name = r.name
    WHERE i.id = r.intent_id AND (
        i.status NOT IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT')
        OR i.updated_at > {clock.START} - make_interval(
            secs => greatest(3600, 2 * coalesce(h.interval_seconds, 0) + {SLACK_SECONDS})
        )
    )
)
"""
"""What was set aside for intents that are over, and told of since or not: each submit sums those of its agent."""
_HOURS = f"DELETE FROM intents_meshhour WHERE hour < {clock.START} - %(kept)s::interval"
# By id, which is ordered by time.
_EVENTS = f"DELETE FROM intents_meshevent WHERE id < %(first)s AND at < {clock.START} - %(kept)s::interval"
_BREACHES = f"""
DELETE FROM intents_meshbreach b WHERE b.id < %(first)s AND b.at < {clock.START} - %(kept)s::interval AND NOT EXISTS (
    SELECT FROM intents_intent i WHERE i.id = b.task_intent_id AND b.lifted_at IS NULL
)
"""
"""But for those that somebody is still asked about."""
_BASELINES = f"DELETE FROM intents_meshbaseline WHERE hour < {clock.START} - %(silent)s::interval"
_HEARTBEATS = f"""
DELETE FROM intents_heartbeat h WHERE h.last_at < {clock.START} - %(silent)s::interval AND NOT EXISTS (
    SELECT FROM intents_agent a WHERE a.workspace_id = h.workspace_id AND a.name = h.name AND a.status <> 'deleted'
)
"""


def prune() -> None:
    """Delete what is past its time."""
    params = {"now": clock.override(), "kept": KEPT, "silent": SILENT, "first": clock.first_id(clock.now() - KEPT)}
    for query in (_RECEIPTS, _RESERVATIONS, _HOURS, _EVENTS, _BREACHES, _BASELINES, _HEARTBEATS):
        statements.rows(query, params)
