"""A shop of Django and Celery whose refunds a person approves; killed and started again, either goes on.

    export $(cat var/demo.env) PYTHONPATH=adapters:adapters/examples BROKER_URL=redis://127.0.0.1:6379/0
    .venv/bin/celery --app celery_refunds worker
    .venv/bin/python adapters/examples/celery_refunds.py serve
    .venv/bin/python adapters/examples/celery_refunds.py refund A 40

The server has to be allowed to call this machine: make run OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8
"""

import os
import sys
from typing import Any
from wsgiref.simple_server import make_server

import axme_inbox
import httpx
from axme_inbox.celery import submit, worker
from axme_inbox.django import called
from celery import Celery
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

PORT = int(os.environ.get("SHOP_PORT", "8097"))
WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))
URL = f"http://127.0.0.1:{PORT}/intents"

app = Celery("shop", broker=os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/0"))


@axme_inbox.agent("shop")
async def refund(intent: axme_inbox.Intent) -> dict[str, Any]:
    order, euros = intent.payload["order"], intent.payload["euros"]
    decision = await intent.wait_for_human(f"Refund {order}?", editable_fields=["euros"], within=WITHIN)
    if not decision.approved:
        print(f"{decision.outcome}: {order}", flush=True)
        return {"refused": decision.outcome}
    euros = decision.data.get("approved", {}).get("euros", euros)

    def pay() -> int:
        print(f"paying {euros} for {order}", flush=True)
        return int(euros)

    return {"paid": await intent.step("pay", pay)}


deliver = worker(app, refund)


@app.task(name="shop.ask")
def ask(order: str, euros: int) -> None:
    """Ask for a refund. Tried again, as tasks are, it asks once."""
    submit(refund, {"order": order, "euros": euros}, key=f"refund-{order}", reply_to="shop")


@app.task(name="shop.settled")
def settled(event: dict[str, Any]) -> None:
    """What came of one that was asked for."""
    intent = event["data"]["intent"]
    print(f"settled {intent['payload']['order']}: {event['type']} {intent.get('result')}", flush=True)


def be_called() -> str:
    """Have the agent called here. Returns the secret that calls are signed with; a real shop keeps it, as any other."""
    key = {"x-api-key": os.environ["AXME_API_KEY"]}
    with httpx.Client(base_url=os.environ["AXME_BASE_URL"] + "/v1", headers=key, timeout=30) as api:
        where = {"delivery_mode": "http", "callback_url": URL}
        shop = api.post("/service-accounts", json={"name": "shop"} | where).raise_for_status().json()
        api.patch("/agents/shop", json=where | {"lease_seconds": 10}).raise_for_status()
        if shop["created"]:
            return str(shop["signing_secret"])
        rotated = f"/service-accounts/{shop['service_account_id']}/signing-secret/rotate"
        return str(api.post(rotated, json={"overlap_seconds": 3600}).raise_for_status().json()["signing_secret"])


def serve() -> None:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="the shop's own")
    urlpatterns.append(path("intents", called(deliver.delay, secret=be_called(), told=settled.delay)))
    print(f"called at {URL}", flush=True)
    make_server("127.0.0.1", PORT, get_wsgi_application()).serve_forever()


urlpatterns: list[Any] = []

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        ask.delay(sys.argv[2], int(sys.argv[3]))
