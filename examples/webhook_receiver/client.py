"""Asks for a greeting: env $(cat var/demo.env) .venv/bin/python examples/webhook_receiver/client.py Ada"""

import os
import sys

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

intent_id = client.send_intent(
    {
        "intent_type": "guest.greet.v1",
        "to_agent": "agent://myorg/production/greeter",
        "payload": {"name": sys.argv[1] if len(sys.argv) > 1 else "Ada"},
    }
)
print(f"submitted {intent_id}", flush=True)
end = client.wait_for(intent_id)
print(end["status"], end["details"])
