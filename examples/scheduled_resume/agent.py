"""Does something later: env $(cat var/demo.env) .venv/bin/python examples/scheduled_resume/agent.py --once

Run it once: it asks to be woken and ends. Nothing runs while the intent waits. Run it again when the time has come, or
leave it running: the intent comes back with what ended its wait.
"""

import os
import sys

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/reporter"

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)

print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    intent_id, resume = delivery["intent_id"], delivery["resume"]
    if resume is None:
        # Or "until": "2027-01-04T09:00:00Z", or "cron": "0 9 * * mon" with "timezone": "Europe/Riga".
        later = {"for": "time", "delay_seconds": delivery["payload"].get("delay_seconds", 5)}
        waiting = api.post(f"/v1/intents/{intent_id}/wait", json=later).raise_for_status().json()
        print(f"{intent_id}: asleep until {waiting['due_at']}", flush=True)
    else:
        client.resume_intent(intent_id, {"reported_at": resume["due_at"]})
        print(f"{intent_id}: woken, it was due at {resume['due_at']}", flush=True)
    if "--once" in sys.argv:
        break
