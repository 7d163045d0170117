"""W10: the feed. How soon a reader of the stream has an event, alone and at 4,000 events a second, with many old ones, and
what giving places costs.

Cost is that of the processes during the load, over its events; `python -m bench w1b` is the same load without a reader.
"""

import asyncio
import json
import time

import psycopg

from bench import cost, figures
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order
from bench.product import Product
from bench.runs import Options, Report

ONE_BY_ONE = 200
BATCH = 500
EVENTS_EACH = 2
"""An intent that is submitted has so many events."""
RATE = 4_000
SECONDS = 8
PATIENCE_SECONDS = 60.0
STREAM = "/v1/events/stream?after=latest&types=intent.submitted&wait_seconds=60"

_OLD = """
WITH old AS (
    INSERT INTO intents_intentevent (id, workspace_id, intent_id, seq, event_type, status, actor, at, details, digest,
                                     prev_hash, hash, trace_id, request_id)
    SELECT encode(substring(int8send(extract(epoch FROM at)::bigint * 1000 + n %% 1000) FROM 3)
                  || substring(sha256(n::text::bytea) FROM 1 FOR 10), 'hex')::uuid,
           w.id, gen_random_uuid(), 1, 'intent.created', 'CREATED', 'past', at, '{}', '', '', '', '', ''
    FROM generate_series(1, %(count)s) n,
         LATERAL (SELECT now() - make_interval(secs => 86400 * 20.0 * n / %(count)s + 60) AS at) t,
         (SELECT id FROM intents_workspace LIMIT 1) w
    RETURNING id, workspace_id, at
)
INSERT INTO intents_feedentry (seq, workspace_id, event_id, of_intent, event_type, at)
SELECT row_number() OVER (ORDER BY id), workspace_id, id, true, 'intent.created', at FROM old
"""


async def run(product: Product, options: Options) -> Report:
    report = Report()
    with product.database() as database:
        for count in options.sizes or (0, 1_000_000):
            _fill(database, count)
            for _ in range(options.runs):
                report.add(f"one by one, {count:,} old", await _one_by_one(product))
                report.add(f"{RATE:,} a second, {count:,} old", await _at_a_rate(product, database))
                report.add(f"looks after that, {count:,} old", json.loads(product.program("bench.feed_looks")))
    return report


def _fill(database: psycopg.Connection[tuple[object, ...]], count: int) -> None:
    if count:
        database.execute("SET statement_timeout = 0")
        database.execute("SET session_replication_role = replica")
        database.execute(_OLD, {"count": count})
        database.execute("SET session_replication_role = origin")
        database.execute("VACUUM ANALYZE intents_intentevent, intents_feedentry")


class Reader:
    """Follows the feed: when each intent's event came."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self.more = asyncio.Event()
        self._read = b""

    async def open(self, product: Product) -> Connection:
        connection = await Connection.open(product.target(0))
        connection.stream(STREAM, self._on_bytes)
        await self.more.wait()
        return connection

    def _on_bytes(self, data: bytes) -> None:
        now = time.time()
        *lines, self._read = (self._read + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data: {"):
                self.came[json.loads(line[6:]).get("intent_id", "")] = now
        self._read = self._read or b"\n"
        self.more.set()

    async def until(self, intents: set[str]) -> None:
        """They all have come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not intents <= self.came.keys():
                self.more.clear()
                await self.more.wait()


async def _one_by_one(product: Product) -> Figures:
    """From the answer to a submit, when it is committed, to the event at the reader."""
    reader = Reader()
    stream = await reader.open(product)
    connection = await Connection.open(product.target(1))
    late = []
    for number in range(ONE_BY_ONE):
        intent_id = (await connection.post("/v1/intents", order(number)))["intent_id"]
        committed = time.time()
        await reader.until({intent_id})
        late.append(max(0.0, reader.came[intent_id] - committed))
    stream.close()
    connection.close()
    return figures.latencies(late)


async def _at_a_rate(product: Product, database: psycopg.Connection[tuple[object, ...]]) -> Figures:
    reader = Reader()
    stream = await reader.open(product)
    connection = await Connection.open(product.target(1))
    before = cost.usage(product.pids, database)
    committed: dict[str, float] = {}
    started = time.perf_counter()
    pace = BATCH * EVENTS_EACH / RATE
    for number in range(int(SECONDS / pace)):
        await asyncio.sleep(max(0.0, started + number * pace - time.perf_counter()))
        answer = await connection.post("/v1/intents/batch", {"intents": [order(item) for item in range(BATCH)]})
        committed |= dict.fromkeys((one["intent_id"] for one in answer["intents"]), time.time())
    elapsed = time.perf_counter() - started
    await reader.until(set(committed))
    events = len(committed) * EVENTS_EACH
    spent = cost.cpu_between(before, cost.usage(product.pids, database))
    stream.close()
    connection.close()
    late = [max(0.0, reader.came[intent_id] - at) for intent_id, at in committed.items()]
    cpu = {f"{role}_cpu_us_per_event": seconds * 1_000_000 / events for role, seconds in spent.items()}
    return {"events_per_s": events / elapsed} | figures.latencies(late) | cpu
