"""W7: push delivery. How soon an agent that is called has an intent, and how many reach it a second; the same of the events
that endpoints subscribed to.

The receiver answers at once, in this process. Beside it in the same run: a bare loop that posts the same bodies to it. Then
the same one by one, while as many as `--sizes` says wait for an agent that never answers.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, cast

import httpx

from bench import figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order
from bench.product import Product
from bench.runs import Options, Report

ONE_BY_ONE = 200
TOGETHER = 2_000
AGENTS, MANY_AGENTS = 4, 16
"""Each has four in flight."""
BATCH = 100
PATIENCE_SECONDS = 120.0
HUNG = 10_000


class Receiver(asyncio.Protocol):
    """Answers each request with 204, and notes when the first byte of each came, by what it carries."""

    came: dict[str, float]
    all: asyncio.Event
    expected: int

    def __init__(self) -> None:
        self._read = b""
        self._began: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._began is None:
            self._began = time.time()
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        if len(body) < length:
            return
        self.came[_intent_of(json.loads(body))] = self._began
        self._read, self._began = b"", None
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        if len(self.came) >= self.expected:
            self.all.set()


def _intent_of(body: dict[str, Any]) -> str:
    return str(body.get("data", body)["intent_id"])


async def run(product: Product, options: Options) -> Report:
    report = Report()
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    connection = await Connection.open(product.target(0))
    for number in range(AGENTS):
        product.command("create_agent", _name(number), "--workspace", "myorg/production")
        await connection.patch(f"/v1/agents/{_name(number)}", {"delivery_mode": "http", "callback_url": url})
    for _ in range(options.runs):
        report.add("one by one", await _one_by_one(connection))
        report.add(f"{TOGETHER:,} at once to {AGENTS} agents", await _together(connection, url))
    await _call_many(connection, url)
    for _ in range(options.runs):
        report.add(f"{TOGETHER:,} at once to {MANY_AGENTS} agents", await _together(connection, url, _to_many))
    made = await _subscribed(product, connection, url)
    for _ in range(options.runs):
        report.add("subscriptions, one by one", await _one_by_one(connection, _told))
        report.add(f"subscriptions, {TOGETHER:,} at once to {AGENTS} endpoints", await _together(connection, url, _told))
    for one in made:
        await connection.patch(f"/v1/webhooks/subscriptions/{one}", {"active": False})
    hanging = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/"
    product.command("create_agent", "hanging", "--workspace", "myorg/production")
    await connection.patch("/v1/agents/hanging", {"delivery_mode": "http", "callback_url": url})
    hung = 0
    for count in sorted(options.sizes or [HUNG]):
        for first in range(hung, count, BATCH):
            batch = [order(number) | {"to_agent": "hanging"} for number in range(first, min(first + BATCH, count))]
            await connection.post("/v1/intents/batch", {"intents": batch})
        hung = count
        report.add(f"one by one beside {count:,} that come for one that hangs", await _one_by_one(connection))
        await asyncio.to_thread(_all_leased, product, count)
        report.add(f"one by one beside {count:,} that wait for one that hangs", await _one_by_one(connection))
    connection.close()
    server.close()
    hanging.close()
    return report


def _all_leased(product: Product, count: int) -> None:
    """Wait until as many are to be posted: until then they are being leased."""
    with product.database() as database:
        while database.execute("SELECT count(*) FROM intents_push WHERE state = 'ready'").fetchone()[0] < count - BATCH:
            time.sleep(0.5)


async def _call_many(connection: Connection, url: str) -> None:
    for number in range(MANY_AGENTS):
        name = f"one-of-many-{number}"
        await connection.post("/v1/service-accounts", {"name": name})
        await connection.patch(f"/v1/agents/{name}", {"delivery_mode": "http", "callback_url": url})


def _to_many(number: int) -> dict[str, Any]:
    return order(number) | {"to_agent": f"one-of-many-{number % MANY_AGENTS}"}


def _name(number: int) -> str:
    return f"called-{number % AGENTS}"


async def _subscribed(product: Product, connection: Connection, url: str) -> list[str]:
    """Endpoints that are each told what is submitted to an agent of their own, which takes nothing: their ids."""
    found = []
    for number in range(AGENTS):
        product.command("create_agent", _told_name(number), "--workspace", "myorg/production")
        asked = {"callback_url": f"{url}{number}", "event_types": ["intent.submitted"], "agents": [_told_name(number)]}
        answer = await connection.post("/v1/webhooks/subscriptions", asked)
        found.append(str(answer["subscription"]["subscription_id"]))
    return found


def _told_name(number: int) -> str:
    return f"told-of-{number % AGENTS}"


def _expect(count: int) -> asyncio.Event:
    Receiver.came, Receiver.all, Receiver.expected = {}, asyncio.Event(), count
    return Receiver.all


Order = Callable[[int], dict[str, Any]]


def _to(number: int) -> dict[str, Any]:
    return order(number) | {"to_agent": _name(number)}


def _told(number: int) -> dict[str, Any]:
    return order(number) | {"to_agent": _told_name(number)}


async def _one_by_one(connection: Connection, to: Order = _to) -> Figures:
    """From the answer to a submit, when it is committed, to the first byte at the receiver."""
    late = []
    for number in range(ONE_BY_ONE):
        came = _expect(1)
        intent_id = (await connection.post("/v1/intents", to(number)))["intent_id"]
        committed = time.time()
        await asyncio.wait_for(came.wait(), PATIENCE_SECONDS)
        late.append(max(0.0, Receiver.came[intent_id] - committed))
    return figures.latencies(late)


async def _together(connection: Connection, url: str, to: Order = _to) -> Figures:
    came = _expect(TOGETHER)
    for first in range(0, TOGETHER, BATCH):
        await connection.post("/v1/intents/batch", {"intents": [to(number) for number in range(first, first + BATCH)]})
    await asyncio.wait_for(came.wait(), PATIENCE_SECONDS)
    at = sorted(Receiver.came.values())
    ours = len(at) / (at[-1] - at[0])
    bare = await _bare(url)
    return {"deliveries_per_s": ours, "bare_per_s": bare, "share": ours / bare}


async def _bare(url: str) -> float:
    """Posts a second of one loop that does nothing but post."""
    _expect(TOGETHER + 1)
    body = json.dumps({"intent_id": "bare"} | order(0)).encode()

    def loop() -> float:
        with httpx.Client() as client:
            began = time.perf_counter()
            for _ in range(TOGETHER):
                client.post(url, content=body, headers={"content-type": "application/json"})
            return TOGETHER / (time.perf_counter() - began)

    return await asyncio.to_thread(loop)
