"""Starts the job of 50 steps and follows it: env $(cat var/demo.env) .venv/bin/python examples/long_job/client.py"""

import os

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "records.import.v1",
        "to_agent": "agent://myorg/production/importer",
        "payload": {"pages": int(os.environ.get("PAGES", "50"))},
    }
)
print(f"submitted {intent_id}", flush=True)
for event in client.observe(intent_id):
    details = event["details"]
    print(f"  {event['event_type']} {details.get('message', '')}", flush=True)
print(client.get_intent(intent_id)["intent"]["result"])
