"""A planner and the scouts it sends out: env $(cat var/demo.env) .venv/bin/python examples/parallel_children/agent.py

The planner sends one intent to the scouts for each city and steps aside until all are done. Start several of these: the
scouts among them share the work.
"""

import os
import threading
import time
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig

PLANNER, SCOUT = "agent://myorg/production/planner", "agent://myorg/production/scout"

api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def connect() -> AxmeClient:
    return AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))


def scout() -> None:
    client = connect()
    for delivery in client.listen(SCOUT):
        city = delivery["payload"]["city"]
        time.sleep(1)
        client.resume_intent(delivery["intent_id"], {"city": city, "price": len(city) * 10})
        print(f"  scouted {city}", flush=True)


def plan(client: AxmeClient, delivery: dict[str, Any]) -> None:
    intent_id, resume = delivery["intent_id"], delivery["resume"]
    if resume is None:
        children = [
            {"intent_type": "city.scout.v1", "to_agent": SCOUT, "payload": {"city": city}}
            for city in delivery["payload"]["cities"]
        ]
        wait = {"for": "agent", "intents": children, "until": "all"}
        api.post(f"/v1/intents/{intent_id}/wait", json=wait).raise_for_status()
        print(f"sent out {len(children)} scouts", flush=True)
        return
    prices = [child["result"] for child in resume["results"].values() if child["status"] == "COMPLETED"]
    client.resume_intent(intent_id, {"cheapest": min(prices, key=lambda found: found["price"])})


for _ in range(3):
    threading.Thread(target=scout, daemon=True).start()
print(f"listening for {PLANNER} and {SCOUT}", flush=True)
planner = connect()
for delivery in planner.listen(PLANNER):
    plan(planner, delivery)
