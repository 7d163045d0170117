"""Bulk operations over the API: for owners, admins and operators; viewers look at them."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations.bulk import selectors
from inbox.operations.bulk.choosing import Chosen
from inbox.operations.bulk.services import orders
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.schemas import bulk as wire
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once

router = Router(tags=["Bulk operations"])

PAGE = 50
LONGEST_PAGE = 200
CURSOR = "`next_cursor` of the page before."


@router.post("/operations/bulk", response={200: wire.BulkOrdered, **REFUSALS}, summary="Order a bulk operation")
def order_bulk(request: Request, body: wire.OrderBulk) -> HttpResponse:
    """Do one thing to many intents: those that a search finds now, or the ids sent. Workers carry it out with the rights of
    who ordered it, asked for each intent; one that it can't be done to is skipped, with the reason. A `preview` tells how
    many there are, of which types, and what would be skipped. No bulk operation decides what waits for a person."""
    ensure_may_repair(request.auth)
    chosen = Chosen(q=(body.filter.q or "") if body.filter else None, ids=body.ids)
    asked = orders.Asked(action=body.action, choice=chosen, arguments=body.arguments)

    def run() -> dict[str, Any]:
        if body.preview:
            return {"ok": True} | wire.ordered(asked.action, orders.preview(actor=request.auth, asked=asked), None)
        bulk, matched = orders.create(actor=request.auth, asked=asked, reason=body.reason or "")
        return {"ok": True} | wire.ordered(asked.action, matched, bulk)

    return once(request, run)


@router.get("/operations/bulk", response={200: wire.BulkOperations, **REFUSALS}, summary="List bulk operations")
def list_bulks(
    request: Request,
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """Those of the last 90 days, newest first."""
    found = selectors.bulks(ensure_may_watch(request.auth))
    if cursor is not None:
        found = found.filter(id__lt=cursors.parse("b", cursor))
    rows = list(found[: limit + 1])
    more = cursors.cursor("b", rows[limit - 1].id) if len(rows) > limit else None
    return answer({"ok": True, "bulks": [wire.bulk(row) for row in rows[:limit]], "next_cursor": more})


@router.get("/operations/bulk/{bulk_id}", response={200: wire.OneBulkOperation, **REFUSALS}, summary="Get a bulk operation")
def get_bulk(request: Request, bulk_id: str) -> HttpResponse:
    """How far it is: what is done is counted exactly."""
    return answer(wire.one_bulk(selectors.bulk(ensure_may_watch(request.auth), as_id(bulk_id, "bulk"))))


@router.post(
    "/operations/bulk/{bulk_id}/abort", response={200: wire.OneBulkOperation, **REFUSALS}, summary="Abort a bulk operation"
)
def abort_bulk(request: Request, bulk_id: str) -> HttpResponse:
    """Stop it: nothing more is done once this answers. What it did stays done. One that is over is 409."""
    ensure_may_repair(request.auth)
    wanted = as_id(bulk_id, "bulk")
    return once(request, lambda: wire.one_bulk(orders.abort(actor=request.auth, bulk_id=wanted)))


@router.get(
    "/operations/bulk/{bulk_id}/items", response={200: wire.BulkItems, **REFUSALS}, summary="List what became of each item"
)
def list_items(
    request: Request,
    bulk_id: str,
    result: wire.ResultName | None = Query(None, description="Only those with this result."),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description=CURSOR),
) -> HttpResponse:
    """The intents, or deliveries, of a bulk operation by their ids, the oldest first, each with its result and why it was
    skipped or failed."""
    bulk = selectors.bulk(ensure_may_watch(request.auth), as_id(bulk_id, "bulk"))
    found = selectors.items(bulk, result)
    if cursor is not None:
        found = found.filter(intent_id__gt=cursors.parse("e", cursor))
    rows = list(found[: limit + 1])
    more = cursors.cursor("e", rows[limit - 1].intent_id) if len(rows) > limit else None
    return answer({"ok": True, "items": [wire.item(bulk.action, row) for row in rows[:limit]], "next_cursor": more})
