"""Messages in line: of an intent, for an endpoint that keeps its order, the first alone is due."""

from collections.abc import Iterable
from uuid import UUID

from intents.kernel import clock, statements
from intents.sending.outbox import LEASE_SECONDS

# Who waits behind another is due some time after it, so that no look for what is due goes through a line of thousands that
# may not be posted. Whenever the first of a line ends or is tried, the line moves up.
_MOVE_UP = f"""
WITH line AS (
    SELECT m.id, m.attempt, first_value(m.id) OVER ahead AS head, first_value(m.due_at) OVER ahead AS due_at
    FROM unnest(%(subscriptions)s::uuid[], %(intents)s::uuid[]) AS p(subscription_id, intent_id)
    JOIN intents_webhookmessage m ON m.subscription_id = p.subscription_id AND m.intent_id = p.intent_id
    WHERE m.state IN ('ready', 'leased')
    WINDOW ahead AS (PARTITION BY m.subscription_id, m.intent_id ORDER BY m.created_at, m.id)
)
UPDATE intents_webhookmessage m SET due_at = CASE
    WHEN line.id = line.head THEN {clock.NOW}
    ELSE greatest(line.due_at, {clock.NOW}) + make_interval(secs => {LEASE_SECONDS}) END
FROM line WHERE m.id = line.id AND m.state = 'ready' AND (line.id <> line.head OR m.attempt = 0)
"""


def move_up(lines: Iterable[tuple[UUID, UUID]]) -> None:
    """Let lines, each of a subscription and an intent, move up: the first is due if it was never tried, others after it."""
    found = sorted(set(lines))
    if found:
        subscriptions, intents = zip(*found, strict=True)
        params = {"subscriptions": list(subscriptions), "intents": list(intents), "now": clock.override()}
        statements.rows(_MOVE_UP, params)
