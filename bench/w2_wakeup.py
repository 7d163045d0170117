"""W2: wake-up. A client waits on an intent's stream, another ends the intent; until the waiting one holds the result.

The two talk to different web processes where there are two, so the wake-up crosses them.
"""

import asyncio
import time

from bench import figures
from bench.client import Connection
from bench.intents import fill_to, order, submit
from bench.product import Product
from bench.runs import Options, Report

TIMES = 300
PARKED = (0, 1_000, 100_000)
SETTLE_SECONDS = 0.03
"""From the stream's headers until its server has looked at what is there already."""
PATIENCE_SECONDS = 20


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for parked in options.sizes or PARKED:
        await fill_to(product, 2 * parked)
        for _ in range(options.runs):
            taken = [await _wake_up(product) for _ in range(TIMES)]
            report.add(f"{parked:,} parked", figures.latencies(taken))
    return report


async def _wake_up(product: Product) -> float:
    """Seconds from the start of the ending call to the result at the waiting client."""
    waiting, ending = [await Connection.open(product.target(number)) for number in (0, 1)]
    intent_id = await submit(ending, order(0))
    opened, woken = asyncio.Event(), asyncio.get_running_loop().create_future()

    def got(data: bytes) -> None:
        opened.set()
        if b"event: intent.completed" in data and not woken.done():
            woken.set_result(time.perf_counter())

    waiting.stream(f"/v1/intents/{intent_id}/events/stream?since=2&wait_seconds=60", got)
    await opened.wait()
    await asyncio.sleep(SETTLE_SECONDS)
    started = time.perf_counter()
    await ending.post(f"/v1/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {"approved": True}})
    async with asyncio.timeout(PATIENCE_SECONDS):
        ended: float = await woken
    waiting.close()
    ending.close()
    return ended - started
