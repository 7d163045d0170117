"""W2: wake-up. A client waits on an intent's stream, another ends the intent, or a manager decides it on the task's page;
until the waiting one holds the result.

The two talk to different web processes where there are two, so the wake-up crosses them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from bench import figures
from bench.client import Connection
from bench.intents import QUESTION, fill_to, order, submit, task_of
from bench.pages import Browser
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
        manager = await Browser.sign_in(product, 1)
        for _ in range(options.runs):
            for how, browser in (("", None), (", decided on the page", manager)):
                taken = [await _wake_up(product, browser) for _ in range(TIMES)]
                report.add(f"{parked:,} parked{how}", figures.latencies(taken))
        manager.close()
    return report


async def _wake_up(product: Product, manager: Browser | None) -> float:
    """Seconds from the start of the ending call, or of the manager's press, to the result at the waiting client."""
    waiting, ending = [await Connection.open(product.target(number)) for number in (0, 1)]
    intent_id = await submit(ending, order(0) | ({"human_task": QUESTION} if manager else {}))
    end = await _page(manager, ending, intent_id) if manager else partial(_resolve, ending, intent_id)
    opened, woken = asyncio.Event(), asyncio.get_running_loop().create_future()

    def got(data: bytes) -> None:
        opened.set()
        if b"event: intent.completed" in data and not woken.done():
            woken.set_result(time.perf_counter())

    waiting.stream(f"/v1/intents/{intent_id}/events/stream?since=2&wait_seconds=60", got)
    await opened.wait()
    await asyncio.sleep(SETTLE_SECONDS)
    started = time.perf_counter()
    await end()
    async with asyncio.timeout(PATIENCE_SECONDS):
        ended: float = await woken
    waiting.close()
    ending.close()
    return ended - started


async def _resolve(ending: Connection, intent_id: UUID) -> None:
    await ending.post(f"/v1/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {"approved": True}})


async def _page(manager: Browser, asking: Connection, intent_id: UUID) -> Callable[[], Awaitable[None]]:
    """Open the task's page. Returns what presses its button."""
    task_id = await task_of(asking, intent_id)
    return partial(manager.approve, task_id, await manager.digest(task_id))
