"""Orders, and asks again and again how far it is: .venv/bin/python examples/orders_by_webhooks/client.py ORD-123"""

import os
import sys
import time

import httpx

SHOP = os.environ.get("SHOP_URL", "http://127.0.0.1:8096")
order_id = sys.argv[1] if len(sys.argv) > 1 else "ORD-123"

httpx.post(f"{SHOP}/orders", json={"order_id": order_id}, timeout=60).raise_for_status()
print(f"ordered {order_id}", flush=True)
while True:
    try:
        order = httpx.get(f"{SHOP}/orders/{order_id}", timeout=60).raise_for_status().json()
    except httpx.TransportError:
        order = {"status": "unknown"}
    if order["status"] == "carrier":
        break
    time.sleep(0.5)
print(f"on its way as {order['reference']}")
