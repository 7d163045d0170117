"""What agents made of a decision: what they reported, and how the intent ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox.tasks.models import Task
from intents.engine.lifecycle import EVENT_OF, TERMINAL, EventType
from intents.kernel import canonical, statements

MOST_REPORTS = 50
ENDS = frozenset(EVENT_OF[status] for status in TERMINAL)
_TYPES = [EventType.IN_PROGRESS, EventType.CHECKPOINT, EventType.TRANSFER, EventType.HUMAN_TASK_ASSIGNED, *ENDS]


@dataclass(frozen=True, slots=True)
class Report:
    """What `actor` reported at a time. `event_type` is that of the event, `details` are its own."""

    at: datetime
    actor: str
    event_type: EventType
    details: dict[str, Any]


# Where people are asked again, what follows is about that.
_REPORTS = f"""
SELECT e.at, e.actor, e.event_type, e.details FROM intents_intentevent e
WHERE e.intent_id = %(intent)s AND e.event_type = ANY(%(types)s) AND e.at >= %(since)s AND e.seq <= coalesce((
    SELECT min(n.seq) FROM intents_intentevent n
    WHERE n.intent_id = %(intent)s AND n.event_type = '{EventType.HUMAN_TASK_ASSIGNED}' AND n.at >= %(since)s
), 2147483647)
ORDER BY e.seq DESC LIMIT {MOST_REPORTS}
"""


def reports(row: Task) -> list[Report]:
    """What agents reported since a task that is over was decided or ended, oldest first, the newest MOST_REPORTS; up to
    where people are asked again. Checks no actor."""
    since = row.decided_at or row.ended_at
    if since is None:
        return []
    params = {"intent": row.intent_id, "types": list(_TYPES), "since": since}
    found = statements.rows(_REPORTS, params)
    return [
        Report(at, actor, EventType(event_type), canonical.loads(text) if text else {})
        for at, actor, event_type, text in reversed(list(found))
    ]
