"""What was said and decided about a task, and the files of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.answers import evidence_ids
from inbox.models import Decision, Task
from intents import canonical
from intents.lifecycle import EventType
from intents.models import IntentEvent, Media


def decision(row: Task) -> Decision | None:
    """The decision of a task's current revision that holds."""
    found = Decision.objects.filter(task_id=row.id, revision=row.revision, void_at__isnull=True)
    return found.select_related("person", "delegated_by").first()


def decisions(row: Task) -> list[Decision]:
    """All decisions of a task, oldest first, also those that never took effect."""
    made = Decision.objects.filter(task_id=row.id).select_related("person", "delegated_by")
    return sorted([*made.filter(void_at__isnull=True), *made.filter(void_at__isnull=False)], key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the history of a task. `action` is asked, answered, commented, claimed, released, delegated, assigned,
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


def history(row: Task) -> list[Happening]:
    """What people and agents said and did about a task, oldest first, the newest MOST_HAPPENINGS."""
    events = IntentEvent.objects.filter(intent_id=row.intent_id, event_type__in=list(_TOLD)).order_by("-seq")
    found = []
    for event in events[:MOST_HAPPENINGS]:
        details = canonical.loads(event.details) if event.details else {}
        if details.pop("task_id", str(row.id)) == str(row.id):
            action = details.pop("action", _TOLD[EventType(event.event_type)])
            found.append(Happening(event.at, event.actor, action, details))
    for made in decisions(row):
        told = {"outcome": made.outcome, "comment": made.comment, "authority": made.authority, "channel": made.channel}
        told |= {"delegated_by": made.delegated_by.email if made.delegated_by else None, "void_reason": made.void_reason}
        kept = {name: value for name, value in told.items() if value is not None}
        found.append(Happening(made.at, made.person.email, "decided", kept))
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
