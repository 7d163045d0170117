"""A tool that is faster than its caller: env $(cat var/demo.env) .venv/bin/python examples/early_signal/agent.py

The agent starts a job at a render farm, and the farm is done before the agent has begun to wait. Nothing is lost: the
completion is kept, and satisfies the wait at once. The farm names the job by its own id, so no address is needed.
"""

import os
import sys

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/renderer"

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def farm(job: str) -> None:
    """The render farm: it tells that the job is done, and tells it again, as services do that are not sure."""
    for _ in range(2):
        done = {"external_id": job, "result": {"frames": 240}}
        answer = api.post("/v1/tools/render-farm/completions", json=done).raise_for_status().json()
        print(f"the farm told: kept={answer['kept']}", flush=True)


print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    intent_id, resume = delivery["intent_id"], delivery["resume"]
    if resume is None:
        job = f"job-{intent_id}"
        farm(job)
        wait = {"for": "tool", "tool": "render-farm", "external_id": job, "timeout_seconds": 600}
        waiting = api.post(f"/v1/intents/{intent_id}/wait", json=wait).raise_for_status().json()
        print(f"{intent_id}: {waiting['intent']['status']}, for the job was done already", flush=True)
    else:
        client.resume_intent(intent_id, resume["result"])
        print(f"{intent_id}: {resume['result']['frames']} frames", flush=True)
        if "--once" in sys.argv:
            break
