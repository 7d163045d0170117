"""Orders a report and waits until it is signed:

    env $(cat var/demo.env) .venv/bin/python examples/report_by_intents/client.py June

Kill it and start it again: it waits for the same report.
"""

import os
import sys

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
month = sys.argv[1]

intent_id = client.send_intent(
    {
        "intent_type": "report.make.v1",
        "to_agent": "agent://myorg/production/report-maker",
        "payload": {"month": month},
    },
    idempotency_key=f"report-{month}",
)
print(f"ordered as {intent_id}", flush=True)
end = client.wait_for(intent_id, wait_seconds=60)
print(end["status"], end["details"].get("result"), flush=True)
