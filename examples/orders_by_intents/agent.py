"""Orders by intents: env $(cat var/demo.env) .venv/bin/python examples/orders_by_intents/agent.py

What ../orders_by_webhooks/shop.py does, with the same services. No table, no loop that polls, no address of its own. Lose a
webhook, send one twice, kill this between two lines: everything is done once. Start ../orders_by_webhooks/services.py first.
"""

import contextlib
import os
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/shop"
SERVICES = os.environ.get("SERVICES_URL", "http://127.0.0.1:8097")
STUCK_SECONDS = int(os.environ.get("STUCK_SECONDS", "30"))
STEPS = ("charge", "warehouse", "carrier")

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def ask(service: str, delivery: dict[str, Any]) -> None:
    """Step aside until a service has done its part. It calls the server back; when it does not, we ask again."""
    intent_id = delivery["intent_id"]
    wait = {"for": "tool", "tool": service, "timeout_seconds": STUCK_SECONDS, "on_timeout": "resume"}
    waiting = api.post(f"/v1/intents/{intent_id}/wait", json=wait).raise_for_status().json()
    job = {"order_id": delivery["payload"]["order_id"], "callback_url": waiting["callback_url"]}
    # The key is the same whenever this is asked again, by whichever agent.
    key = {"Idempotency-Key": f"{intent_id}-{service}"}
    with contextlib.suppress(httpx.HTTPError):  # a service that is away is asked again when the wait is over
        httpx.post(f"{SERVICES}/{service}", json=job, headers=key, timeout=60).raise_for_status()


print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    steps = f"/v1/intents/{delivery['intent_id']}/steps"
    resume = delivery["resume"] or {}
    if "result" in resume:
        api.put(f"{steps}/{resume['result']['service']}", json={"result": resume["result"]}).raise_for_status()
    done = {step["key"]: step["result"] for step in api.get(steps).raise_for_status().json()["steps"]}
    left = [step for step in STEPS if step not in done]
    if left:
        print(f"{delivery['payload']['order_id']}: asking {left[0]}", flush=True)
        ask(left[0], delivery)
    else:
        client.resume_intent(delivery["intent_id"], {"tracking": done["carrier"]["reference"]})
