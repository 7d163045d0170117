"""Does the steps of an agent: env $(cat var/demo.env) .venv/bin/python examples/scenario/agent.py"""

import os

from axme import AxmeClient, AxmeClientConfig

ADDRESS = "agent://myorg/production/shipping-clerk"

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))

print(f"listening for {ADDRESS}", flush=True)
for delivery in client.listen(ADDRESS):
    work = delivery["payload"]
    print(f"{work['step_id']} of order {work['parent_payload']['order']}", flush=True)
    client.resume_intent(delivery["intent_id"], {"done": work["step_id"], "after": sorted(work["results"])})
