"""W5: parked cost. What thousands of waiting intents, and of open streams, cost while nothing happens."""

import asyncio
import time

from bench import cost
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order, park, submit
from bench.product import Product
from bench.runs import Options, Report

PARKED = (0, 10_000, 100_000)
STREAMS = 2_000
REST_SECONDS = 20
SETTLE_SECONDS = 12
"""Until autovacuum's wake-up and the backends' late reports of their counts are over."""


async def run(product: Product, options: Options) -> Report:
    report = Report()
    there = 0
    for parked in options.sizes or PARKED:
        await park(product, parked - there)
        there = parked
        await asyncio.sleep(SETTLE_SECONDS)
        for _ in range(options.runs):
            report.add(f"{parked:,} parked", await _at_rest(product))
    for _ in range(options.runs):
        report.add(f"{STREAMS:,} streams", await _streams(product))
    return report


async def _at_rest(product: Product) -> Figures:
    """What a second of doing nothing costs."""
    with product.database() as database:
        before = cost.usage(product.pids, database)
        started = time.perf_counter()
        await asyncio.sleep(REST_SECONDS)
        after = cost.usage(product.pids, database)
        elapsed = time.perf_counter() - started
    # Not counting our own look.
    figures = {"queries_per_s": (after.transactions - before.transactions - 2) / elapsed}
    figures |= {f"{role}_cpu_pct": seconds / elapsed * 100 for role, seconds in cost.cpu_between(before, after).items()}
    return figures | {
        f"{role}_mib": cost.memory_kib(pids) / 1024 for role, pids in product.pids.items() if role != "postgres"
    }


async def _streams(product: Product) -> Figures:
    """The same with STREAMS event streams open, each on an intent of its own, and the memory each takes."""
    connection = await Connection.open(product.target(0))
    ids = [await submit(connection, order(number)) for number in range(STREAMS)]
    web = product.pids["web"]
    before = cost.memory_kib(web)
    streams = [await Connection.open(product.target(number)) for number in range(STREAMS)]
    left, all_open = STREAMS, asyncio.Event()

    def got(data: bytes) -> None:
        nonlocal left
        left -= data.startswith(b"HTTP/1.1 200")
        if not left:
            all_open.set()

    for stream, intent_id in zip(streams, ids, strict=True):
        stream.stream(f"/v1/intents/{intent_id}/events/stream?since=2&wait_seconds=60", got)
    async with asyncio.timeout(30):
        await all_open.wait()
    await asyncio.sleep(SETTLE_SECONDS)
    figures = await _at_rest(product)
    figures["stream_kib"] = (cost.memory_kib(web) - before) / STREAMS
    for stream in streams:
        stream.close()
    connection.close()
    return figures
