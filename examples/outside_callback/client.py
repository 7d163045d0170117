"""Asks for a loan: env $(cat var/demo.env) .venv/bin/python examples/outside_callback/client.py"""

import os

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "loan.decide.v1",
        "to_agent": "agent://myorg/production/lender",
        "payload": {"person": "Ada", "amount": 5000},
    }
)
end = client.wait_for(intent_id)
print(end["status"], end["details"])
