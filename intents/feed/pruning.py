"""Forgetting what is older than the feed is kept for."""

from datetime import timedelta

from django.conf import settings

from intents.feed.sequencer import microseconds
from intents.kernel import clock, statements
from intents.kernel.unit_of_work import unit

BATCH = 5000

_KEEP = "UPDATE intents_feedstate SET kept_from = greatest(kept_from, %s) WHERE id = 1 RETURNING kept_from"
# In the order of the feed, so that what is kept begins at one place.
_PRUNE = f"""
WITH gone AS (
    DELETE FROM intents_feedentry WHERE seq = ANY(ARRAY(
        SELECT seq FROM intents_feedentry WHERE seq < %(before)s::bigint AND at < %(kept_from)s::timestamptz
        ORDER BY seq LIMIT {BATCH}
    )) RETURNING seq, event_id, of_intent
), events AS (
    DELETE FROM intents_workspaceevent w USING gone WHERE NOT gone.of_intent AND w.id = gone.event_id
)
UPDATE intents_feedstate SET pruned_seq = greatest(pruned_seq, (SELECT max(seq) FROM gone))
WHERE id = 1 AND EXISTS (SELECT FROM gone) RETURNING (SELECT count(*) FROM gone)
"""


def prune() -> int:
    """Delete entries that came FEED_DAYS ago or before, and events of theirs that are no intent's. Returns how many."""
    count = 0
    while some := _some():
        count += some
    return count


@unit
def _some() -> int:
    kept = statements.rows(_KEEP, [clock.now() - timedelta(days=settings.FEED_DAYS)])
    if not kept:
        return 0
    found = statements.rows(_PRUNE, {"before": microseconds(kept[0][0]), "kept_from": kept[0][0]})
    return found[0][0] if found else 0
