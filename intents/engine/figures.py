"""How the server is doing, as the database tells: how far behind it is, and what it did."""

from intents.accounts import bindings
from intents.engine import outbox
from intents.kernel import statements

_READINESS = f"""
SELECT (SELECT extract(epoch FROM clock_timestamp() - max(heartbeat_at)) FROM intents_instance WHERE kind = 'beat'),
       (SELECT extract(epoch FROM clock_timestamp() - due_at) FROM intents_timer
        WHERE next_at < (SELECT clock_timestamp()) ORDER BY next_at LIMIT 1),
       (SELECT extract(epoch FROM clock_timestamp() - min(lease_expires_at)) FROM intents_delivery WHERE state = 'leased'),
       (SELECT max(extract(epoch FROM clock_timestamp() - oldest.created_at)) FROM {outbox.OWN_WORK}),
       (SELECT extract(epoch FROM clock_timestamp() - max(looked_at)) FROM intents_pulse),
       current_setting('transaction_read_only') = 'on'
"""


def readiness() -> dict[str, float | None]:
    """How far behind the scheduler loop is: `beat_age_seconds` since beat last reached a worker, `look_age_seconds` since
    any process last looked at what is due, None when that never was; `timer_lag_seconds` that the oldest due timer is late,
    `outbox_lag_seconds` that the oldest lease to have run out waits to be delivered again, or that the oldest work of this
    server itself, the agents inside it included, waits to be done; 0 when none does. `database_read_only` is 1 when the
    database takes no writes."""
    ((beat_age, timer_lag, lease_lag, own_lag, look_age, read_only),) = statements.rows(
        _READINESS, {"own": bindings.own_work()}
    )
    return {
        "beat_age_seconds": None if beat_age is None else float(beat_age),
        "look_age_seconds": None if look_age is None else max(0.0, float(look_age)),
        "timer_lag_seconds": max(0.0, float(timer_lag or 0)),
        "outbox_lag_seconds": max(0.0, float(lease_lag or 0), float(own_lag or 0)),
        "database_read_only": float(read_only),
    }


_TOTALS = """
SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM intents_mailbox_seq),
       (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relid = 'intents_intent'::regclass),
       (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relid = 'intents_intentevent'::regclass)
"""


def totals() -> dict[str, int]:
    """What all processes together did, as PostgreSQL has counted it: `deliveries`, `intents` submitted, `events` recorded.

    No table is read. The last two may lag by a second and start anew after a crash of the database.
    """
    ((deliveries, intents_, events_),) = statements.rows(_TOTALS, ())
    return {"deliveries": deliveries, "intents": intents_ or 0, "events": events_ or 0}
