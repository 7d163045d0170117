"""What each state of `is:` means, as statuses or as SQL of the ids of intents. It is defined here and nowhere else.

What few intents are is looked up as a set, from indexes that hold those alone, so that such a list costs what it shows.
"""

from typing import Any

from inbox.tasks.models import sort_at
from inbox.tasks.selectors import UNROUTABLE_INTENTS
from intents.engine.lifecycle import TERMINAL, Status
from intents.kernel import clock

UNTAKEN = "1 hour"
"""So long work may lie before it counts as stuck: nobody takes it."""
SILENT = "1 day"
"""So long a tool or an agent may be silent, where no deadline will end the wait, before that counts as stuck."""
SOON = "1 hour"

STATUSES = {
    "open": frozenset(Status) - TERMINAL,
    "waiting": {Status.WAITING},
    "done": {Status.COMPLETED},
    "failed": {Status.FAILED},
    "canceled": {Status.CANCELED},
    "expired": {Status.TIMED_OUT},
}


def texts(values: Any) -> str:
    """A list of SQL texts, of values that are this code's own."""
    return ", ".join(f"'{value}'" for value in sorted(values))


ENDED = texts(TERMINAL)
WORKSPACE = "workspace_id = %(workspace)s::uuid"

DECIDED = f"""
SELECT t.intent_id FROM inbox_task t
WHERE t.{WORKSPACE} AND t.over_at IS NOT NULL AND t.state IN ('decided', 'held')
"""
"""What people decided, by the index of what is over."""
# When a person is to have decided, as their own list has it; when the intent, or the answer it waits for, is due.
DUE = f"""
SELECT t.intent_id FROM inbox_task t
WHERE t.{WORKSPACE} AND t.state IN ('claimed', 'open') AND {sort_at("t.")} {{op}} {{moment}}
UNION ALL
SELECT d.id FROM intents_intent d
WHERE d.{WORKSPACE} AND NOT d.status IN ({ENDED}) AND d.deadline_at IS NOT NULL AND d.deadline_at {{op}} {{moment}}
UNION ALL
SELECT w.intent_id FROM intents_wait w
WHERE w.{WORKSPACE} AND w.state = 'open' AND w.reason IN ('WAITING_FOR_AGENT', 'WAITING_FOR_TOOL')
  AND w.deadline_at {{op}} {{moment}}
"""
# Work that nobody takes; a silent tool or agent where nothing will end the wait, unless a child is still at it.
_STUCK = f"""
SELECT d.intent_id FROM intents_delivery d JOIN intents_intent i ON i.id = d.intent_id
WHERE d.{WORKSPACE} AND d.state = 'ready' AND d.hands_out AND i.updated_at <= {clock.START} - interval '{UNTAKEN}'
UNION ALL
SELECT w.intent_id FROM intents_wait w JOIN intents_intent i ON i.id = w.intent_id
WHERE w.{WORKSPACE} AND w.state = 'open' AND w.reason IN ('WAITING_FOR_AGENT', 'WAITING_FOR_TOOL')
  AND w.deadline_at IS NULL AND i.deadline_at IS NULL AND w.opened_at <= {clock.START} - interval '{SILENT}'
  AND NOT EXISTS (SELECT FROM intents_intent c WHERE c.parent_id = w.intent_id AND NOT c.status IN ({ENDED}))
UNION ALL
SELECT n.intent_id FROM ({UNROUTABLE_INTENTS}) n
"""
_RETRYING = f"""
SELECT d.intent_id FROM intents_delivery d
WHERE d.{WORKSPACE} AND d.hands_out AND d.state = 'ready' AND d.attempt >= 1
UNION ALL
SELECT d.intent_id FROM intents_delivery d
WHERE d.{WORKSPACE} AND d.hands_out AND d.state = 'leased' AND d.attempt >= 2
UNION ALL
SELECT r.id FROM intents_intent r
WHERE r.{WORKSPACE} AND NOT r.status IN ({ENDED}) AND r.retry_count > 0
  AND (r.status <> 'WAITING' OR r.waiting_reason = 'WAITING_FOR_TIME')
"""
_DEAD = f"SELECT d.intent_id FROM intents_delivery d WHERE d.{WORKSPACE} AND d.state = 'dead'"
# The first may have been removed since.
_RERUN = f"""
SELECT o.id FROM intents_intent r JOIN intents_intent o ON o.id = r.rerun_of_id
WHERE r.{WORKSPACE} AND r.rerun_of_id IS NOT NULL
"""
_OVERDUE = DUE.format(op="<=", moment=clock.START)
_BY_SOON = DUE.format(op="<=", moment=f"{clock.START} + interval '{SOON}'")
SETS = {
    "overdue": _OVERDUE,
    "due-soon": f"SELECT soon.* FROM ({_BY_SOON}) soon EXCEPT SELECT late.* FROM ({_OVERDUE}) late",
    "stuck": _STUCK,
    "unroutable": UNROUTABLE_INTENTS,
    "retrying": _RETRYING,
    "dead": _DEAD,
    "rerun": _RERUN,
}
SHARED = {"overdue": _OVERDUE, "unroutable": UNROUTABLE_INTENTS}
"""What several queries look up, so that those asked together can look it up once."""
