"""W8: dashboards. 500 open overviews while 50 intents a second come in; from an intent's commit until a page has been sent
the number with it.
"""

import asyncio
import json
import time

import websockets

from bench import cost, figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import QUESTION, order, submit
from bench.pages import Browser
from bench.product import Product
from bench.runs import Options, Report

PAGES, SECONDS, RATE = 500, 20, 50
AFTER_SECONDS = 4.0
"""For what is late."""
TILE, VALUE = 'data-tile=\\"waiting_human\\"', 'class=\\"value\\"'
"""Where the number stands, in HTML in JSON."""


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for size in options.sizes or (PAGES,):
        for _ in range(options.runs):
            report.add(f"{size} dashboards, {RATE} commits/s", await _shown(product, size))
    return report


class Dashboard:
    """An open page of operations."""

    def __init__(self, product: Product, number: int, session: Browser) -> None:
        self._target = product.target(number)
        self._session = session
        self.shown: list[tuple[float, int]] = []
        self.messages = self.bytes = 0
        self.live = asyncio.Event()

    async def follow(self) -> None:
        """Until it is cancelled."""
        host = f"{self._target.host}:{self._target.port}"
        origin, headers = websockets.Origin(f"http://{host}"), {"Cookie": self._session.cookie}
        async with websockets.connect(f"ws://{host}/live", origin=origin, additional_headers=headers) as socket:
            await socket.send(json.dumps({"task": None, "all": False, "watch": True, "overview": "24h"}))
            async for message in socket:
                self._told(str(message))

    def _told(self, message: str) -> None:
        self.messages += 1
        self.bytes += len(message)
        # Taken apart by hand: the client shares the processors with what it measures.
        tile = message.find(TILE)
        if tile >= 0:
            start = message.index(">", message.index(VALUE, tile)) + 1
            self.shown.append((time.perf_counter(), int(message[start : message.index("<", start)])))
            self.live.set()


async def _shown(product: Product, size: int) -> Figures:
    session = await Browser.sign_in(product, who="DEMO_OPS")
    dashboards = [Dashboard(product, number, session) for number in range(size)]
    following = [asyncio.create_task(one.follow()) for one in dashboards]
    live = asyncio.gather(*(one.live.wait() for one in dashboards))
    ended, _ = await asyncio.wait({live, *following}, return_when=asyncio.FIRST_COMPLETED)
    for one in ended - {live}:
        one.result()
    base = dashboards[0].shown[-1][1]
    connection = await Connection.open(product.target(0))
    committed: list[float] = []
    # Who watches is not asked, as most who do.
    asked = QUESTION | {"assignees": [product.demo["DEMO_MANAGER_EMAIL"]]}
    with product.database() as database:
        before, own = cost.usage(product.pids, database), cost.own_cpu_seconds()
        told = sum(one.messages for one in dashboards)
        size_before = sum(one.bytes for one in dashboards)
        started = time.perf_counter()
        for number in range(SECONDS * RATE):
            await submit(connection, order(number) | {"human_task": asked})
            committed.append(time.perf_counter())
            await asyncio.sleep(max(0.0, started + (number + 1) / RATE - time.perf_counter()))
        elapsed = time.perf_counter() - started
        told = sum(one.messages for one in dashboards) - told
        sent = sum(one.bytes for one in dashboards) - size_before
        after = cost.usage(product.pids, database)
        client = cost.own_cpu_seconds() - own
        await asyncio.sleep(AFTER_SECONDS)
    for task in following:
        assert not task.done(), task.result()
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    connection.close()
    session.close()
    delays = [delay for one in dashboards for delay in _delays(one.shown, committed, base)]
    cpu = cost.cpu_between(before, after)
    return figures.latencies(delays) | {
        "shown_share": len(delays) / (len(committed) * size),
        "within_2s_share": sum(delay <= 2 for delay in delays) / (len(committed) * size),
        "commits_per_s": len(committed) / elapsed,
        "messages_per_s": told / elapsed,
        "message_kb": sent / max(told, 1) / 1000,
        "web_cpu_pct": cpu["web"] / elapsed * 100,
        "postgres_cpu_pct": cpu["postgres"] / elapsed * 100,
        "client_cpu_pct": client / elapsed * 100,
    }


def _delays(shown: list[tuple[float, int]], committed: list[float], base: int) -> list[float]:
    """From each commit until a page shows a number that it is in."""
    delays: list[float] = []
    for moment, value in shown:
        while len(delays) < min(value - base, len(committed)):
            delays.append(max(0.0, moment - committed[len(delays)]))
    return delays
