"""Intents for the workloads: fresh ones over the API, and the thousands that are there already."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from bench import fill
from bench.client import Connection
from bench.product import Product

SERVICE = "agent://myorg/production/order-service"
QUESTION = {"title": "Refund 42.00 EUR to ACME", "task_type": "approval"}


def order(number: int) -> dict[str, Any]:
    """The body of a submit."""
    return {
        "intent_type": "order.fulfill.v1",
        "to_agent": SERVICE,
        "correlation_id": str(uuid4()),
        "payload": {"order_id": f"ORD-{number}", "amount": 4200, "note": "two boxes, leave at the door"},
    }


async def submit(connection: Connection, body: Mapping[str, Any]) -> UUID:
    return UUID((await connection.post("/v1/intents", body))["intent_id"])


async def task_of(connection: Connection, intent_id: UUID) -> str:
    """The id of what a person is asked about the intent."""
    (task,) = (await connection.get(f"/v1/tasks?intent_id={intent_id}"))["tasks"]
    return str(task["task_id"])


async def fill_to(product: Product, count: int) -> None:
    """Let `count` intents exist, half of them waiting and half of them over. Those of earlier calls count, the history
    beside them does not."""
    missing = count + product.history - existing(product)
    if missing > 0:
        await park(product, missing // 2)
        await finish(product, missing - missing // 2)


def existing(product: Product) -> int:
    """How many intents there are."""
    with product.database() as database:
        ((count,),) = database.execute("SELECT count(*) FROM intents_intent").fetchall()
    return int(count)


async def park(product: Product, count: int) -> None:
    """Let `count` more intents wait, each with a timer that is due in about a month."""
    connection = await Connection.open(product.target(0))
    template = await submit(connection, order(0))
    await connection.post(f"/v1/intents/{template}/fail", {"error": {"message": "later"}, "retryable": True})
    due = "now() + interval '30 days' + n.number * interval '1 ms'"
    with product.database() as database:
        fill.copies(
            database,
            template,
            count,
            changes={"timer": {"due_at": due, "next_at": due}, "wait": {"deadline_at": due}},
        )
    # The server has ended the first one meanwhile, where filling took long.
    connection.close()
    connection = await Connection.open(product.target(0))
    await connection.post(f"/v1/intents/{template}/resolve", {"status": "CANCELED", "reason": "template"})
    connection.close()


async def finish(product: Product, count: int) -> None:
    """Let `count` more intents be over."""
    connection = await Connection.open(product.target(0))
    template = await submit(connection, order(0))
    await connection.post(f"/v1/intents/{template}/resolve", {"status": "COMPLETED", "result": {"ok": True}})
    with product.database() as database:
        fill.copies(database, template, count)
    connection.close()
