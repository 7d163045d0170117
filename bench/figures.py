"""What was measured, by whom, on what: percentiles, medians of runs, the table and the JSON file."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.product import ROOT

PACKAGES = ("django", "django-ninja", "psycopg", "uvicorn", "uvloop", "httptools", "daphne", "celery", "channels-redis")

Figures = dict[str, float]


def latencies(seconds: Sequence[float]) -> Figures:
    """Percentiles in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": _at(ordered, 0.50) * 1000,
        "p99_ms": _at(ordered, 0.99) * 1000,
        "max_ms": ordered[-1] * 1000,
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def medians(runs: Sequence[Figures]) -> Figures:
    """The median of each figure over the runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> dict[str, Any]:
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processors": os.cpu_count(),
        "processor": models[0].partition(": ")[2] if models else platform.machine(),
        "memory_gib": round(int(memory.split()[1]) / 2**20, 1),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
    }


def versions(postgresql: str) -> dict[str, str]:
    found = {"python": platform.python_version(), "postgresql": postgresql}
    return found | {name: version(name) for name in PACKAGES}


def commit() -> str:
    """The commit measured, with `+` when the product's files differ from it."""
    said = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    differs = subprocess.run(
        ["git", "diff", "--quiet", "HEAD", "--", "axme_site", "intents", "inbox"], cwd=ROOT, check=False
    )
    return said.stdout.strip() + ("+" if differs.returncode else "")


def table(title: str, rows: Mapping[str, Figures]) -> str:
    """One line per variant, one column per figure that any of them has."""
    names = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    lines = [["", *names]]
    lines += [[label, *(_shown(figures.get(name)) for name in names)] for label, figures in rows.items()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names) + 1)]
    text = [
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([title, *text])


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.2f}"


def save(path: Path, report: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds")} | dict(report), indent=1) + "\n")
