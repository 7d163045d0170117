"""W13: the hot calls of agents and people. So many connections send one kind of call, each about an intent of its own that
its agent has claimed, or that waits for a person, on the short path, where those that arrive together share a transaction,
and on the ordinary one, in turn."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from bench import cost, figures
from bench.client import Connection, Refused
from bench.figures import Figures
from bench.intents import QUESTION, order
from bench.product import Product
from bench.runs import Options, Report
from tests.load import quick

CLIENTS = (16, 64)
INTENTS = 1_000
BATCH = 500
PATHS = {"grouped": "application/json", "alone": "text/plain"}
"""The API reads bodies of whatever kind; the short path takes those alone that say they are JSON."""
Body = Callable[[int], dict[str, Any]]
CALLS: tuple[tuple[str, Body], ...] = (
    ("acknowledge", lambda n: {}),
    ("heartbeat", lambda n: {}),
    ("progress", lambda n: {"percent": n % 100}),
    ("checkpoint", lambda n: {"step": n, "state": {"at": n}}),
    ("steps/charge", lambda n: {"result": {"paid": n, "reference": f"REF-{n}"}}),
    ("resume", lambda n: {"ok": True, "reference": f"REF-{n}"}),
    ("resolve", lambda n: {"status": "COMPLETED", "result": {"ok": True}}),
)


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for clients in options.sizes or CLIENTS:
        for _ in range(options.runs):
            for path in PATHS:
                for name, found in (await _measured(product, clients, path)).items():
                    report.add(f"{name}, {clients} at once, {path}", found)
    return report


async def _measured(product: Product, clients: int, path: str) -> dict[str, Figures]:
    ids = await _claimed(product)
    found = {name: await _burst(product, clients, path, name, body, ids) for name, body in CALLS[:-1]}
    name, body = CALLS[-1]
    ids = await _submitted(product)
    found["claim"] = await _burst(product, clients, path, "claim", lambda n: {"max": 1, "lease_seconds": 3600}, ids)
    found[name] = await _burst(product, clients, path, name, body, ids)
    asked = await _submitted(product, human_task=QUESTION)
    return found | {"decision": await _burst(product, clients, path, "decision", lambda n: {"decision": "approve"}, asked)}


async def _submitted(product: Product, **more: Any) -> list[str]:
    connection = await Connection.open(product.target(0))
    ids: list[str] = []
    for at in range(0, INTENTS, BATCH):
        batch = {"intents": [order(at + n) | more for n in range(BATCH)]}
        ids += [one["intent_id"] for one in (await connection.post("/v1/intents/batch", batch))["intents"]]
    connection.close()
    return ids


async def _claimed(product: Product) -> list[str]:
    """Intents that their agent has in its hands."""
    await _submitted(product)
    connection = await Connection.open(product.target(0))
    ids: list[str] = []
    while len(ids) < INTENTS:
        got = await connection.post("/v1/agents/order-service/claim", {"max": 100, "wait_seconds": 1, "lease_seconds": 3600})
        ids += [one["intent_id"] for one in got["intents"]]
    connection.close()
    return ids


async def _burst(product: Product, clients: int, path: str, name: str, body: Body, ids: list[str]) -> Figures:
    taken: list[float] = []
    left = iter(enumerate(ids))

    async def client(number: int) -> None:
        connection = await Connection.open(product.target(number))
        target = product.target(number)
        for n, intent_id in left:
            headers = {
                "host": f"{target.host}:{target.port}",
                "x-api-key": target.api_key,
                "content-type": PATHS[path],
            }
            at = f"/v1/intents/{intent_id}/{name}"
            match name:
                case "claim":
                    at = "/v1/agents/order-service/claim"
                case "decision":
                    at = f"/v1/approvals/{intent_id}/{name}"
                    headers |= {"authorization": f"Bearer {target.manager_token}", "idempotency-key": uuid4().hex}
                case _:
                    headers["idempotency-key"] = uuid4().hex
            method = "PUT" if name.startswith("steps/") else "POST"
            wish = quick.wish(method, at, headers, json.dumps(body(n)).encode())
            started = time.perf_counter()
            answer = await connection.ask(f"{wish.line}\r\n".encode() + wish.rest)
            taken.append(time.perf_counter() - started)
            if answer.status not in (200, 201):
                raise Refused(f"{name}: {answer.status} {answer.body[:300]!r}")
        connection.close()

    with product.database() as database:
        before = cost.usage(product.pids, database)
        started = time.perf_counter()
        await asyncio.gather(*(client(number) for number in range(clients)))
        elapsed = time.perf_counter() - started
        spent = cost.cpu_between(before, cost.usage(product.pids, database))
    cpu = {f"{role}_cpu_ms": seconds * 1000 / len(ids) for role, seconds in spent.items() if role in ("web", "postgres")}
    return {"ops_per_s": len(ids) / elapsed} | figures.latencies(taken) | cpu
