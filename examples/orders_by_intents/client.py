"""Orders, and waits: env $(cat var/demo.env) .venv/bin/python examples/orders_by_intents/client.py ORD-123"""

import os
import sys

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
order_id = sys.argv[1] if len(sys.argv) > 1 else "ORD-123"

intent_id = client.send_intent(
    {"intent_type": "order.fulfill.v1", "to_agent": "agent://myorg/production/shop", "payload": {"order_id": order_id}},
    idempotency_key=f"order-{order_id}",
)
print(f"ordered {order_id} as {intent_id}", flush=True)
end = client.wait_for(intent_id)
print(end["status"], end["details"])
