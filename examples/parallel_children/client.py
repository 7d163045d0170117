"""Asks for the cheapest of three cities: env $(cat var/demo.env) .venv/bin/python examples/parallel_children/client.py"""

import os

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "trip.plan.v1",
        "to_agent": "agent://myorg/production/planner",
        "payload": {"cities": ["Riga", "Tallinn", "Vilnius"]},
    }
)
end = client.wait_for(intent_id)
print(end["status"], end["details"])
