"""What must hold of the feed, beside its constraints."""

from intents.engine.invariants import Eventual

NAMED = "an event in the feed is of its workspace and type"
# Each event by itself: the feed is far longer than the intents that are asked of.
OF_ITS_EVENT = """
SELECT e.intent_id FROM intents_intentevent e
CROSS JOIN LATERAL (SELECT * FROM intents_feedentry WHERE event_id = e.id LIMIT 1) f
WHERE f.workspace_id <> e.workspace_id OR f.event_type <> e.event_type OR NOT f.of_intent
"""
COMPLETE_NAMED = "every event older than a minute is in the feed"
COMPLETE = Eventual(
    """
SELECT e.intent_id FROM intents_intentevent e JOIN intents_feedstate s ON e.at >= s.kept_from
LEFT JOIN LATERAL (SELECT seq FROM intents_feedentry WHERE event_id = e.id LIMIT 1) f ON true
WHERE f.seq IS NULL AND e.at < clock_timestamp() - interval '1 minute'
""",
    seconds=60,
)
