"""Submits an order and waits for its end: env $(cat var/demo.env) .venv/bin/python examples/order_pipeline/client.py"""

import os
import sys

from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
order_id = sys.argv[1] if len(sys.argv) > 1 else "ORD-123"

intent_id = client.send_intent(
    {
        "intent_type": "order.fulfill.v1",
        "to_agent": "agent://myorg/production/order-service",
        "payload": {
            "order_id": order_id,
            "total": 99.99,
            "shipping_address": {"street": "123 Main St", "city": "SF"},
        },
    },
    # The same order sent again, by a retry or by mistake, is the same intent.
    idempotency_key=f"order-{order_id}",
)
print(f"submitted {order_id} as {intent_id}")

# Every step as it happens, also those from before we looked; ends with the intent.
for event in client.observe(intent_id):
    print(f"  {event['seq']}. {event['event_type']}")

intent = client.get_intent(intent_id)["intent"]
print(intent["status"], intent["result"] or intent["error"])
