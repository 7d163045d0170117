"""What processes use: processor time and memory from /proc, transactions from the database's own counters."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds used until now by role, and committed or rolled back transactions of the database."""

    cpu: dict[str, float]
    transactions: int


def usage(pids: Mapping[str, Sequence[int]], database: psycopg.Connection[Any]) -> Usage:
    """Reads the counters. `database` must be in autocommit mode; its own look counts as one transaction."""
    # Backends report their counts at most once a second, idle ones at once.
    database.execute("SELECT pg_stat_clear_snapshot()")
    row = database.execute(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    family = _family()
    cpu = {
        role: sum(_cpu_seconds(pid) for one in of_role for pid in (one, *family.get(one, ())))
        for role, of_role in pids.items()
    }
    return Usage(cpu, row[0])


def cpu_between(before: Usage, after: Usage) -> dict[str, float]:
    """Processor seconds by role, and those of this process, the client, are not among them."""
    return {role: after.cpu[role] - before.cpu[role] for role in before.cpu}


def memory_kib(pids: Sequence[int]) -> int:
    """The resident memory that these processes do not share with others, plus their part of what they do."""
    return sum(_pss_kib(pid) for pid in pids)


def own_cpu_seconds() -> float:
    return _cpu_seconds(os.getpid())


def _cpu_seconds(pid: int) -> float:
    """Of the process, its threads and its children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS


def _family() -> dict[int, list[int]]:
    """The children of each process."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    return children


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
