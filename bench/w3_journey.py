"""W3: the whole journey. Submit with a question to a person, the person decides, and the client that waits on the intent's
stream holds the result. 16 concurrent clients, 2,000 times; without the time for undo.

People decide over the API; on the task's page, loaded whole for each task as by a link in an email; or in the list: each has
the inbox open, clicks on the task, for which the page asks alone, and presses the button, which the next task answers. What
an open page does besides, live updates of its list, is W6's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import Enum
from functools import partial
from uuid import UUID

from bench import cost, figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import QUESTION, order, submit, task_of
from bench.pages import Browser
from bench.product import Product
from bench.runs import Options, Report

CLIENTS = 16
JOURNEYS = 2_000
WARM_UP = 100
PATIENCE_SECONDS = 30

Decide = Callable[[UUID], Awaitable[None]]


class Door(Enum):
    """Where people decide."""

    API = "decided by API"
    PAGE = "decided on the page"
    LIST = "opened in the list"


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for door in Door:
        await _journeys(product, WARM_UP, door)
        for _ in range(options.runs):
            report.add(door.value, await _measured(product, door))
    return report


async def _measured(product: Product, door: Door) -> Figures:
    """Also the processor time of the web processes and of PostgreSQL for one journey, in milliseconds."""
    with product.database() as database:
        before, started = cost.usage(product.pids, database), time.perf_counter()
        taken = await _journeys(product, JOURNEYS, door)
        seconds, used = time.perf_counter() - started, cost.cpu_between(before, cost.usage(product.pids, database))
    each = {f"{role}_ms": 1000 * used[role] / JOURNEYS for role in ("web", "postgres")}
    return {"completed_per_s": JOURNEYS / seconds} | each | figures.latencies(taken)


async def _journeys(product: Product, count: int, door: Door) -> list[float]:
    taken: list[float] = []
    left = iter(range(count))
    session = await Browser.sign_in(product) if door is not Door.API else None

    async def client(number: int) -> None:
        asking = await Connection.open(product.target(number))
        # The manager is at the other web process, where there are two.
        decide: Decide
        if session is None:
            deciding = await Connection.open(product.target(number + 1), as_manager=True)
            decide = partial(_by_api, deciding)
        else:
            browser = await Browser.sign_in(product, number + 1, like=session)
            if door is Door.LIST:
                await browser.get("/inbox")
            decide = partial(_on_page, browser, asking, door)
        for item in left:
            started = time.perf_counter()
            await _journey(product, number, item, asking, decide)
            taken.append(time.perf_counter() - started)
        asking.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return taken


async def _journey(product: Product, number: int, item: int, asking: Connection, decide: Decide) -> None:
    intent_id = await submit(asking, order(item) | {"human_task": QUESTION})
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def got(data: bytes) -> None:
        if b"event: intent.completed" in data and not ended.done():
            ended.set_result(None)

    waiting = await Connection.open(product.target(number))
    waiting.stream(f"/v1/intents/{intent_id}/events/stream?since=0&wait_seconds=60", got)
    await decide(intent_id)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ended
    waiting.close()


async def _by_api(deciding: Connection, intent_id: UUID) -> None:
    await deciding.post(f"/v1/approvals/{intent_id}/decision", {"decision": "approve"})


async def _on_page(browser: Browser, asking: Connection, door: Door, intent_id: UUID) -> None:
    """Look at the task and press the button, as a manager does."""
    task_id = await task_of(asking, intent_id)
    await browser.approve(task_id, await browser.digest(task_id, in_list=door is Door.LIST))
