"""`python -m bench w1 --mode scaled --server uvicorn`; `python -m bench all` for the whole table."""

import argparse
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import uvloop

from bench import (
    figures,
    intents,
    past,
    product,
    w1_submit,
    w1b_batch,
    w2_wakeup,
    w3_journey,
    w4_timers,
    w5_parked,
    w6_pages,
    w7_push,
    w8_dashboards,
    w9_operations,
    w10_feed,
    w11_runs,
    w12_fairness,
    w13_calls,
)
from bench.product import ROOT, Product
from bench.runs import Options, Report

Workload = Callable[[Product, Options], Awaitable[Report]]

WORKLOADS: dict[str, Workload] = {
    "w1": w1_submit.run,
    "w1b": w1b_batch.run,
    "w2": w2_wakeup.run,
    "w3": w3_journey.run,
    "w4": w4_timers.run,
    "w5": w5_parked.run,
    "w6": w6_pages.run,
    "w7": w7_push.run,
    "w8": w8_dashboards.run,
    "w9": w9_operations.run,
    "w10": w10_feed.run,
    "w11": w11_runs.run,
    "w12": w12_fairness.run,
    "w13": w13_calls.run,
}
SETUPS = {"embedded": [("embedded", "daphne")], "scaled": [("scaled", "uvicorn"), ("scaled", "daphne")]}
BESIDE_HISTORY = ("w1", "w1b", "w2", "w3", "w4", "w5", "w6")
"""What `all` means beside a history: the others bring their own."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure AXME Inbox over its network API.")
    parser.add_argument("workload", nargs="?", choices=("all", *WORKLOADS), default="all")
    parser.add_argument("--mode", choices=("embedded", "scaled"), help="default: both")
    parser.add_argument("--server", choices=("uvicorn", "daphne"), help="of the scaled mode; default: both")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--output", type=Path, help="JSON file; default: docs/results/bench-<workload>-<mode>-<server>.json")
    parser.add_argument("--sizes", type=int, nargs="+", default=(), help="how many intents exist, wait or fall due")
    parser.add_argument(
        "--history",
        type=int,
        default=0,
        help="so many intents ended over the past year, beside all else: filled in once, for all workloads of a setup; the"
        " file is named bench-<workload>-<mode>-<server>-history",
    )
    given = parser.parse_args()
    print(f"seed {given.seed}")
    for mode, server in _setups(given.mode, given.server):
        if given.history:
            with product.running(mode, server) as running:
                _fill(running, given.history)
                for name in _names(given.workload, BESIDE_HISTORY):
                    running.history = intents.existing(running)
                    _report(name, running, given)
        else:
            for name in _names(given.workload, WORKLOADS):
                with product.running(mode, server) as running:
                    _report(name, running, given)


def _setups(mode: str | None, server: str | None) -> list[tuple[str, str]]:
    setups = [setup for of_mode in ([mode] if mode else SETUPS) for setup in SETUPS[of_mode]]
    return [setup for setup in setups if server is None or setup[1] == server]


def _names(workload: str, every: Iterable[str]) -> Iterable[str]:
    return every if workload == "all" else (workload,)


def _fill(running: Product, count: int) -> None:
    started = time.perf_counter()
    uvloop.run(past.history(running, count))
    with running.database() as database:
        ((size,),) = database.execute("SELECT pg_database_size(current_database())").fetchall()
    print(f"{count:,} intents, {size / 1e9:.1f} GB, after {time.perf_counter() - started:.0f} s", flush=True)


def _report(name: str, running: Product, given: argparse.Namespace) -> None:
    """Measure a workload, print its table and store what was found."""
    options = Options(given.runs, random.Random(given.seed), given.sizes)
    report = _measured(name, running, options) | {"seed": given.seed}
    beside = "-history" if given.history else ""
    if given.history:
        report["history"] = given.history
    rows = {variant: values["median"] for variant, values in report["variants"].items()}
    where = f"{name} {running.mode} {running.server}"
    print(figures.table(f"\n{where}{beside}, medians of {given.runs} runs", rows), flush=True)
    named = f"bench-{where.replace(' ', '-')}{beside}.json"
    figures.save(given.output or ROOT / "docs" / "results" / named, report)


def _measured(name: str, running: Product, options: Options) -> dict[str, Any]:
    with running.database() as database:
        postgresql = database.info.parameter_status("server_version") or "?"
    report: dict[str, Any] = {
        "workload": name,
        "mode": running.mode,
        "server": running.server,
        "commit": figures.commit(),
        "machine": figures.machine(),
        "versions": figures.versions(postgresql),
    }
    found = uvloop.run(WORKLOADS[name](running, options))
    report["machine"]["load_after"] = os.getloadavg()[0]
    variants = {variant: {"median": figures.medians(runs), "runs": runs} for variant, runs in found.variants.items()}
    return report | {"variants": variants, "plans": found.plans}


if __name__ == "__main__":
    main()
