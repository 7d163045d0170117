"""Asks a person and waits: env $(cat var/demo.env) .venv/bin/python examples/approval/client.py

Decide it in another terminal: env $(cat var/demo.env) .venv/bin/python examples/approval/decide.py approve
"""

import os

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "refund.approve.v1",
        "to_agent": "agent://myorg/production/billing",
        "payload": {"customer": "ACME", "amount": "129.00", "currency": "EUR"},
        "human_task": {
            "title": "Refund 129.00 EUR to ACME",
            "description": "The customer was charged twice.",
            "task_type": "approval",
            "assignees": [os.environ["DEMO_MANAGER_EMAIL"]],
        },
    }
)
print(f"asked as {intent_id}", flush=True)
end = client.wait_for(intent_id)
print(end["status"], end["details"]["result"])
