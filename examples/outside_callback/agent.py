"""Waits for an outside service: env $(cat var/demo.env) .venv/bin/python examples/outside_callback/agent.py

The agent orders a credit check from a bureau, hands the bureau a callback address and steps aside. It may end: when the
bureau calls, whichever agent listens goes on. The bureau here is a small HTTP service; start it first:
.venv/bin/python examples/outside_callback/bureau.py
"""

import os
import sys

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/lender"
BUREAU = os.environ.get("BUREAU_URL", "http://127.0.0.1:8099")

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)

print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    intent_id, resume = delivery["intent_id"], delivery["resume"]
    if resume is None:
        wait = {"for": "tool", "tool": "credit-bureau", "timeout_seconds": 3600, "on_timeout": "resume"}
        waiting = api.post(f"/v1/intents/{intent_id}/wait", json=wait).raise_for_status().json()
        order = {"person": delivery["payload"]["person"], "callback_url": waiting["callback_url"]}
        httpx.post(f"{BUREAU}/checks", json=order, timeout=10).raise_for_status()
        print(f"{intent_id}: asked the bureau, and stepped aside", flush=True)
    elif resume.get("expired"):
        client.resume_intent(intent_id, {"granted": False, "why": "the bureau never called"})
        print(f"{intent_id}: the bureau never called", flush=True)
    else:
        score = resume["result"]["score"]
        client.resume_intent(intent_id, {"granted": score >= 600, "score": score})
        print(f"{intent_id}: score {score}", flush=True)
    if "--once" in sys.argv:
        break
