"""What was said and decided about a task, and the files of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.tasks.answers import evidence_ids
from inbox.tasks.models import Decision, Task
from inbox.tasks.selectors.lookup import may_see
from intents.engine.lifecycle import EventType
from intents.files.models import Media
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.asks import Ask, Sql, alone
from intents.kernel.errors import Missing


def decision(row: Task) -> Decision | None:
    """The decision of a task's current revision that holds; of several votes, the one that settled it."""
    found = Decision.objects.filter(task_id=row.id, revision=row.revision, void_at__isnull=True, final=True)
    return found.select_related("person", "delegated_by", "standing_grant").first()


def decision_named(actor: Tenant, decision_id: UUID) -> Decision:
    """A decision of a task that `actor` may see, with its task and intent, unless it never took effect. Raises Missing."""
    known = Decision.objects.filter(workspace_id=actor.workspace_id, id=decision_id, void_at__isnull=True, final=True)
    found = known.select_related("person", "task", "task__intent", "task__decided_by", "task__claimed_by").first()
    if found is None or not may_see(actor, found.task):
        raise Missing(f"no receipt has the id {decision_id}", receipt_id=str(decision_id))
    return found


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the history of a task. `action` is asked, answered, commented, claimed, released, delegated,
    undelegated, assigned, reassigned,
    escalated, reminded, taken_back, voted, vote_taken_back, stage_began, stage_returned,
    substituted, skipped, closed_by_rule, approver_added, clock_paused, clock_resumed, decided (also when it is held, or
    never took effect); `details` tell more."""

    at: datetime
    actor: str
    action: str
    details: dict[str, Any]


TOLD = {
    EventType.COMMENT: "commented",
    EventType.QUESTION: "asked",
    EventType.ANSWER: "answered",
    EventType.ESCALATED: "escalated",
    EventType.REMINDER: "reminded",
}
MOST_HAPPENINGS = 500


_EVENTS = Sql(
    f"""
SELECT at, actor, event_type, details FROM intents_intentevent
WHERE intent_id = %(intent)s AND event_type = ANY(%(types)s) ORDER BY seq DESC LIMIT {MOST_HAPPENINGS}
""",
    ("at", "actor", "event_type", "details"),
)
# Those that hold and those that never took effect have an index each.
_DECISIONS = Sql(
    """
SELECT d.at, p.email, json_strip_nulls(json_build_object(
    'outcome', d.outcome, 'comment', d.comment, 'authority', d.authority, 'channel', d.channel, 'delegated_by', b.email,
    'void_reason', d.void_reason, 'vote', CASE WHEN NOT d.final THEN d.stage + 1 END,
    'standing_grant', g.name, 'changes', CASE WHEN %(editable)s THEN d.data::json -> 'changes' END
))
FROM (
    SELECT * FROM inbox_decision WHERE task_id = %(task)s AND void_at IS NULL
    UNION ALL SELECT * FROM inbox_decision WHERE task_id = %(task)s AND void_at IS NOT NULL
) d
JOIN intents_user p ON p.id = d.person_id LEFT JOIN intents_user b ON b.id = d.delegated_by_id
LEFT JOIN inbox_standinggrant g ON g.id = d.standing_grant_id
""",
    ("at", "email", "decided"),
)


def history(row: Task) -> list[Happening]:
    """What people and agents said and did about a task, oldest first, the newest MOST_HAPPENINGS."""
    return in_order(alone(ask_events(row)), alone(ask_decisions(row)))


def ask_events(row: Task) -> Ask[Sequence[Happening]]:
    """What `history` has of the events of the task's intent."""

    def read(rows: Sequence[Sequence[Any]]) -> list[Happening]:
        found = [told(row, *one) for one in reversed(rows)]
        return [one for one in found if one is not None and one.action != "voted"]  # That is among the decisions.

    return Ask(_EVENTS, {"intent": row.intent_id, "types": list(TOLD)}, read)


def ask_decisions(row: Task) -> Ask[Sequence[Happening]]:
    """What `history` has of the task's decisions."""

    def read(rows: Sequence[Sequence[Any]]) -> list[Happening]:
        return [Happening(at, who, "voted" if made.pop("vote", None) else "decided", made) for at, who, made in rows]

    return Ask(_DECISIONS, {"task": row.id, "editable": "editable_fields" in canonical.loads(row.spec)}, read)


def in_order(events: Sequence[Happening], decisions: Sequence[Happening]) -> list[Happening]:
    """What a decision brought about comes after it."""
    return sorted([*events, *decisions], key=lambda one: (one.at, one.action.startswith("stage_")))


def told(row: Task, at: datetime, actor: str, event_type: str, text: str | None) -> Happening | None:
    """An event of an intent as something in the history of one of its tasks; None where it is about another."""
    details = canonical.loads(text) if text else {}
    if details.pop("task_id", str(row.id)) != str(row.id):
        return None
    return Happening(at, actor, details.pop("action", TOLD[EventType(event_type)]), details)


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
