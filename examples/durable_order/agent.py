"""Charges and ships orders, large ones once a person has agreed:

    env $(cat var/demo.env) .venv/bin/python examples/durable_order/agent.py

Kill it (kill -9) at any line and start it again: the order comes back, and no step that was stored is done again.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/order-desk"
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "5"))
LARGE = 1000

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
# What the SDK has no call for goes straight to the API, with the same key.
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def charge(order: dict[str, Any], key: str) -> str:
    """A real one would pass `key` to the payment service, which then charges once however often it is asked."""
    print(f"  charging {order['total']:.2f} EUR", flush=True)
    time.sleep(STEP_SECONDS)
    return f"payment-{key[:8]}"


def ship(order: dict[str, Any], key: str) -> str:
    print(f"  shipping {order['order_id']}", flush=True)
    time.sleep(STEP_SECONDS)
    return f"parcel-{key[:8]}"


def step(delivery: dict[str, Any], name: str, work: Callable[[dict[str, Any], str], str]) -> str:
    """The stored result of a step. Where there is none, the work is done now and its result stored."""
    steps = f"/v1/intents/{delivery['intent_id']}/steps"
    stored = {done["key"]: done["result"] for done in api.get(steps).raise_for_status().json()["steps"]}
    if name not in stored:
        stored[name] = work(delivery["payload"], f"{delivery['intent_id']}-{name}")
        api.put(f"{steps}/{name}", json={"result": stored[name]}).raise_for_status()
        print(f"  {name} is stored", flush=True)
    return stored[name]


def ask(delivery: dict[str, Any]) -> None:
    """Put the order to a person and step aside. Nothing runs while they think."""
    order = delivery["payload"]
    question = {
        "title": f"Ship {order['order_id']} for {order['total']:.2f} EUR?",
        "summary": {"amount": "/total", "currency": "/currency"},
        "consequence": {"approved": "Charges the customer and ships the order."},
    }
    wait = {"for": "human", "human_task": question, "deadline_seconds": 3 * 86400}
    api.post(f"/v1/intents/{delivery['intent_id']}/wait", json=wait).raise_for_status()
    print("  asked the manager", flush=True)


def fulfil(delivery: dict[str, Any]) -> dict[str, Any] | None:
    """What the order ends with, or None when it waits for a person."""
    if delivery["payload"]["total"] > LARGE:
        if delivery["resume"] is None:
            ask(delivery)
            return None
        answer = delivery["resume"]["task_result"]
        if answer["outcome"] != "approved":
            return {"refused": answer.get("comment")}
    return {"payment": step(delivery, "charge", charge), "parcel": step(delivery, "ship", ship)}


print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    print(f"{delivery['payload']['order_id']}, attempt {delivery['delivery_attempt']}", flush=True)
    result = fulfil(delivery)
    if result is not None:
        client.resume_intent(delivery["intent_id"], result)
        print("  done", flush=True)
