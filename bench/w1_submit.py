"""W1: submit. 16 clients submit 5,000 intents, each durably committed before its answer; the more there are, the same."""

import asyncio
import time
from uuid import uuid4

from bench import cost, figures, plans
from bench.client import Connection
from bench.figures import Figures
from bench.intents import fill_to, order
from bench.product import Product
from bench.runs import Options, Report

CLIENTS = 16
INTENTS = 5_000
WARM_UP = 500
EXISTING = (0, 10_000, 100_000, 1_000_000)


async def run(product: Product, options: Options) -> Report:
    """Half of the intents that exist already wait, half are over."""
    report = Report()
    await _submit(product, WARM_UP)
    for existing in options.sizes or EXISTING:
        await fill_to(product, existing)
        for _ in range(options.runs):
            report.add(f"{existing:,} exist", await _measured(product))
    report.plans = plans.explain(product)
    return report


async def _measured(product: Product) -> Figures:
    with product.database() as database:
        before, own = cost.usage(product.pids, database), cost.own_cpu_seconds()
        started = time.perf_counter()
        taken = await _submit(product, INTENTS)
        elapsed = time.perf_counter() - started
        spent = cost.cpu_between(before, cost.usage(product.pids, database))
    spent["client"] = cost.own_cpu_seconds() - own
    cpu = {f"{role}_cpu_ms": seconds * 1000 / INTENTS for role, seconds in spent.items()}
    return {"ops_per_s": INTENTS / elapsed} | figures.latencies(taken) | cpu


async def _submit(product: Product, count: int) -> list[float]:
    """Submit `count` intents by CLIENTS connections. Returns how long each took, in seconds."""
    taken: list[float] = []
    left = iter(range(count))

    async def client(number: int) -> None:
        connection = await Connection.open(product.target(number))
        for item in left:
            body = order(item)
            started = time.perf_counter()
            await connection.post("/v1/intents", body, key=uuid4().hex)
            taken.append(time.perf_counter() - started)
        connection.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return taken
