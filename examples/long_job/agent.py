"""A job of 50 steps: env $(cat var/demo.env) .venv/bin/python examples/long_job/agent.py

Kill it at step 47 (kill -9) and start it again: it reads what it has stored and goes on at step 48. No step runs twice.
"""

import os
import sys
import time
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/importer"
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "0.2"))

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
# What the SDK has no call for goes straight to the API, with the same key.
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def load(page: int) -> dict[str, Any]:
    """The work of one step. A real one would fetch a page of records and write them somewhere."""
    time.sleep(STEP_SECONDS)
    print(f"  ran step {page}", flush=True)
    return {"records": page * 10}


def run(delivery: dict[str, Any]) -> dict[str, Any]:
    intent = f"/v1/intents/{delivery['intent_id']}"
    stored = {step["key"]: step["result"] for step in api.get(f"{intent}/steps").raise_for_status().json()["steps"]}
    pages = delivery["payload"]["pages"]
    if stored:
        print(f"  {len(stored)} steps were done before", flush=True)
    for page in range(1, pages + 1):
        key = f"page-{page}"
        if key not in stored:
            answer = api.put(f"{intent}/steps/{key}", json={"result": load(page)})
            stored[key] = answer.raise_for_status().json()["step"]["result"]
            # For people to see how far it is; the intent's page and GET /v1/intents/{id} show it.
            progress = {"step": page, "total": pages, "message": f"page {page} of {pages}"}
            api.post(f"{intent}/checkpoint", json=progress).raise_for_status()
    return {"records": sum(result["records"] for result in stored.values())}


print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    print(f"{delivery['intent_id']}, try {delivery['delivery_attempt']}", flush=True)
    client.resume_intent(delivery["intent_id"], run(delivery))
    print("  done", flush=True)
    if "--once" in sys.argv:
        break
