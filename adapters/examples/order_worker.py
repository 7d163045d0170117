"""An agent that reserves, asks a person, and charges, whatever it is killed at:

env $(cat var/demo.env) PYTHONPATH=adapters .venv/bin/python adapters/examples/order_worker.py
"""

import asyncio
import logging
import os
from typing import Any

from axme_inbox import Intent, agent

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


async def charge(key: str, total: float) -> dict[str, Any]:
    """A real one passes `key` to the payment service, which then charges once however often it is asked."""
    print(f"charging {total}", flush=True)
    return {"payment": key[:8], "total": total}


@agent("order-service")
async def handle(intent: Intent) -> dict[str, Any]:
    order = intent.payload
    print(f"attempt {intent.delivery['delivery_attempt']} of {order['order_id']}", flush=True)
    decision = await intent.wait_for_human(
        f"Charge {order['total']} EUR?",
        summary={"amount": "/total", "currency": "/currency"},
        editable_fields=["total"],
        within=WITHIN,
    )
    if not decision.approved:
        return {"refused": decision.outcome}
    total = decision.data["approved"]["total"]
    paid = await intent.step("charge", lambda: charge(f"{intent.id}-charge", total))
    shipped = await intent.wait_for_tool(api="carrier", job=order["order_id"])
    return paid | {"parcel": shipped["parcel"]}


if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    asyncio.run(handle.run())
