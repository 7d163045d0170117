"""Reads of bulks and their items for an actor."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from inbox.operations.bulk.actions.action import BulkAction
from inbox.operations.models import Bulk, BulkItem
from intents.accounts.selectors import found_or_missing
from intents.kernel import canonical, statements
from intents.kernel.actors import Tenant

PENDING = "pending"
"""The result of an item whose turn has not come."""


def bulks(actor: Tenant) -> QuerySet[Bulk]:
    """The bulks of the workspace, newest first."""
    return Bulk.objects.filter(workspace_id=actor.workspace_id).order_by("-id")


def bulk(actor: Tenant, bulk_id: UUID, *, lock: bool = False) -> Bulk:
    """Raises Missing."""
    found = bulks(actor).filter(id=bulk_id)
    return found_or_missing((found.select_for_update() if lock else found).first(), "bulk", bulk_id)


def items(bulk: Bulk, result: str | None = None) -> QuerySet[BulkItem]:
    """The items of a bulk in the order in which they are done, those with one `result` or PENDING alone when it is named."""
    found = BulkItem.objects.filter(bulk_id=bulk.id).order_by("intent_id")
    if result is None:
        return found
    if result == PENDING:
        # What is done is done in order, so none before it is pending.
        found = found.filter(result=None)
        return found if bulk.reached is None else found.filter(intent_id__gt=bulk.reached)
    return found.filter(result=result)


_REASONS = """
SELECT reason, count(*) FROM inbox_bulkitem WHERE bulk_id = %s AND result = 'skipped'
GROUP BY reason ORDER BY count(*) DESC, reason
"""


def reasons(bulk: Bulk) -> list[tuple[str, int]]:
    """Why items of a bulk were skipped, and how many, the most first."""
    return [(row[0], row[1]) for row in statements.rows(_REASONS, [bulk.id])]


def verdicts(
    *, action: BulkAction, arguments: Mapping[str, Any], workspace_id: UUID, ids: Sequence[UUID]
) -> list[tuple[UUID, str, str | None]]:
    """Of these ids those that are of the workspace: (id, type, why `action` would skip it)."""
    query = f"""
        SELECT i.id, {action.about.kind}, {action.skipped} FROM {action.about.source}
        WHERE i.workspace_id = %(workspace)s AND i.id = ANY(%(ids)s::uuid[])
    """
    params = {"workspace": workspace_id, "ids": list(ids), "arguments": canonical.dumps(dict(arguments))}
    return [(row[0], row[1], row[2]) for row in statements.rows(query, params)]


def tally(
    *, action: BulkAction, arguments: Mapping[str, Any], workspace_id: UUID, ids: Sequence[UUID]
) -> list[tuple[str, str | None, int]]:
    """`verdicts`, counted: (type, why it would be skipped, how many)."""
    query = f"""
        SELECT {action.about.kind}, {action.skipped} AS why, count(*) FROM {action.about.source}
        WHERE i.workspace_id = %(workspace)s AND i.id = ANY(%(ids)s::uuid[]) GROUP BY 1, 2
    """
    params = {"workspace": workspace_id, "ids": list(ids), "arguments": canonical.dumps(dict(arguments))}
    return [(row[0], row[1], row[2]) for row in statements.rows(query, params)]
