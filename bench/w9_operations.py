"""W9: operations. How long those who watch and repair wait for each page and call, one after the other, in a workspace with
90 days of history.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from bench import figures, past, plans
from bench.client import Connection
from bench.figures import Figures
from bench.pages import Browser
from bench.product import Product
from bench.runs import Options, Report

INTENTS = (100_000, 1_000_000)
OPEN_SHARE = 20
"""One in so many intents is open."""
TIMES, MANY, TIMES_OF_MANY = 30, 500_000, 12
"""So often each is asked for; with MANY intents less often, for then it takes longer."""
SPANS = ("1h", "24h", "7d", "90d")
LISTS = (
    *(
        "is:open",
        "for:human",
        "for:tool",
        "is:overdue",
        "is:due-soon",
        "is:stuck",
        "is:unroutable",
        "is:retrying",
        "is:dead",
    ),
    *("is:failed ended:<24h", "agent:billing is:open", "created:<24h", "decided:<24h", "assignee:me", ""),
)
NUMBERS = "payload.amount:>9990 is:open"
"""The first who compares numbers at a path has payloads read; from then on these numbers are kept."""
KEPT_WITHIN = 120.0
"""So many seconds after that they are."""
SEARCHES = (
    *("for:human risk:critical age:>2d", "is:waiting for:human risk:high age:>=24h age:<3d", "type:refund is:open"),
    *("refund", "town17", "ref123456", "nothere", "town17 is:open", NUMBERS, "decided:<90d"),
)
Ask = Callable[[str], Awaitable[Any]]


async def run(product: Product, options: Options) -> Report:
    report = Report()
    there = 0
    for intents in options.sizes or INTENTS:
        started = time.perf_counter()
        await past.make(product, intents - there, (intents - there) // OPEN_SHARE)
        there = intents
        print(f"{intents:,} intents after {time.perf_counter() - started:.0f} s", flush=True)
        for _ in range(options.runs):
            for name, taken in (await _taken(product, TIMES_OF_MANY if intents >= MANY else TIMES)).items():
                report.add(f"{name}, {intents:,} intents", _shown(taken))
    report.plans = plans.explain_operations(product)
    return report


async def _taken(product: Product, times: int) -> dict[str, list[float]]:
    """How long each page and each call took, in seconds, each asked for so many times."""
    browser = await Browser.sign_in(product, who="DEMO_OPS")
    watcher = product.target(0)._replace(manager_token=product.demo["DEMO_OPS_TOKEN"])

    # Each on a connection of its own: the server closes those that are idle for some seconds, while others are measured.
    async def pages(paths: list[str], *, warm: bool = True) -> list[float]:
        own = await Browser.sign_in(product, like=browser)
        took = await _times(own.get, paths, warm=warm)
        own.close()
        return took

    async def calls(paths: list[str]) -> list[float]:
        own = await Connection.open(watcher, as_manager=True)
        took = await _times(own.get, paths)
        own.close()
        return took

    with product.database() as database:
        found = database.execute(
            "(SELECT id FROM intents_intent WHERE status = 'WAITING' ORDER BY id DESC OFFSET 9 LIMIT %(n)s)"
            " UNION ALL (SELECT id FROM intents_intent WHERE status = 'COMPLETED' ORDER BY id DESC OFFSET 9 LIMIT %(n)s)",
            {"n": times // 2},
        ).fetchall()
    taken: dict[str, list[float]] = {}
    for span in SPANS:
        taken[f"overview {span}"] = await pages([f"/operations?range={span}"] * times)
        taken[f"overview {span}, API"] = await calls([f"/v1/operations/overview?range={span}"] * times)
    for name in ("agents", "deliveries", "system", "bulk"):
        taken[f"page {name}"] = await pages([f"/operations/{name}"] * times)
    taken["page people 90d"] = await pages(["/operations/people?range=90d"] * times)
    taken["people 90d, API"] = await calls(["/v1/operations/people?range=90d"] * times)
    taken["people 90d, figures, API"] = await calls(["/v1/operations/people/figures?range=90d"] * times)
    taken["page of an intent"] = await pages([f"/operations/intents/{one}?q=is:open" for (one,) in found])
    asked = urlencode({"q": NUMBERS})
    taken[f"first search [{NUMBERS}]"] = await pages([f"/operations/intents?{asked}"], warm=False)
    taken["numbers kept after"] = [await _until_kept(product)]
    for kind, queries in (("list", LISTS), ("search", SEARCHES)):
        every: dict[str, list[float]] = {"": [], ", API": []}
        for q in queries:
            asked = urlencode({"q": q})
            taken[f"{kind} [{q}]"] = await pages([f"/operations/intents?{asked}"] * times)
            taken[f"{kind} [{q}], API"] = await calls([f"/v1/operations/intents?{asked}"] * times)
            for by, all_of_it in every.items():
                all_of_it.extend(taken[f"{kind} [{q}]{by}"])
        taken |= {f"all: {kind}{by}": all_of_it for by, all_of_it in every.items()}
    browser.close()
    return taken


async def _until_kept(product: Product) -> float:
    """Seconds until the numbers at a path are all kept."""
    started = time.perf_counter()
    with product.database() as database:
        while database.execute("SELECT FROM inbox_payloadpath WHERE kept_at IS NULL").fetchall():
            if time.perf_counter() - started > KEPT_WITHIN:
                raise TimeoutError(f"numbers are not kept after {KEPT_WITHIN:.0f} s")
            await asyncio.sleep(0.05)
    return time.perf_counter() - started


async def _times(ask: Ask, paths: list[str], *, warm: bool = True) -> list[float]:
    if warm:
        await ask(paths[0])
    return [await _timed(partial(ask, path)) for path in paths]


async def _timed(ask: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await ask()
    return time.perf_counter() - started


def _shown(seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return figures.latencies(seconds) | {"p95_ms": ordered[int(len(ordered) * 0.95)] * 1000}
