"""Groups of readers of the feed. The feed itself is read on the event loop, where one can wait for it."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer, once
from intents.feed import cursors, selectors
from intents.feed.services import consumers
from intents.kernel import clock
from intents.schemas import feed as schemas
from intents.schemas.responses import Ok

router = Router(tags=["Feed"])


@router.get("/events/consumers", response={200: schemas.Consumers, **REFUSALS}, summary="List the feed's consumers")
def list_consumers(request: Request) -> HttpResponse:
    """Groups of readers that read the feed with `consumer`, and how far each is behind."""
    found, now = selectors.groups(request.auth), clock.now()
    return answer({"ok": True, "consumers": [schemas.consumer(one, now) for one in found]})


@router.post(
    "/events/consumers/{consumer}/ack", response={200: schemas.Acknowledged, **REFUSALS}, summary="Acknowledge events"
)
def acknowledge(request: Request, consumer: str, body: schemas.Acknowledge) -> HttpResponse:
    """The group has done what is up to `cursor`, that of an event or the `next_cursor` of a page. Going back, to read again,
    takes `rewind`."""

    def run() -> dict[str, Any]:
        row, applied = consumers.acknowledge(actor=request.auth, name=consumer, cursor=body.cursor, rewind=body.rewind)
        return {"ok": True, "applied": applied, "cursor": cursors.text(row.cursor)}

    return once(request, run)


@router.delete("/events/consumers/{consumer}", response={200: Ok, **REFUSALS}, summary="Forget a consumer")
def forget_consumer(request: Request, consumer: str) -> HttpResponse:
    """Its place is gone with it; read under the same name again, it begins anew."""
    consumers.forget(actor=request.auth, name=consumer)
    return answer({"ok": True})
