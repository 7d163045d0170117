"""Bulk operations on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from inbox.operations.bulk import selectors
from inbox.operations.bulk.actions import ACTIONS
from inbox.operations.bulk.actions.about import INTENTS, About
from inbox.operations.bulk.choosing import MOST, MOST_IDS, Matched
from inbox.operations.bulk.deliveries import TERMS
from inbox.operations.bulk.services.orders import LONGEST_REASON
from inbox.operations.models import Bulk, BulkItem
from inbox.schemas.requests import Closed
from intents.kernel import canonical
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape

StateName = Literal["queued", "running", "done", "aborted"]
ResultName = Literal["succeeded", "skipped", "failed", "pending"]


class BulkFilter(Closed):
    q: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        None,
        description="A search, as `GET /v1/operations/intents` takes it. One that finds everything is refused. For `replay`:"
        f" terms such as `{TERMS}`, which must all hold; of several `is:` or `type:` one.",
    )


class OrderBulk(Closed):
    """What to do, and to which intents: to those that `filter` finds now, or to the `ids`. `replay` is about deliveries to
    endpoints instead."""

    action: str = Field(description=f"One of {', '.join(ACTIONS)}.", examples=["cancel"])
    filter: BulkFilter | None = Field(None, description=f"Up to {MOST:,} intents.")
    ids: list[UUID] | None = Field(None, description=f"Up to {MOST_IDS:,} intents. Those that are not there are skipped.")
    preview: bool = Field(False, description="Tell only what it would do now, and store nothing.")
    reason: Annotated[str, StringConstraints(max_length=LONGEST_REASON)] | None = Field(
        None, description="Why. Needed but for a preview; it is in the record of each intent."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="`transfer` takes `to_agent`, `reassign` takes `from`, a member, and `to`, a member or a group,"
        " `set_deadline` takes `deadline_at`, and `resume` takes `resume`, an object"
        " that the agents are told. The others take none.",
    )


class Skipped(Shape):
    reason: str
    count: int


class KindCount(Shape):
    intent_type: str | None = None
    event_type: str | None = Field(None, description="Of deliveries.")
    count: int


class BulkOrdered(Ok):
    bulk_id: UUID | None = Field(None, description="Null for a preview.")
    matched: int = Field(description="How many intents it is about, the skipped ones among them.")
    kinds: list[KindCount]
    skipped: list[Skipped] = Field(description="What would be skipped now, and why.")


class BulkOperation(Shape):
    bulk_id: UUID
    action: str
    arguments: dict[str, Any]
    filter: BulkFilter | None = Field(description="The search it was made with; null when intents were picked.")
    state: StateName
    matched: int
    succeeded: int
    failed: int
    skipped: int
    reason: str
    by: str = Field(description="The email address of who ordered it, with whose rights it is carried out.")
    aborted_by: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class OneBulkOperation(BulkOperation, Ok):
    skipped_reasons: list[Skipped] = Field(description="Why, of those that were skipped so far.")


class BulkOperations(Ok):
    bulks: list[BulkOperation]
    next_cursor: str | None


class OneItem(Shape):
    intent_id: UUID | None = None
    delivery_id: UUID | None = Field(None, description="Of a replay.")
    result: ResultName
    reason: str | None = Field(description="Why it was skipped, or failed.")


class BulkItems(Ok):
    items: list[OneItem]
    next_cursor: str | None


def _counted(counts: list[tuple[str, int]], name: str) -> list[dict[str, Any]]:
    return [{name: what, "count": count} for what, count in counts]


def _about(action: str) -> About:
    return ACTIONS[action].about if action in ACTIONS else INTENTS


def ordered(action: str, matched: Matched, bulk: Bulk | None) -> dict[str, Any]:
    """What a bulk is about, or would be."""
    return {
        "bulk_id": str(bulk.id) if bulk else None,
        "matched": matched.count,
        "kinds": _counted(matched.kinds.most_common(), _about(action).kind_key),
        "skipped": _counted(matched.skipped.most_common(), "reason"),
    }


def bulk(row: Bulk) -> dict[str, Any]:
    """A bulk as a list shows it."""
    return {
        "bulk_id": str(row.id),
        "action": row.action,
        "arguments": canonical.loads(row.arguments),
        "filter": None if row.query is None else {"q": row.query},
        "state": row.state,
        "matched": row.matched,
        "succeeded": row.succeeded,
        "failed": row.failed,
        "skipped": row.skipped,
        "reason": row.reason,
        "by": row.by,
        "aborted_by": row.aborted_by,
        "created_at": rfc3339(row.created_at),
        "started_at": rfc3339(row.started_at) if row.started_at else None,
        "ended_at": rfc3339(row.ended_at) if row.ended_at else None,
    }


def one_bulk(row: Bulk) -> dict[str, Any]:
    """A bulk by itself, with why items were skipped."""
    return {"ok": True} | bulk(row) | {"skipped_reasons": _counted(selectors.reasons(row), "reason")}


def item(action: str, row: BulkItem) -> dict[str, Any]:
    """What became of one item."""
    named = {_about(action).key: str(row.intent_id)}
    return named | {"result": row.result or selectors.PENDING, "reason": row.reason}
