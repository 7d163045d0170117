"""W4: timers. Deadlines of many intents fall due inside one window of ten seconds; how late each takes effect.

Lateness is told twice: by the event's own time, for all; and by the clock of a client that holds the event, for a sample.
"""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg

from bench import figures, fill
from bench.client import Connection
from bench.figures import Figures
from bench.intents import order, submit
from bench.product import Product
from bench.runs import Options, Report

DUE = (10_000, 100_000)
WINDOW_SECONDS = 10.0
AHEAD_SECONDS = 8.0
"""From the moment the timers are set, which takes a while, to the first that is due."""
FILL_PER_SECOND = 4_000
"""So fast at least the timers are filled in."""
WATCHED = 100
PATIENCE_SECONDS = 300.0


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for due in options.sizes or DUE:
        for _ in range(options.runs):
            report.add(f"{due:,} due", await _fire(product, due, options))
    return report


async def _fire(product: Product, count: int, options: Options) -> Figures:
    with product.database() as database:
        start = time.time() + AHEAD_SECONDS + count / FILL_PER_SECOND
        batch = await _fill(product, database, count, start)
        if time.time() > start - 2:
            raise RuntimeError("filling took too long: lower FILL_PER_SECOND")
        rows = database.execute(
            "SELECT id, extract(epoch FROM deadline_at)::float FROM intents_intent WHERE correlation_id = %s", [batch]
        ).fetchall()
        watched = options.random.sample(rows, WATCHED)
        seen = asyncio.gather(*(_lateness_seen(product, number, *row) for number, row in enumerate(watched)))
        last = await _end(database, start)
        visible = [late for late in await seen if late is not None]
        return _figures(database, batch, visible) | {"drained_s": last - start}


async def _fill(product: Product, database: psycopg.Connection[Any], count: int, start: float) -> UUID:
    """Intents whose deadlines spread evenly over the window that begins at `start`, known by their correlation id."""
    batch = uuid4()
    connection = await Connection.open(product.target(0))
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    template = await submit(connection, order(0) | {"deadline_at": tomorrow})
    due = f"to_timestamp({start}::float8 + n.number * {WINDOW_SECONDS / count}::float8)"
    fill.copies(
        database,
        template,
        count,
        changes={
            "intent": {"deadline_at": due, "correlation_id": f"'{batch}'"},
            "timer": {"due_at": due, "next_at": due},
        },
    )
    await connection.post(f"/v1/intents/{template}/resolve", {"status": "CANCELED", "reason": "template"})
    connection.close()
    return batch


async def _lateness_seen(product: Product, number: int, intent_id: UUID, due_at: float) -> float | None:
    """Seconds from `due_at` until a client that listens holds the event; None when its stream ended before."""
    connection = await Connection.open(product.target(number))
    seen: asyncio.Future[float | None] = asyncio.get_running_loop().create_future()

    def got(data: bytes) -> None:
        if seen.done():
            return
        if b"event: intent.timed_out" in data:
            seen.set_result(time.time() - due_at)
        elif b"event: stream.timeout" in data:
            seen.set_result(None)

    connection.stream(f"/v1/intents/{intent_id}/events/stream?since=2&wait_seconds=60", got)
    late = await seen
    connection.close()
    return late


async def _end(database: psycopg.Connection[Any], start: float) -> float:
    """Wait until all have fired. Returns when that was seen, UNIX time."""
    await asyncio.sleep(start + WINDOW_SECONDS - time.time())
    # One that a worker has claimed is due again in a while, unless it fires.
    query = "SELECT EXISTS (SELECT FROM intents_timer WHERE next_at < now() + interval '1 hour')"
    while time.time() < start + PATIENCE_SECONDS:
        row = database.execute(query).fetchone()
        if row is not None and not row[0]:
            return time.time()
        await asyncio.sleep(0.1)
    raise RuntimeError("the timers did not drain")


def _figures(database: psycopg.Connection[Any], batch: UUID, visible: list[float]) -> Figures:
    rows = database.execute(
        """
        SELECT extract(epoch FROM e.at - i.deadline_at)::float
        FROM intents_intent i
        LEFT JOIN intents_intentevent e ON e.intent_id = i.id AND e.event_type = 'intent.timed_out'
        WHERE i.correlation_id = %s
        """,
        [batch],
    ).fetchall()
    late = [row[0] for row in rows if row[0] is not None]
    seen = {f"seen_{name}": value for name, value in figures.latencies(visible).items()} if visible else {}
    return (
        figures.latencies(late)
        | {"early": sum(one < 0 for one in late), "unfired": len(rows) - len(late)}
        | seen
        | {"unseen": WATCHED - len(visible)}
    )
