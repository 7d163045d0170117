"""Endpoints that subscribe, and what is posted to them."""

import json
from typing import Any

from intents.feed import sequencer
from intents.webhooks import fan_out, outbox
from intents.webhooks.models import Subscription
from tests.callers import Caller
from tests.intents.pushes import send_due
from tests.intents.receivers import Receiver
from tests.intents.waiting import look


def subscribe(caller: Caller, outside: Receiver, path: str = "/takes", *types: str, **fields: Any) -> dict[str, Any]:
    """Subscribe a path of the receiver: the whole answer."""
    feed_out()
    body = {"callback_url": f"http://127.0.0.1:{outside.port}{path}", "event_types": list(types) or ["intent.*"]} | fields
    answer: dict[str, Any] = caller.post("/webhooks/subscriptions", body).ok()
    return answer


def of(answer: dict[str, Any]) -> str:
    """The id of a subscription."""
    id_: str = answer["subscription"]["subscription_id"]
    return id_


def row(answer: dict[str, Any]) -> Subscription:
    return Subscription.objects.get(id=of(answer))


def feed_out() -> None:
    """Make messages of all that happened."""
    while sequencer.sequence() or fan_out.fan_out():
        pass


def post_due() -> None:
    """Have everything happen that is due, and posted what is told of it."""
    look()
    feed_out()
    send_due(outbox.CHANNEL)


def posted(outside: Receiver) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """The requests: their headers in lower case, and their bodies."""
    found = []
    for request in outside.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
        found.append(({name.lower(): value for name, value in lines}, json.loads(body)))
    return found


def types(outside: Receiver) -> list[str]:
    """What was told, without the family."""
    return [body["type"].partition(".")[2] for _, body in posted(outside)]


def finish(shop: Caller, worker: Caller) -> str:
    """An intent from its submit to its end."""
    intent_id = shop.submit(payload={"order": 7})
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
    return intent_id
