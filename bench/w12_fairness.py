"""W12: fairness. What a submit of one workspace takes alone, and while another sends 2,000 a second."""

import asyncio
import time
from functools import partial
from uuid import uuid4

from bench import figures
from bench.client import Connection, Target
from bench.figures import Figures
from bench.intents import order
from bench.product import Product
from bench.runs import Options, Report
from tests.load import quick

MANY_PER_SECOND = 2_000
MANY_AT_ONCE = 256
"""Connections of the one that sends so many: it waits for an answer where the server does not keep up."""
TICK_SECONDS = 0.002
FEW = 500
FEW_PER_SECOND = 50
WARM_UP = 50
WORKSPACE = "neighbours/production"
ADDRESS = f"agent://{WORKSPACE}/order-service"


async def run(product: Product, options: Options) -> Report:
    report = Report()
    key = _another_key(product)
    targets = [target._replace(api_key=key) for target in product.targets]
    await _few(targets, WARM_UP)
    for _ in range(options.runs):
        alone = figures.latencies(await _few(targets, FEW))
        report.add("alone", alone)
        many = _Many(product)
        sending = asyncio.create_task(many.send())
        await _few(targets, WARM_UP)
        beside = figures.latencies(await _few(targets, FEW))
        many.over.set()
        beside |= await sending
        report.add("beside one that sends many", beside | {"times_p99": beside["p99_ms"] / alone["p99_ms"]})
    return report


def _another_key(product: Product) -> str:
    """The key of an agent of another workspace."""
    product.command("create_organization", WORKSPACE.partition("/")[0])
    product.command("create_workspace", WORKSPACE)
    product.command("create_agent", "sender", "--workspace", WORKSPACE)
    said = product.program("manage", "create_key", "sender", "--workspace", WORKSPACE)
    return next(line for line in said.splitlines() if line.startswith("axme_sa_"))


async def _few(targets: list[Target], count: int) -> list[float]:
    """Submit `count`, one each moment, by one connection to each target in turn. How long each took, in seconds."""
    connections = [await Connection.open(target) for target in targets]
    taken = []
    started = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, started + number / FEW_PER_SECOND - time.perf_counter()))
        began = time.perf_counter()
        wanted = order(number) | {"to_agent": ADDRESS}
        await connections[number % len(connections)].post("/v1/intents", wanted, key=uuid4().hex)
        taken.append(time.perf_counter() - began)
    for connection in connections:
        connection.close()
    return taken


class _Many:
    """One that sends MANY_PER_SECOND until it is `over`."""

    def __init__(self, product: Product) -> None:
        self.over = asyncio.Event()
        self._product = product
        self._idle: list[tuple[quick.Connection, bytes]] = []
        self._accepted = self._refused = 0

    async def send(self) -> Figures:
        """How many were accepted and refused a second."""
        for number in range(MANY_AT_ONCE):
            target = self._product.target(number)
            wish = quick.post("/v1/intents", order(number), {"x-api-key": target.api_key})
            request = f"{wish.line}\r\nhost: {target.host}:{target.port}\r\n".encode() + wish.rest
            self._idle.append((await Connection.open(target), request))
        everyone = list(self._idle)
        started, sent = time.perf_counter(), 0
        while not self.over.is_set():
            due = int((time.perf_counter() - started) * MANY_PER_SECOND)
            while sent < due and self._idle:
                one = self._idle.pop()
                one[0].ask(one[1]).add_done_callback(partial(self._answered, one))
                sent += 1
            await asyncio.sleep(TICK_SECONDS)
        seconds = time.perf_counter() - started
        for connection, _ in everyone:
            connection.transport.close()
        return {"accepted_per_s": self._accepted / seconds, "refused_per_s": self._refused / seconds}

    def _answered(self, one: tuple[quick.Connection, bytes], answer: "asyncio.Future[quick.Answer]") -> None:
        if answer.exception() is not None:
            return  # at the end, when the connections are closed
        self._accepted += answer.result().status == 200
        self._refused += answer.result().status != 200
        self._idle.append(one)
