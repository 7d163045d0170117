"""Orders, and waits for the end:

env $(cat var/demo.env) .venv/bin/python examples/durable_order/client.py ORD-1 90
"""

import os
import sys

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
order_id, total = sys.argv[1], float(sys.argv[2])

intent_id = client.send_intent(
    {
        "intent_type": "order.fulfill.v1",
        "to_agent": "agent://myorg/production/order-desk",
        "payload": {"order_id": order_id, "total": total, "currency": "EUR"},
    },
    # Sent again, by a retry or by mistake, it is the same order.
    idempotency_key=f"desk-{order_id}",
)
print(f"ordered as {intent_id}", flush=True)
end = client.wait_for(intent_id)
print(end["status"], end["details"].get("result"), flush=True)
