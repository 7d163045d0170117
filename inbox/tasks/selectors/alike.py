"""Earlier decisions about the same: tasks of the same type and the same counterpart."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inbox.tasks.models import Task
from inbox.vocabulary.lifecycle import State
from intents.kernel import canonical, clock
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql

LIKENESS_BYTES = 16
DAYS = 90
MOST_ALIKE = 200


@dataclass(frozen=True, slots=True)
class Earlier:
    """A decision about something alike, and what that was about in money."""

    task_id: UUID
    headline: str
    outcome: str
    decided_at: datetime
    amount: Decimal | None
    currency: str
    decided_by: str


def likeness(intent_type: str, counterpart: str) -> bytes | None:
    """What tasks of a type about a counterpart have in common; None without one."""
    known = " ".join(counterpart.casefold().split())
    return canonical.digest(canonical.dumps([intent_type, known]))[:LIKENESS_BYTES] if known else None


_ALIKE = Sql(
    f"""
SELECT t.id, t.headline, t.outcome, t.decided_at, t.amount::text, t.currency, coalesce(nullif(u.name, ''), u.email)
FROM inbox_task t JOIN intents_user u ON u.id = t.decided_by_id
WHERE t.workspace_id = %(workspace)s AND t.likeness = %(likeness)s
  AND t.decided_at > {clock.START} - interval '{DAYS} days' AND t.state = '{State.DECIDED}' AND t.id <> %(task)s
ORDER BY t.decided_at DESC LIMIT {MOST_ALIKE}
""",
    ("task_id", "headline", "outcome", "decided_at", "amount", "currency", "decided_by"),
)


def ask_alike(actor: Person, row: Task) -> Ask[list[Earlier]] | None:
    """What was decided about the same in the actor's workspace within DAYS, the newest first, MOST_ALIKE of them. None where
    nothing can be alike."""
    if row.likeness is None:
        return None
    params = {"workspace": actor.workspace_id, "likeness": bytes(row.likeness), "task": row.id, "now": clock.override()}
    return Ask(_ALIKE, params, lambda rows: [_earlier(*found) for found in rows])


def _earlier(task_id: UUID, headline: str, outcome: str, at: datetime, amount: str | None, *rest: str) -> Earlier:
    return Earlier(task_id, headline, outcome, at, Decimal(amount) if amount is not None else None, *rest)
