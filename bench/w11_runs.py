"""W11: runs of a scenario of six steps, and beside them a DBOS workflow of the same steps, on the same PostgreSQL.

Four steps are an agent's, each of an agent of its own that claims its work and answers; one is a person's, who decides by
the API; one tells in the history. So many runs are on their way at a time; a step takes from the end of the one before to
its own. The DBOS workflow is `dbos_orders`, and runs where DBOS can be imported: by the Python of DBOS_PYTHON, or else ours.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import figures
from bench.client import Connection
from bench.figures import Figures
from bench.product import Product
from bench.runs import Options, Report

RUNS = 5_000
IN_FLIGHT = 64
APPLIERS = 4
HANDS = 4
"""So many connections each agent answers by."""
CLAIMED = 16
PATIENCE_SECONDS = 1_800.0
AGENT_STEPS = ("check", "reserve", "charge", "ship")
STEPS = ("check", "reserve", "approve", "charge", "tell", "ship")
PROGRAM = Path(__file__).with_name("dbos_orders.py")

_TAKEN = """
SELECT s.kind, extract(epoch FROM s.ended_at - s.started_at)::float8 FROM intents_runstep s
JOIN intents_intent i ON i.id = s.run_id WHERE i.id > %s AND s.kind <> 'notification'
"""
_RUNS = """
SELECT extract(epoch FROM i.updated_at - i.created_at)::float8 FROM intents_intent i
JOIN intents_scenariorun r ON r.intent_id = i.id WHERE i.id > %s AND i.status = 'COMPLETED'
"""
_LAST = "SELECT id FROM intents_intent ORDER BY id DESC LIMIT 1"


def document(number: int) -> dict[str, Any]:
    """The order that a run is about."""
    agents = [{"role": one, "address": f"run-{one}", "create_if_missing": True} for one in AGENT_STEPS]
    steps: list[dict[str, Any]] = [{"step_id": one, "assigned_to": one} for one in STEPS]
    steps[2] = {"step_id": "approve", "assigned_to": "manager", "requires_approval": True, "human_task": {"title": "Ship?"}}
    steps[4] = {
        "step_id": "tell",
        "runtime_type": "notification",
        "runtime_config": {"subject": "Order {{intent_id}}", "channels": ["inbox"]},
    }
    return {
        "scenario_id": "bench.order.v1",
        "agents": agents,
        "humans": [{"role": "manager"}],
        "workflow": {"steps": steps},
        "intent": {"type": "bench.order.v1", "payload": {"order_id": f"ORD-{number}", "amount": 4200}},
    }


async def run(product: Product, options: Options) -> Report:
    report = Report()
    for count in options.sizes or (RUNS,):
        await _measured(product, min(count, 4 * IN_FLIGHT))
        for _ in range(options.runs):
            for name, found in (await _measured(product, count)).items():
                report.add(f"{name}, {count:,} runs", found)
            if (found := await asyncio.to_thread(_by_dbos, product, count)) is not None:
                report.add(f"a DBOS workflow of the same steps, {count:,} runs", found)
    return report


async def _measured(product: Product, count: int) -> dict[str, Figures]:
    with product.database() as database:
        last = database.execute(_LAST).fetchone()
    since = last[0] if last else "00000000-0000-0000-0000-000000000000"
    room = asyncio.Semaphore(IN_FLIGHT)
    shipped = asyncio.Event()
    left = count

    def done() -> None:
        nonlocal left
        left -= 1
        room.release()
        if not left:
            shipped.set()

    deciding = asyncio.create_task(_decide(product))
    working = [
        asyncio.create_task(_work(product, number, one, done if one == STEPS[-1] else None))
        for number, one in enumerate(AGENT_STEPS)
    ]
    started = time.perf_counter()
    numbers = iter(range(count))
    applying = [asyncio.create_task(_apply(product, number, numbers, room)) for number in range(APPLIERS)]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*applying)
            await shipped.wait()
            await asyncio.to_thread(_all_over, product, since, count)
    finally:
        for one in (deciding, *working):
            one.cancel()
        ended = await asyncio.gather(deciding, *working, return_exceptions=True)
    if failed := [one for one in ended if isinstance(one, Exception)]:
        raise failed[0]
    seconds = time.perf_counter() - started
    with product.database() as database:
        taken = database.execute(_TAKEN, [since]).fetchall()
        whole = [one for (one,) in database.execute(_RUNS, [since]).fetchall()]
    of_agents = [one for kind, one in taken if kind == "agent"]
    of_people = [one for kind, one in taken if kind == "human"]
    pace = {"runs_per_s": count / seconds, "steps_per_s": count * len(STEPS) / seconds}
    return {
        "whole runs": pace | figures.latencies(whole),
        "an agent's step": figures.latencies(of_agents),
        "a person's step": figures.latencies(of_people),
    }


def _all_over(product: Product, since: Any, count: int) -> None:
    with product.database() as database:
        while len(database.execute(_RUNS, [since]).fetchall()) < count:
            time.sleep(0.05)


async def _apply(product: Product, number: int, numbers: Any, room: asyncio.Semaphore) -> None:
    connection = await Connection.open(product.target(number))
    for one in numbers:
        await room.acquire()
        await connection.post("/v1/scenarios/apply", document(one))
    connection.close()


async def _work(product: Product, number: int, name: str, done: Any) -> None:
    """Be the agent of a step: claim, and answer by several connections."""
    claiming = await Connection.open(product.target(number))
    hands = [await Connection.open(product.target(number + hand)) for hand in range(HANDS)]
    claimed: asyncio.Queue[str] = asyncio.Queue(CLAIMED)

    async def answer(connection: Connection) -> None:
        while True:
            intent_id = await claimed.get()
            await connection.post(f"/v1/intents/{intent_id}/resume", {"done": name, "reference": f"{name}-{intent_id}"})
            if done:
                done()

    answering = [asyncio.create_task(answer(one)) for one in hands]
    try:
        while True:
            body = {"max": CLAIMED, "wait_seconds": 10}
            for one in (await claiming.post(f"/v1/agents/run-{name}/claim", body))["intents"]:
                await claimed.put(one["intent_id"])
            if broken := next((one for one in answering if one.done()), None):
                broken.result()
    finally:
        for one in answering:
            one.cancel()
        for connection in (claiming, *hands):
            connection.close()


async def _decide(product: Product) -> None:
    """Be the person: look at what waits, and approve it."""
    looking = await Connection.open(product.target(0), as_manager=True)
    hands = [await Connection.open(product.target(hand), as_manager=True) for hand in range(HANDS)]
    try:
        while True:
            tasks = (await looking.get("/v1/me/tasks?limit=100"))["tasks"]
            await asyncio.gather(*(_approve(one, tasks[place::HANDS]) for place, one in enumerate(hands)))
            if not tasks:
                await asyncio.sleep(0.02)
    finally:
        for one in (looking, *hands):
            one.close()


async def _approve(connection: Connection, tasks: list[dict[str, Any]]) -> None:
    for one in tasks:
        await connection.post(f"/v1/approvals/{one['intent_id']}/decision", {"decision": "approve"})


def _by_dbos(product: Product, count: int) -> Figures | None:
    """The same steps as a DBOS workflow: its figures, None where there is no DBOS."""
    python = os.environ.get("DBOS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import dbos"], capture_output=True, check=False).returncode:
        print(f"{python} has no dbos: its workflow is not measured (DBOS_PYTHON names another)", flush=True)
        return None
    with product.database() as database:
        info = database.info
        database.execute("DROP DATABASE IF EXISTS dbos_orders WITH (FORCE)")
        database.execute("CREATE DATABASE dbos_orders")
        url = f"postgresql://{info.user}@/dbos_orders?host={info.host}&port={info.port}"
    asked = [python, str(PROGRAM), url, str(count), str(IN_FLIGHT)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the DBOS workflow failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    pace = {"runs_per_s": count / found["seconds"], "steps_per_s": count * len(STEPS) / found["seconds"]}
    steps = {f"step_{name}": value for name, value in figures.latencies(found["steps"]).items()}
    return pace | figures.latencies(found["runs"]) | steps
