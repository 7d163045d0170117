"""Standing grants: which there are, what they have used, and what was decided by them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from inbox.standing import pattern
from inbox.standing.models import StandingRules
from inbox.standing.pattern import GrantMatch, Used
from inbox.tasks.models import StandingGrant
from intents.accounts.selectors import found_or_missing
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Person

DEFAULT_RISK = "medium"
"""Up to which risk a workspace allows standing grants that says nothing of them."""

log = logging.getLogger(__name__)

ACTIVE_HERE = f"""ARRAY(
    SELECT jsonb_build_array(g.id, g.match, g.risk)::text FROM inbox_standinggrant g
    WHERE g.workspace_id = b.workspace_id AND g.ended_at IS NULL AND g.expires_at > {clock.START} ORDER BY g.id
)"""
"""SQL of the Outlines of the grants that may decide what is asked in the workspace of `b`."""


class Outline(NamedTuple):
    """What a new task is compared with."""

    grant_id: str
    match: str
    risk: str

    def fits(self, *, intent_type: str, agent: str, risk: str, payload: Mapping[str, Any]) -> bool:
        """Whether the grant may decide it. One that cannot be read decides nothing."""
        match = read_match(self.grant_id, self.match) if pattern.covers(self.risk, risk) else None
        return match is not None and match.fits(intent_type=intent_type, agent=agent, payload=payload)


def read_match(grant_id: UUID | str, text: str) -> GrantMatch | None:
    """What a grant is for, None where that cannot be read."""
    try:
        return pattern.match_of(text)
    except ValueError:
        log.exception("a standing grant cannot be read", extra={"action": "standing.unreadable", "row": str(grant_id)})
        return None


_COLUMNS = statements.columns(StandingGrant, "g")
_LOCK_ACTIVE = f"""
SELECT {_COLUMNS} FROM inbox_standinggrant g
WHERE g.workspace_id = ANY(%(workspaces)s) AND g.ended_at IS NULL AND g.expires_at > %(now)s::timestamptz
ORDER BY g.id FOR UPDATE
"""


def lock_active(workspace_ids: Sequence[UUID], *, now: datetime) -> list[StandingGrant]:
    """The grants of these workspaces that are in force, locked, all in one order: whoever uses one waits for whoever used it
    before. Checks no actor."""
    return statements.objects(StandingGrant, _LOCK_ACTIVE, {"workspaces": list(workspace_ids), "now": now})


_USED = """
SELECT count(*) FILTER (WHERE day = %(day)s::date), count(*),
       coalesce(sum(amount) FILTER (WHERE day = %(day)s::date AND currency = %(currency)s), 0),
       coalesce(sum(amount) FILTER (WHERE currency = %(currency)s), 0)
FROM inbox_grantuse WHERE grant_id = %(grant)s
"""


def used(row: StandingGrant, *, day: date, currency: str) -> Used:
    """What a grant has used, on `day` and ever. Checks no actor."""
    ((today, ever, spent_today, spent),) = statements.rows(_USED, {"grant": row.id, "day": day, "currency": currency})
    return Used(today=today, ever=ever, spent_today=spent_today, spent=spent)


def highest_risk(workspace_id: UUID) -> str:
    """Up to which risk a workspace allows standing grants; an empty text where it allows none. Checks no actor."""
    found = StandingRules.objects.filter(workspace_id=workspace_id).values_list("highest_risk", flat=True).first()
    return DEFAULT_RISK if found is None else found


def grants(person: Person) -> QuerySet[StandingGrant]:
    """The grants that a person may see, the newest first: their own, and everybody's for owners and admins."""
    found = StandingGrant.objects.filter(workspace_id=person.workspace_id).select_related("grantor").order_by("-id")
    return found if person.role in ADMINS else found.filter(grantor_id=person.user_id)


def own(person: Person) -> QuerySet[StandingGrant]:
    """Those that a person made themselves."""
    return grants(person).filter(grantor_id=person.user_id)


def in_force(found: QuerySet[StandingGrant]) -> QuerySet[StandingGrant]:
    """Those that still decide."""
    return found.filter(ended_at__isnull=True, expires_at__gt=clock.now())


def how_many_in_force(workspace_id: UUID) -> int:
    """How many grants of a workspace still decide. Checks no actor."""
    return in_force(StandingGrant.objects.filter(workspace_id=workspace_id)).count()


def over(found: QuerySet[StandingGrant]) -> QuerySet[StandingGrant]:
    """Those that decide no more."""
    return found.filter(Q(ended_at__isnull=False) | Q(expires_at__lte=clock.now()))


def grant(person: Person, grant_id: UUID, *, lock: bool = False) -> StandingGrant:
    """Raises Missing, also for whose the person may not see."""
    found = grants(person).filter(id=grant_id)
    return found_or_missing((found.select_for_update(of=("self",)) if lock else found).first(), "standing grant", grant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedNow:
    """What a grant has used by now: decisions, and money by currency, today and ever."""

    today: int
    ever: int
    spent_today: Mapping[str, Decimal]
    spent: Mapping[str, Decimal]
    last_at: datetime | None


_USED_NOW = """
SELECT grant_id, currency, count(*) FILTER (WHERE day = (%(at)s::timestamptz AT TIME ZONE time_zone)::date), count(*),
       coalesce(sum(amount) FILTER (WHERE day = (%(at)s::timestamptz AT TIME ZONE time_zone)::date), 0),
       coalesce(sum(amount), 0), max(at)
FROM inbox_grantuse u JOIN inbox_standinggrant g ON g.id = u.grant_id
WHERE u.grant_id = ANY(%(grants)s) GROUP BY grant_id, currency
"""


def used_now(rows: Sequence[StandingGrant], *, now: datetime) -> dict[UUID, UsedNow]:
    """What each of these grants has used, in one query."""
    by_grant: dict[UUID, list[tuple[Any, ...]]] = {row.id: [] for row in rows}
    for grant_id, *told in statements.rows(_USED_NOW, {"grants": list(by_grant), "at": now}):
        by_grant[grant_id].append(tuple(told))
    return {grant_id: _summed(told) for grant_id, told in by_grant.items()}


def _summed(told: Sequence[tuple[Any, ...]]) -> UsedNow:
    return UsedNow(
        today=sum(one[1] for one in told),
        ever=sum(one[2] for one in told),
        spent_today={one[0]: one[3] for one in told if one[0] and one[3]},
        spent={one[0]: one[4] for one in told if one[0] and one[4]},
        last_at=max((one[5] for one in told), default=None),
    )


class LoggedUse(NamedTuple):
    """A decision by a grant, as its log tells it. What it was about is empty where that was erased since."""

    use_id: UUID
    at: datetime
    task_id: UUID
    intent_id: UUID | None
    headline: str
    agent: str
    outcome: str
    amount: Decimal | None
    currency: str
    vote: bool
    void_reason: str | None


_LOG = """
SELECT u.id, u.at, u.task_id, t.intent_id, coalesce(nullif(t.headline, ''), t.title, ''), coalesce(i.sender, ''),
       coalesce(d.outcome, %(outcome)s), u.amount, u.currency, NOT coalesce(d.final, true), d.void_reason
FROM inbox_grantuse u LEFT JOIN inbox_task t ON t.id = u.task_id LEFT JOIN intents_intent i ON i.id = t.intent_id
LEFT JOIN inbox_decision d ON d.id = u.decision_id
WHERE u.grant_id = %(grant)s AND (%(before)s::uuid IS NULL OR u.id < %(before)s::uuid)
ORDER BY u.id DESC LIMIT %(limit)s
"""


def uses(row: StandingGrant, *, before: UUID | None = None, limit: int) -> list[LoggedUse]:
    """The log of a grant that the caller may see, the newest first, from before a use on."""
    params = {"grant": row.id, "outcome": row.outcome, "before": before, "limit": limit}
    return [LoggedUse(*found) for found in statements.rows(_LOG, params)]
