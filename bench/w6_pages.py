"""W6: pages. How long the server takes for the inbox's pages with many intents and open tasks, one after the other; and 500
live pages while 50 tasks a second come in.
"""

import asyncio
import json
import time
from uuid import UUID

import websockets

from bench import cost, figures, fill
from bench.client import Connection
from bench.figures import Figures
from bench.intents import fill_to, order, submit
from bench.pages import Browser
from bench.product import Product
from bench.runs import Options, Report

INTENTS = (10_000, 100_000, 1_000_000)
OPEN_SHARE = 20
"""One in so many intents is an open task, and one in so many a decided one."""
TIMES = 100
LIVE, SECONDS, RATE = 500, 10, 50
QUESTION = {"title": "Refund 42.00 EUR to ACME", "task_type": "approval", "description": "Two boxes arrived **broken**."}
SPREAD = "now() + interval '1 day' + n.number * interval '1 second'"


async def run(product: Product, options: Options) -> Report:
    report = Report()
    tasks = 0
    for intents in options.sizes or INTENTS:
        await _ask(product, intents // OPEN_SHARE - tasks)
        tasks = intents // OPEN_SHARE
        await fill_to(product, intents)
        for _ in range(options.runs):
            for name, taken in (await _pages(product)).items():
                report.add(f"{name}, {intents:,} intents, {tasks:,} open", _shown(taken))
    for _ in range(options.runs):
        report.add(f"{LIVE} live pages, {RATE} tasks/s", await _live(product))
    return report


async def _ask(product: Product, count: int) -> None:
    """Let `count` more tasks be open and as many decided."""
    due = {"task": {"due_at": SPREAD}, "assignment": {"due_order": SPREAD}}
    for changes in (due, {}):
        # The server has ended those of the round before, where filling took long.
        connection = await Connection.open(product.target(0))
        deciding = await Connection.open(product.target(0), as_manager=True)
        template = await submit(connection, order(0) | {"human_task": QUESTION})
        if not changes:
            await deciding.post(f"/v1/approvals/{template}/decision", {"decision": "approve"})
        with product.database() as database:
            fill.copies(database, template, count, changes=changes)
        connection.close()
        deciding.close()


async def _pages(product: Product) -> dict[str, list[float]]:
    browser = await Browser.sign_in(product)
    with product.database() as database:
        found = database.execute(
            "SELECT id FROM inbox_task WHERE state = 'open' ORDER BY due_order OFFSET 3 LIMIT %s", [TIMES]
        ).fetchall()
    ids = [row[0] for row in found]
    deep = _next_page((await browser.get("/inbox")).body.decode())
    paths = {
        "inbox": ["/inbox"] * TIMES,
        "second page": [deep] * TIMES,
        "task beside the inbox": [f"/inbox/{one}" for one in ids],
        "what changed": [f"/inbox/rows?view=waiting&ids={','.join(map(str, ids[:50]))}"] * TIMES,
        "decided": ["/inbox?view=over"] * TIMES,
        "search": ["/inbox?q=broken"] * TIMES,
    }
    taken: dict[str, list[float]] = {}
    for name, addresses in paths.items():
        await browser.get(addresses[0])
        taken[name] = [await _timed(browser, path) for path in addresses]
    browser.close()
    return taken


def _next_page(page: str) -> str:
    """The address of the next page of a list."""
    before = page.partition('hx-select="#rows > li"')[0]
    return before.rpartition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")


async def _timed(browser: Browser, path: str) -> float:
    started = time.perf_counter()
    await browser.get(path)
    return time.perf_counter() - started


def _shown(seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return figures.latencies(seconds) | {"p95_ms": ordered[int(len(ordered) * 0.95)] * 1000}


async def _live(product: Product) -> Figures:
    """From a task's commit until a page is told of it; and what the web processes need for it."""
    session = await Browser.sign_in(product)
    told: dict[str, list[float]] = {}

    async def listen(number: int) -> None:
        target = product.target(number)
        origin = websockets.Origin(f"http://{target.host}:{target.port}")
        headers = {"Cookie": session.cookie}
        async with websockets.connect(
            f"ws://{target.host}:{target.port}/live", origin=origin, additional_headers=headers
        ) as page:
            await page.send(json.dumps({"task": None, "all": False}))
            async for message in page:
                now = time.perf_counter()
                for one in json.loads(message).get("ids", ()):
                    told.setdefault(one, []).append(now)

    listening = [asyncio.create_task(listen(number)) for number in range(LIVE)]
    await asyncio.sleep(8)
    connection = await Connection.open(product.target(0))
    committed: dict[UUID, float] = {}
    with product.database() as database:
        before = cost.usage(product.pids, database)
        started = time.perf_counter()
        for number in range(SECONDS * RATE):
            committed[await submit(connection, order(number) | {"human_task": QUESTION})] = time.perf_counter()
            await asyncio.sleep(max(0.0, started + (number + 1) / RATE - time.perf_counter()))
        elapsed = time.perf_counter() - started
        await asyncio.sleep(3)
        after = cost.usage(product.pids, database)
        found = database.execute(
            "SELECT id, intent_id FROM inbox_task WHERE intent_id = ANY(%s)", [list(committed)]
        ).fetchall()
    for one in listening:
        one.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    connection.close()
    session.close()
    delays = [moment - committed[intent] for task, intent in found for moment in told.get(str(task), ())]
    cpu = cost.cpu_between(before, after)
    return figures.latencies(delays) | {
        "told_share": len(delays) / (len(committed) * LIVE),
        "tasks_per_s": len(committed) / elapsed,
        "web_cpu_pct": cpu["web"] / elapsed * 100,
    }
