"""What a standing grant would have decided lately, before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from inbox.standing import pattern
from inbox.standing.pattern import GrantMatch, Limits, Used
from inbox.tasks import selectors as task_selectors
from inbox.tasks.models import Task
from inbox.vocabulary import kinds, principals
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Person

DAYS = 30
MOST_READ = 2000
"""Tasks that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class WouldDecide:
    """A task that a grant would have decided, and how it really ended."""

    task_id: UUID
    headline: str
    agent: str
    opened_at: datetime
    amount: Decimal | None
    currency: str
    state: str
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would have been decided since a time, the newest first. `same` and `otherwise` are how many of these people
    decided like that, or not; `over_limits` how many more fitted. `cut` tells that there were more tasks than were read."""

    since: datetime
    tasks: Sequence[WouldDecide]
    same: int
    otherwise: int
    over_limits: int
    cut: bool


def preview(person: Person, *, match: GrantMatch, limits: Limits, outcome: str, risk: str, time_zone: str) -> Preview:
    """What a grant of `person` would have decided in the last DAYS, in the order in which it came. Changes nothing."""
    now = clock.now()
    since, zone = now - timedelta(days=DAYS), clock.zone(time_zone)
    found = task_selectors.tasks_since(person, since, limit=MOST_READ + 1)
    fitting = _fitting(found[:MOST_READ], match, limits, risk)
    may = _may_decide(person, fitting)
    used: dict[str, Used] = {}
    ever, by_day, taken, over = 0, dict[object, int](), list[Task](), 0
    for task in reversed([one for one in fitting if one.id in may]):
        day = task.assigned_at.astimezone(zone).date()
        key = f"{day} {task.currency}"
        spent = used.get(task.currency, Used()).spent
        before = Used(today=by_day.get(day, 0), ever=ever, spent_today=used.get(key, Used()).spent_today, spent=spent)
        if not limits.leaves_room(before, task.amount, task.currency):
            over += 1
            continue
        amount = task.amount or Decimal(0)
        ever, by_day[day] = ever + 1, by_day.get(day, 0) + 1
        used[key] = replace(before, spent_today=before.spent_today + amount)
        used[task.currency] = replace(before, spent=before.spent + amount)
        taken.append(task)
    decided = [one for one in taken if one.outcome is not None]
    same = sum(one.outcome == _meant(one, outcome) for one in decided)
    return Preview(
        since=since,
        tasks=[_past(one) for one in reversed(taken)],
        same=same,
        otherwise=len(decided) - same,
        over_limits=over,
        cut=len(found) > MOST_READ,
    )


def _fitting(found: Sequence[Task], match: GrantMatch, limits: Limits, risk: str) -> list[Task]:
    right = [one for one in found if pattern.covers(risk, one.risk) and limits.takes(one.amount, one.currency)]
    payloads = task_selectors.payloads([one.intent_id for one in right]) if match.payload else {}
    return [
        one
        for one in right
        if match.fits(
            intent_type=one.intent.intent_type,
            agent=one.intent.sender,
            payload=canonical.loads(payloads[one.intent_id]) if match.payload else {},
        )
    ]


def _meant(row: Task, outcome: str) -> str | None:
    """What a grant that says `outcome` decides of a task, None where it decides nothing."""
    return kinds.meant(row.task_type, outcome, canonical.loads(row.spec)["allowed_outcomes"])


_THEIRS = """
SELECT DISTINCT t.id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
WHERE t.id = ANY(%(tasks)s) AND a.principal = ANY(%(principals)s) AND a.authority <> 'delegate'
  AND NOT %(user)s = ANY(t.excluded)
"""


def _may_decide(person: Person, found: Sequence[Task]) -> set[UUID]:
    """Those of these tasks that were put to a person, and not kept from them."""
    params = {"tasks": [one.id for one in found], "principals": principals.of(person), "user": person.user_id}
    return {row[0] for row in statements.rows(_THEIRS, params)} if found else set()


def _past(row: Task) -> WouldDecide:
    return WouldDecide(
        task_id=row.id,
        headline=row.headline or row.title,
        agent=row.intent.sender,
        opened_at=row.assigned_at,
        amount=row.amount,
        currency=row.currency,
        state=row.state,
        outcome=row.outcome,
    )
