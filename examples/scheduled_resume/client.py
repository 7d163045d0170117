"""Orders a report for later: env $(cat var/demo.env) .venv/bin/python examples/scheduled_resume/client.py"""

import os

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "report.send.v1",
        "to_agent": "agent://myorg/production/reporter",
        "payload": {"delay_seconds": float(os.environ.get("DELAY_SECONDS", "5"))},
    }
)
print(f"ordered {intent_id}", flush=True)
end = client.wait_for(intent_id)
print(end["status"], end["details"])
