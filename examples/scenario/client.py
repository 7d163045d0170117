"""Applies scenario.json and approves its step as the demo's manager:

    env $(cat var/demo.env) .venv/bin/python examples/scenario/client.py [KEY]

With the same KEY it goes on with the same run, however often it is started.
"""

import json
import os
import sys
import time
from pathlib import Path

from axme import AxmeClient, AxmeClientConfig, AxmeHttpError

site = {"base_url": os.environ["AXME_BASE_URL"], "api_key": os.environ["AXME_API_KEY"]}
client = AxmeClient(AxmeClientConfig(**site))
manager = AxmeClient(AxmeClientConfig(**site, actor_token=os.environ["AXME_ACTOR_TOKEN"]))

document = json.loads((Path(__file__).parent / "scenario.json").read_text())
run_id = client.apply_scenario(document, idempotency_key=sys.argv[1] if len(sys.argv) > 1 else None)["intent_id"]
print("run", run_id, flush=True)
while (intent := client.get_intent(run_id)["intent"])["status"] == "WAITING":
    if intent["waiting_reason"] == "WAITING_FOR_HUMAN":
        try:
            manager.resume_intent(run_id, {"task_result": {"outcome": "approved"}})
        except AxmeHttpError as refusal:
            if refusal.status_code != 409:  # it was decided, and the answer was lost
                raise
    time.sleep(0.2)
print(intent["status"], json.dumps(intent["result"]), flush=True)
