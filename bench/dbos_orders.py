"""The order of `w11_runs` as a workflow of DBOS: `python bench/dbos_orders.py URL RUNS IN_FLIGHT`.

The steps that are agents' there are functions here, in one process; the person's is a message that another thread sends to
the workflow. Prints JSON: how long all took, and each run and each step, in seconds. Run by a Python that has DBOS; nothing
of this project is imported.
"""

import json
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dbos import DBOS, DBOSConfig

taken: list[float] = []
asking: "queue.Queue[str | None]" = queue.Queue()


@DBOS.step()
def work(name: str, order: dict[str, Any]) -> dict[str, Any]:
    return {"done": name, "reference": f"{name}-{order['order_id']}"}


@DBOS.step()
def tell(order: dict[str, Any]) -> str:
    return f"Order {order['order_id']}"


@DBOS.workflow()
def fulfil(order: dict[str, Any]) -> dict[str, Any]:
    results = {}
    at = time.perf_counter()
    for name in ("check", "reserve", "approve", "charge", "tell", "ship"):
        if name == "approve":
            asking.put(DBOS.workflow_id)
            results[name] = DBOS.recv("decision", timeout_seconds=600)
        else:
            results[name] = tell(order) if name == "tell" else work(name, order)
        now = time.perf_counter()
        taken.append(now - at)
        at = now
    return results


def decide() -> None:
    while (workflow_id := asking.get()) is not None:
        DBOS.send(workflow_id, {"decision": "approve"}, "decision")


def main() -> None:
    url, count, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    config: DBOSConfig = {
        "name": "orders",
        "system_database_url": url,
        "run_admin_server": False,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()
    deciders = [threading.Thread(target=decide, daemon=True) for _ in range(4)]
    for one in deciders:
        one.start()

    def one_run(number: int) -> float:
        started = time.perf_counter()
        order = {"order_id": f"ORD-{number}", "amount": 4200}
        DBOS.start_workflow(fulfil, order).get_result()
        return time.perf_counter() - started

    with ThreadPoolExecutor(in_flight) as pool:
        list(pool.map(one_run, range(min(count, 4 * in_flight))))
        taken.clear()
        started = time.perf_counter()
        runs = list(pool.map(one_run, range(count)))
        seconds = time.perf_counter() - started
    steps = list(taken)
    for _ in deciders:
        asking.put(None)
    DBOS.destroy()
    print(json.dumps({"seconds": seconds, "runs": runs, "steps": steps}))


if __name__ == "__main__":
    main()
