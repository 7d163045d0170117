"""W1b: submit in batches. 4 clients submit 20,000 intents, 500 a call, each call one durable transaction."""

import asyncio
import time

from bench import cost, figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order
from bench.product import Product
from bench.runs import Options, Report

CLIENTS = 4
CALLS = 40
BATCH = 500
WARM_UP = 4


async def run(product: Product, options: Options) -> Report:
    report = Report()
    await _submit(product, WARM_UP)
    for _ in range(options.runs):
        report.add(f"{BATCH} a call", await _measured(product))
    return report


async def _measured(product: Product) -> Figures:
    intents = CALLS * BATCH
    with product.database() as database:
        before = cost.usage(product.pids, database)
        started = time.perf_counter()
        taken = await _submit(product, CALLS)
        elapsed = time.perf_counter() - started
        spent = cost.cpu_between(before, cost.usage(product.pids, database))
    cpu = {f"{role}_cpu_ms": seconds * 1000 / intents for role, seconds in spent.items()}
    return {"ops_per_s": intents / elapsed} | figures.latencies(taken) | cpu


async def _submit(product: Product, calls: int) -> list[float]:
    """Make `calls` calls by CLIENTS connections. Returns how long each took, in seconds."""
    taken: list[float] = []
    left = iter(range(calls))

    async def client(number: int) -> None:
        connection = await Connection.open(product.target(number))
        for _ in left:
            body = {"intents": [order(item) for item in range(BATCH)]}
            started = time.perf_counter()
            answer = await connection.post("/v1/intents/batch", body)
            taken.append(time.perf_counter() - started)
            assert all(one["ok"] for one in answer["intents"])
        connection.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return taken
