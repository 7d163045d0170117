"""What was said and decided about a task, and the files of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.tasks.answers import evidence_ids
from inbox.tasks.models import Decision, Task
from intents.engine.lifecycle import EventType
from intents.files.models import Media
from intents.kernel import canonical, statements


def decision(row: Task) -> Decision | None:
    """The decision of a task's current revision that holds."""
    found = Decision.objects.filter(task_id=row.id, revision=row.revision, void_at__isnull=True)
    return found.select_related("person", "delegated_by").first()


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the history of a task. `action` is asked, answered, commented, claimed, released, delegated,
    undelegated, assigned,
    escalated, reminded, taken_back, decided (also when it is held, or never took effect); `details` tell more."""

    at: datetime
    actor: str
    action: str
    details: dict[str, Any]


_TOLD = {
    EventType.COMMENT: "commented",
    EventType.QUESTION: "asked",
    EventType.ANSWER: "answered",
    EventType.ESCALATED: "escalated",
    EventType.REMINDER: "reminded",
}
MOST_HAPPENINGS = 500


_EVENTS = f"""
SELECT at, actor, event_type, details FROM intents_intentevent
WHERE intent_id = %(intent)s AND event_type = ANY(%(types)s) ORDER BY seq DESC LIMIT {MOST_HAPPENINGS}
"""
# Those that hold and those that never took effect have an index each.
_DECISIONS = """
SELECT d.at, p.email, json_strip_nulls(json_build_object(
    'outcome', d.outcome, 'comment', d.comment, 'authority', d.authority, 'channel', d.channel, 'delegated_by', b.email,
    'void_reason', d.void_reason
))
FROM (
    SELECT * FROM inbox_decision WHERE task_id = %(task)s AND void_at IS NULL
    UNION ALL SELECT * FROM inbox_decision WHERE task_id = %(task)s AND void_at IS NOT NULL
) d
JOIN intents_user p ON p.id = d.person_id LEFT JOIN intents_user b ON b.id = d.delegated_by_id
"""


def history(row: Task) -> list[Happening]:
    """What people and agents said and did about a task, oldest first, the newest MOST_HAPPENINGS."""
    params = {"intent": row.intent_id, "task": row.id, "types": list(_TOLD)}
    found = []
    for at, actor, event_type, text in statements.rows(_EVENTS, params):
        details = canonical.loads(text) if text else {}
        if details.pop("task_id", str(row.id)) == str(row.id):
            found.append(Happening(at, actor, details.pop("action", _TOLD[EventType(event_type)]), details))
    for at, email, told in statements.rows(_DECISIONS, params):
        found.append(Happening(at, email, "decided", told))
    return sorted(found, key=lambda one: one.at)


def files(workspace_id: UUID, ids: Sequence[UUID]) -> list[Media]:
    """The finished files of these ids, in their order. For tasks whose visibility was checked."""
    if not ids:
        return []
    rows = Media.objects.filter(workspace_id=workspace_id, id__in=ids, finalized_at__isnull=False)
    found = {row.id: row for row in rows}
    return [found[one] for one in ids if one in found]


def attachments(row: Task) -> list[Media]:
    """The files that a task shows."""
    return files(row.workspace_id, [UUID(one) for one in canonical.loads(row.spec).get("attachments", ())])


def evidence(row: Task) -> list[Media]:
    """The files that the decision of a task brought."""
    found = decision(row) if row.decided_by_id is not None else None
    data = canonical.loads(found.data) if found is not None and found.data else {}
    return files(row.workspace_id, list(evidence_ids(data).values()))
