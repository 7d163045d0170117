"""What requests and answers about standing grants look like, and how answers are made of what is known."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from inbox.schemas.requests import Closed, Name
from inbox.schemas.shapes import when
from inbox.standing import preview as previews
from inbox.standing.pattern import GrantMatch, Limits
from inbox.standing.selectors import LoggedUse, UsedNow
from inbox.standing.suggestions import Suggestion
from inbox.tasks.answers import MAX_COMMENT
from inbox.tasks.models import StandingGrant
from inbox.vocabulary.kinds import Risk
from intents.kernel import canonical
from intents.kernel.clock import rfc3339
from intents.schemas.fields import Moment
from intents.schemas.responses import Ok, Shape

MOST_PREVIEWED = 100
Outcome = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class PreviewGrant(Closed):
    """A standing grant as it might be."""

    match: GrantMatch
    limits: Limits
    outcome: Outcome = Field("approved", description="`approved` and `rejected` stand for each task's own yes and no.")
    risk: Risk = Field("low", description="The highest risk that it covers.")


class CreateGrant(PreviewGrant):
    name: Name
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = Field(
        None, description="What each decision says."
    )
    expires_at: Moment = Field(description="At most 90 days from now.")


class RevokeGrant(Closed):
    reason: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class SetRules(Closed):
    highest_risk: Risk | None = Field(description="Up to which risk standing grants are allowed; null allows none.")


class DismissSuggestion(Closed):
    intent_type: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    agent: Annotated[str, StringConstraints(min_length=1, max_length=255)]


class GrantUsed(Shape):
    """What a grant has used of its limits. Amounts are texts."""

    today: int
    total: int
    sums_today: dict[str, str]
    sums: dict[str, str]
    last_at: datetime | None


class Grant(Shape):
    grant_id: UUID
    name: str
    grantor: str = Field(description="Whose decisions these are, by email address.")
    state: Literal["active", "expired", "revoked", "ended"] = Field(
        description="ended: its grantor may not decide any more."
    )
    match: dict[str, Any]
    limits: dict[str, Any] = Field(description="Amounts are texts.")
    outcome: str
    comment: str | None
    risk: Risk
    time_zone: str = Field(description="Whose days `per_day` counts.")
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    note: str | None = Field(description="Why it was revoked.")
    used: GrantUsed


class OneGrant(Ok):
    standing_grant: Grant


class Grants(Ok):
    standing_grants: list[Grant]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class Use(Shape):
    use_id: UUID
    at: datetime
    task_id: UUID
    intent_id: UUID | None = Field(description="Null once that was erased.")
    headline: str
    agent: str
    outcome: str
    amount: str | None
    currency: str
    vote: bool = Field(description="Whether it was one vote of several, which settled nothing by itself.")
    void: str | None = Field(description="Why it does not count any more: taken_back, changed or returned.")


class Uses(Ok):
    uses: list[Use]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class PastTask(Shape):
    task_id: UUID
    headline: str
    agent: str
    opened_at: datetime
    amount: str | None
    currency: str
    state: str
    outcome: str | None


class GrantPreview(Ok):
    since: datetime
    would_decide: int
    same: int = Field(description="Of these, those that people decided with the same outcome.")
    otherwise: int = Field(description="Of these, those that people decided otherwise.")
    over_limits: int = Field(description="Tasks that fit, but would have exceeded a limit.")
    cut: bool = Field(description="Whether there were more tasks than were looked at, the newest 2,000.")
    tasks: list[PastTask] = Field(description="The newest 100.")


class Rules(Ok):
    highest_risk: Risk | None


class Suggested(Shape):
    intent_type: str
    agent: str
    outcome: str
    count: int = Field(description="How often you decided that, and never otherwise, in 30 days.")
    risk: Risk
    currency: str
    highest_amount: str | None


class Suggestions(Ok):
    suggestions: list[Suggested]


def grant(row: StandingGrant, used: UsedNow, *, now: datetime) -> dict[str, Any]:
    """Needs `row.grantor`."""
    return {
        "grant_id": str(row.id),
        "name": row.name,
        "grantor": row.grantor.email,
        "state": row.state_at(now),
        "match": canonical.loads(row.match),
        "limits": canonical.loads(row.limits),
        "outcome": row.outcome,
        "comment": row.comment,
        "risk": row.risk,
        "time_zone": row.time_zone,
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at),
        "ended_at": when(row.ended_at),
        "ended_by": row.ended_by,
        "note": row.note,
        "used": {
            "today": used.today,
            "total": used.ever,
            "sums_today": _texts(used.spent_today),
            "sums": _texts(used.spent),
            "last_at": when(used.last_at),
        },
    }


def _texts(sums: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: amount(one) or "" for currency, one in sums.items()}


def amount(one: Decimal | None) -> str | None:
    """An amount as a text without noughts at its end."""
    return None if one is None else f"{one.normalize():f}"


def use(one: LoggedUse) -> dict[str, Any]:
    return {
        "use_id": str(one.use_id),
        "at": rfc3339(one.at),
        "task_id": str(one.task_id),
        "intent_id": str(one.intent_id) if one.intent_id else None,
        "headline": one.headline,
        "agent": one.agent,
        "outcome": one.outcome,
        "amount": amount(one.amount),
        "currency": one.currency,
        "vote": one.vote,
        "void": one.void_reason,
    }


def previewed(found: previews.Preview) -> dict[str, Any]:
    return {
        "since": rfc3339(found.since),
        "would_decide": len(found.tasks),
        "same": found.same,
        "otherwise": found.otherwise,
        "over_limits": found.over_limits,
        "cut": found.cut,
        "tasks": [
            {
                "task_id": str(one.task_id),
                "headline": one.headline,
                "agent": one.agent,
                "opened_at": rfc3339(one.opened_at),
                "amount": amount(one.amount),
                "currency": one.currency,
                "state": one.state,
                "outcome": one.outcome,
            }
            for one in found.tasks[:MOST_PREVIEWED]
        ],
    }


def suggestion(one: Suggestion) -> dict[str, Any]:
    return {
        "intent_type": one.intent_type,
        "agent": one.agent,
        "outcome": one.outcome,
        "count": one.times,
        "risk": one.risk,
        "currency": one.currency,
        "highest_amount": amount(one.highest),
    }
