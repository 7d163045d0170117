"""Makes reports and has them signed: env $(cat var/demo.env) .venv/bin/python examples/report_by_intents/agent.py

What ../report_by_queue/reports.py does. A report takes 45 minutes; PART_SECONDS=1 makes it short. Start several: they share
the reports. Kill any: another goes on with the next part.
"""

import os
import time
from typing import Any

import httpx
from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/report-maker"
PARTS, PART_SECONDS = 9, float(os.environ.get("PART_SECONDS", "300"))
HOUR = 3600

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
api = httpx.Client(base_url=os.environ["AXME_BASE_URL"], headers={"x-api-key": os.environ["AXME_API_KEY"]}, timeout=30)


def make(delivery: dict[str, Any]) -> None:
    """Make the parts that no earlier delivery has made. Each is stored, which also renews the lease."""
    steps = f"/v1/intents/{delivery['intent_id']}/steps"
    made = {step["key"] for step in api.get(steps).raise_for_status().json()["steps"]}
    for part in range(1, PARTS + 1):
        if f"part-{part}" not in made:
            time.sleep(PART_SECONDS)
            api.put(f"{steps}/part-{part}", json={"result": {"pages": 4}}).raise_for_status()
            print(f"made part {part}", flush=True)


def have_it_signed(delivery: dict[str, Any]) -> None:
    """Ask a person and step aside: remind them three times, and put it to the owners after two days."""
    question = {
        "title": f"Sign the report of {delivery['payload']['month']}?",
        "task_type": "review",
        "escalation": {
            "reminders": {"after_seconds": 4 * HOUR, "interval_seconds": 12 * HOUR, "at_most": 3},
            "end": {"after_seconds": 48 * HOUR, "then": "owner"},
        },
    }
    wait = {"for": "human", "human_task": question}
    api.post(f"/v1/intents/{delivery['intent_id']}/wait", json=wait).raise_for_status()
    print(f"asked for a signature: {question['title']}", flush=True)


print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    if delivery["resume"] is None:
        make(delivery)
        have_it_signed(delivery)
    else:
        answer = delivery["resume"]["task_result"]
        client.resume_intent(delivery["intent_id"], {"outcome": answer["outcome"], "comment": answer.get("comment")})
        print("done", flush=True)
