"""Telling of agents whose health has changed: each change once, by whichever process notices.

The row of an agent says when it is to be looked at again, by time or because it was heard of; its lock is held while it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.accounts import bindings
from intents.kernel import canonical, clock, statements
from intents.kernel.clock import rfc3339
from intents.kernel.unit_of_work import unit
from intents.mesh import health, hearing, noticing
from intents.mesh.health import Health, Signs
from intents.mesh.noticing import Told

BATCH, MOST_BATCHES = 500, 40
STUCK, UNSTUCK = "stuck", "unstuck"

_DUE = f"""
WITH due AS MATERIALIZED (
    SELECT * FROM intents_heartbeat WHERE check_at <= {clock.START} ORDER BY check_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), moment AS MATERIALIZED (
    SELECT {clock.NOW} AS now
)
SELECT h.id, h.workspace_id, h.name, h.health, h.stuck, h.first_at, h.last_at, h.interval_seconds, h.metrics,
       coalesce(s.state, CASE WHEN a.status = 'suspended' THEN a.status END, ''), work.oldest_at,
       CASE WHEN work.oldest_at < moment.now - interval '{health.STUCK.seconds} s' THEN (
           SELECT count(*) FROM intents_delivery
           WHERE workspace_id = h.workspace_id AND target = h.name AND hands_out AND state = 'leased'
       ) ELSE 0 END, moment.now, {hearing.SINCE}, {hearing.UNTIL}
FROM due h CROSS JOIN moment LEFT JOIN intents_pulse pulse ON true
LEFT JOIN intents_agentstop s ON s.workspace_id = h.workspace_id AND s.name = h.name
LEFT JOIN intents_agent a ON a.workspace_id = h.workspace_id AND a.name = h.name AND a.status <> 'deleted'
CROSS JOIN LATERAL (
    SELECT min(first.created_at) AS oldest_at FROM unnest(%(bindings)s::text[]) AS b(name) CROSS JOIN LATERAL (
        SELECT created_at FROM intents_delivery
        WHERE workspace_id = h.workspace_id AND binding = b.name AND target = h.name AND state = 'ready' AND hands_out
        ORDER BY id LIMIT 1
    ) first
) work
"""
_KEEP = """
UPDATE intents_heartbeat h SET health = v.health, stuck = v.stuck, check_at = v.check_at
FROM unnest(%(ids)s::uuid[], %(healths)s::text[], %(stuck)s::bool[], %(checks)s::timestamptz[])
    AS v(id, health, stuck, check_at)
WHERE h.id = v.id
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """An agent as it was told to be, and as it is."""

    id: UUID
    workspace_id: UUID
    name: str
    told: str
    told_stuck: bool
    signs: Signs

    @property
    def health(self) -> Health:
        return health.health(self.signs)

    @property
    def stuck(self) -> bool:
        return health.is_stuck(self.signs)


def watch() -> int:
    """Tell of all changes that there are to tell of. Returns at how many agents was looked."""
    hearing.note()
    count = 0
    for _ in range(MOST_BATCHES):
        some = _batch()
        count += some
        if some < BATCH:
            break
    return count


# Who is silent has to be heard of first: after a standstill it would have its whole time again.
_CHECK = f"""
UPDATE intents_heartbeat SET check_at = %(at)s
WHERE workspace_id = %(workspace)s AND name = ANY(%(names)s::text[]) AND health <> '{Health.UNREACHABLE}'
"""


def look_again(*, workspace_id: UUID, names: Collection[str], at: datetime) -> None:
    """Have it told anew how agents are that go on, in the running transaction."""
    statements.rows(_CHECK, {"workspace": workspace_id, "names": sorted(names), "at": at})


@unit
def _batch() -> int:
    params = {"now": clock.override(), "bindings": [one.name for one in bindings.handing_out()]}
    found = [_look(row) for row in statements.rows(_DUE, params)]
    if not found:
        return 0
    kept = {
        "ids": [one.id for one in found],
        "healths": [str(one.health) for one in found],
        "stuck": [one.stuck for one in found],
        "checks": [health.next_check(one.signs) for one in found],
    }
    statements.rows(_KEEP, kept)
    noticing.tell([event for one in found for event in _changes(one)])
    return len(found)


def _look(row: Sequence[Any]) -> _Look:
    id_, workspace_id, name, told, told_stuck, first_at, last_at, interval, metrics, state, oldest_at, leased, *times = row
    now, resumed_at, heard_until = times
    counted = canonical.loads(metrics)
    signs = Signs(
        now=now,
        heard_until=heard_until,
        resumed_at=resumed_at,
        state=state,
        created_at=first_at,
        heartbeat_at=last_at,
        interval_seconds=interval,
        succeeded=counted.get("intents_succeeded", 0),
        failed=counted.get("intents_failed", 0),
        oldest_at=oldest_at,
        leased=leased,
    )
    return _Look(id_, workspace_id, name, told, told_stuck, signs)


def _changes(one: _Look) -> list[Told]:
    """What is to be told. That an agent was killed, who did it tells."""
    signs, told = one.signs, []
    assert signs.heartbeat_at is not None
    if one.health != one.told and one.health is not Health.KILLED:
        details = {
            "before": one.told or None,
            "last_heartbeat_at": rfc3339(signs.heartbeat_at),
            "interval_seconds": signs.interval_seconds,
        }
        counted = {"intents_succeeded": signs.succeeded, "intents_failed": signs.failed} if signs.failed else {}
        told.append(noticing.of(one.workspace_id, one.name, str(one.health), at=signs.now, details=details | counted))
    if one.stuck != one.told_stuck:
        since = {"waiting_since": rfc3339(signs.oldest_at)} if signs.oldest_at and one.stuck else {}
        told.append(noticing.of(one.workspace_id, one.name, STUCK if one.stuck else UNSTUCK, at=signs.now, details=since))
    return told
