"""W3: the whole journey. Submit with a question to a person, the person decides over the API, and the client that waits on
the intent's stream holds the result. 16 concurrent clients, 2,000 times.
"""

import asyncio
import time

from bench import figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order, submit
from bench.product import Product
from bench.runs import Options, Report

CLIENTS = 16
JOURNEYS = 2_000
WARM_UP = 100
PATIENCE_SECONDS = 30
QUESTION = {"title": "Refund 42.00 EUR to ACME", "task_type": "approval"}


async def run(product: Product, options: Options) -> Report:
    report = Report()
    await _journeys(product, WARM_UP)
    for _ in range(options.runs):
        report.add("decided by API", await _measured(product))
    return report


async def _measured(product: Product) -> Figures:
    started = time.perf_counter()
    taken = await _journeys(product, JOURNEYS)
    return {"completed_per_s": JOURNEYS / (time.perf_counter() - started)} | figures.latencies(taken)


async def _journeys(product: Product, count: int) -> list[float]:
    taken: list[float] = []
    left = iter(range(count))

    async def client(number: int) -> None:
        asking = await Connection.open(product.target(number))
        # The manager is at the other web process, where there are two.
        deciding = await Connection.open(product.target(number + 1), as_manager=True)
        for item in left:
            started = time.perf_counter()
            await _journey(product, number, item, asking, deciding)
            taken.append(time.perf_counter() - started)
        asking.close()
        deciding.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return taken


async def _journey(product: Product, number: int, item: int, asking: Connection, deciding: Connection) -> None:
    intent_id = await submit(asking, order(item) | {"human_task": QUESTION})
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def got(data: bytes) -> None:
        if b"event: intent.completed" in data and not ended.done():
            ended.set_result(None)

    waiting = await Connection.open(product.target(number))
    waiting.stream(f"/v1/intents/{intent_id}/events/stream?since=0&wait_seconds=60", got)
    await deciding.post(f"/v1/approvals/{intent_id}/decision", {"decision": "approve"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ended
    waiting.close()
