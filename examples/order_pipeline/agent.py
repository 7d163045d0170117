"""Fulfils orders: env $(cat var/demo.env) .venv/bin/python examples/order_pipeline/agent.py

Kill it in the middle of an order (kill -9) and start it again: it gets the order again and goes on after the last step it
had done. Start several: they share the work. Restart the server: it waits and goes on.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig, AxmeHttpError, AxmeServerError

ADDRESS = "agent://myorg/production/order-service"
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "2"))
AWAY = (httpx.TransportError, AxmeServerError)

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))


def take_payment(order: dict[str, Any], key: str) -> str:
    """A real one would pass `key` to the payment service, which then charges once however often it is asked."""
    time.sleep(STEP_SECONDS)
    return f"payment of {order['total']} as {key[:8]}"


def ship(order: dict[str, Any], key: str) -> str:
    time.sleep(STEP_SECONDS)
    return f"parcel to {order['shipping_address']['city']} as {key[:8]}"


STEPS = (("payment", take_payment), ("parcel", ship))


def work() -> Iterator[dict[str, Any]]:
    """One order after the other, for as long as we run."""
    while True:
        try:
            yield from client.listen(ADDRESS, wait_seconds=60)
        except AWAY:
            time.sleep(1)


def tell(delivery: dict[str, Any], what: str, body: dict[str, Any]) -> None:
    """Say how the work goes, again and again while the server is away. The idempotency key makes it count once."""
    key = f"{delivery['lease_token']}-{what}"
    while True:
        try:
            client.resume_intent(delivery["intent_id"], body, idempotency_key=key)
            return
        except AWAY:
            time.sleep(1)


def fulfil(delivery: dict[str, Any]) -> dict[str, str]:
    """Do the steps that no earlier try has done, and remember each."""
    done: dict[str, str] = (delivery["checkpoint"] or {}).get("state", {})
    for number, (name, step) in enumerate(STEPS, start=1):
        if name not in done:
            print(f"  {name} ...", flush=True)
            done[name] = step(delivery["payload"], key=delivery["intent_id"])
            tell(delivery, name, {"action": "checkpoint", "step": number, "total": len(STEPS), "state": done})
    return done


print(f"listening for {ADDRESS}", flush=True)
for delivery in work():
    print(f"{delivery['payload'].get('order_id')}, try {delivery['delivery_attempt']}", flush=True)
    try:
        tell(delivery, "result", fulfil(delivery))
        print("  done", flush=True)
    except KeyError as missing:
        tell(delivery, "error", {"action": "fail", "error": {"code": "bad_order", "missing": str(missing)}})
    except AxmeHttpError as refusal:
        # 409: canceled meanwhile, out of time, or handed to somebody else.
        print(f"  refused: {refusal}", flush=True)
