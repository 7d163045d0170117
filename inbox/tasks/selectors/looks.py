"""What a task is to one person alone: what they have seen of it, and what came since."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from inbox.tasks.models import Task
from inbox.tasks.selectors.record import MOST_HAPPENINGS, TOLD, Happening, told
from inbox.vocabulary import principals
from intents.engine.lifecycle import EventType
from intents.kernel import clock, statements
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql, alone

CHANGES = sorted(TOLD.keys() - {EventType.REMINDER})
"""Events that change what a page says of a task; a reminder says that nothing did."""


class Own(NamedTuple):
    """Whether a person has read a task, until when they snoozed it, and since they looked last: whether others changed
    anything of it, and whether its agent answered a question. `instead_of` is the name of in whose place they decide it, of
    whom delegated it to them or is away."""

    read: bool
    snoozed_until: datetime | None
    changed: bool = False
    answered: bool = False
    instead_of: str | None = None


# Assigned to them as well, they decide it for themselves.
_INSTEAD_OF = f"""
SELECT CASE WHEN asked.away IS NOT NULL OR a.authority = 'delegate' THEN coalesce(nullif(b.name, ''), b.email) END
FROM unnest({statements.array("principals", "text")}, {statements.array("away", "uuid")}) AS asked (principal, away)
JOIN inbox_assignment a ON a.task_id = t.id AND a.principal = asked.principal
LEFT JOIN intents_user b ON b.id = coalesce(asked.away, a.by_id)
WHERE (a.until IS NULL OR a.until > {clock.START}) AND (asked.away IS NULL OR a.authority <> 'delegate')
ORDER BY asked.away IS NULL AND a.authority <> 'delegate' DESC, a.id LIMIT 1
"""
_OWN = Sql(
    f"""
SELECT t.id, o.id IS NOT NULL, s.until,
    o.seq IS NOT NULL
        AND (n.any_event IS TRUE OR (t.revision, t.due_at) IS DISTINCT FROM (o.revision, o.due_at)),
    n.answer IS TRUE, ({_INSTEAD_OF})
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id
LEFT JOIN inbox_opened o ON o.task_id = t.id AND o.user_id = %(user)s
LEFT JOIN inbox_snooze s ON s.task_id = t.id AND s.user_id = %(user)s AND s.until > {clock.START} AND s.seq = i.seq
LEFT JOIN LATERAL (
    SELECT true AS any_event, bool_or(e.event_type = '{EventType.ANSWER}') AS answer FROM intents_intentevent e
    WHERE o.seq < i.seq AND e.intent_id = t.intent_id AND e.seq > o.seq AND e.event_type = ANY(%(types)s)
      AND e.actor <> %(email)s
    HAVING count(*) > 0
) n ON true
WHERE t.id = ANY({statements.array("tasks", "uuid")})
""",
    ("task_id", "read", "snoozed_at", "changed", "answered", "instead_of"),
)


def own(person: Person, task_ids: Sequence[UUID]) -> dict[UUID, Own]:
    """What a person has done with tasks for themselves, what happened to them behind their back, and in whose place they
    decide them."""
    return alone(ask_own(person, task_ids))


def ask_own(person: Person, task_ids: Sequence[UUID]) -> Ask[dict[UUID, Own]]:
    """The same, to be asked with others."""
    mine, (theirs, away) = principals.of(person), principals.of_away(person)
    who = {"user": person.user_id, "email": person.email, "tasks": list(task_ids)}
    asked = {"principals": mine + theirs, "away": [None] * len(mine) + away}
    params = who | asked | {"types": CHANGES, "now": clock.override()}
    return Ask(_OWN, params, lambda rows: {task_id: Own(*rest) for task_id, *rest in rows})


_SINCE = f"""
SELECT at, actor, event_type, details FROM intents_intentevent
WHERE intent_id = %(intent)s AND seq > %(seq)s::int AND event_type = ANY(%(types)s) AND actor <> %(email)s
ORDER BY seq DESC LIMIT {MOST_HAPPENINGS}
"""


def happened_since(row: Task, seq: int, person: Person) -> list[Happening]:
    """What others did with a task after the event `seq` of its intent, oldest first."""
    params = {"intent": row.intent_id, "seq": seq, "types": CHANGES, "email": person.email}
    found = [told(row, *one) for one in statements.rows(_SINCE, params)]
    return [one for one in reversed(found) if one is not None]
