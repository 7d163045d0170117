"""The pulse of the scheduler loop: when it last looked at what is due, and what a gap means.

While the server itself stood still, frozen, down or without its database, nobody could renew a lease. So the leases in force
when it stopped get the time back, and a grace for their holders to be heard, before anything is taken back.
"""

import math

from django.conf import settings

from intents.kernel import clock, statements

NOTE_SECONDS = 1
"""A look is noted this often."""
GAP_SECONDS = 5
"""A look that is older was the last before a standstill."""

NOTE = f"""
UPDATE intents_pulse SET looked_at = {clock.NOW} WHERE id = (
    SELECT id FROM intents_pulse
    WHERE looked_at BETWEEN {clock.START} - interval '{GAP_SECONDS} s' AND {clock.START} - interval '{NOTE_SECONDS} s'
    FOR UPDATE SKIP LOCKED
)
"""
"""Notes a look, without waiting for another that does."""

_STEADY = f"BETWEEN {clock.START} - interval '{GAP_SECONDS} s' AND {clock.START} + interval '{GAP_SECONDS} s'"
STEADY = f"EXISTS (SELECT 1 FROM intents_pulse WHERE looked_at {_STEADY})"
"""SQL for: the last look was just now. A time ahead of the clock's is from before the clock was set back."""
STOOD_STILL = f"EXISTS (SELECT 1 FROM intents_pulse WHERE looked_at < {clock.START} - interval '{GAP_SECONDS} s')"
"""SQL for: there was a standstill, and nobody has seen to the leases yet."""

LOST = "connection lost"

_RESUME = f"""
WITH pulse AS MATERIALIZED (
    SELECT id, looked_at, {clock.NOW} AS at FROM intents_pulse WHERE NOT looked_at {_STEADY} FOR UPDATE
), gap AS (
    SELECT looked_at, at FROM pulse WHERE looked_at < at
), held AS MATERIALIZED (
    SELECT d.id FROM intents_delivery d, gap
    WHERE d.state = 'leased' AND d.lease_expires_at > gap.looked_at ORDER BY d.id FOR UPDATE OF d
), excused AS (
    UPDATE intents_delivery d
    SET excused = true, lease_expires_at = make_interval(secs => %(grace)s) + least(
        d.lease_expires_at + (gap.at - gap.looked_at),
        gap.at + make_interval(secs => CASE WHEN d.last_error = '{LOST}' THEN %(lost)s ELSE d.lease_seconds END)
    )
    FROM gap WHERE d.id = ANY(ARRAY(SELECT id FROM held))
    RETURNING d.id
)
UPDATE intents_pulse p
SET looked_at = pulse.at, resumed_at = CASE WHEN pulse.looked_at < pulse.at THEN pulse.at ELSE p.resumed_at END
FROM pulse WHERE p.id = pulse.id
RETURNING (SELECT extract(epoch FROM at - looked_at) FROM gap), (SELECT count(*) FROM excused)
"""
# A lease never gets more than its whole length and the grace. One whose client hung up gets the time for coming back.


def resume() -> tuple[float, int] | None:
    """Note the first look of all, or the first after a standstill, and give the leases in force the time back.

    Returns how many seconds it lasted and how many leases there were, None without a standstill.
    """
    now = clock.override()
    statements.rows(
        f"INSERT INTO intents_pulse (id, looked_at) VALUES (1, {clock.NOW}) ON CONFLICT DO NOTHING", {"now": now}
    )
    params = {"now": now, "grace": settings.INSTANCE_SILENT_SECONDS, "lost": settings.CONNECTION_GRACE_SECONDS}
    found = statements.rows(_RESUME, params)
    return (float(found[0][0]), found[0][1]) if found and found[0][0] is not None else None


def age() -> float:
    """Seconds since any process last noted a look; infinite when none ever did."""
    query = f"SELECT extract(epoch FROM {clock.NOW} - looked_at) FROM intents_pulse"
    found = statements.rows(query, {"now": clock.override()})
    return float(found[0][0]) if found else math.inf
