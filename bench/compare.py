"""A peer's figures beside ours: `python -m bench.compare PEER.jsonl`.

The peer's own program is no part of this project, only what it printed: a line of JSON for each run,

    {"peer": "Example 1.7", "workload": "w1", "variant": "0 exist", "figures": {"ops_per_s": 1940, "p99_ms": 18}}

with the names of variants and figures of `docs/results/bench-<workload>-<setup>.json`. Of several runs the medians count.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench import figures
from bench.figures import Figures
from bench.product import ROOT

RESULTS = ROOT / "docs" / "results"
SETUP = "scaled-uvicorn"
MORE_IS_BETTER = ("_per_s", "share")
"""How the names of figures end of which more is better. Of all others, times and loads, less is."""
LOADS = frozenset({"queries_per_s", "messages_per_s"})
"""What is done for the same work, though its name ends so."""


class Unreadable(Exception):
    """Which line or file is not what it should be, and why."""


class Row(NamedTuple):
    """One figure of both. `ratio` is ours by theirs, None where theirs is 0."""

    peer: str
    workload: str
    variant: str
    figure: str
    ours: float
    theirs: float
    ratio: float | None

    @property
    def ahead(self) -> bool:
        """Whether ours is better, or as good."""
        more = self.figure.endswith(MORE_IS_BETTER) and self.figure not in LOADS
        return self.ours >= self.theirs if more else self.ours <= self.theirs


Measured = dict[tuple[str, str], Figures]
"""By workload and variant."""


def peers(lines: Iterable[str]) -> dict[str, Measured]:
    """The medians of each peer's runs. Raises Unreadable."""
    runs: dict[str, dict[tuple[str, str], list[Figures]]] = defaultdict(lambda: defaultdict(list))
    for number, line in enumerate(lines, 1):
        if line.strip():
            peer, place, run = _run(number, line)
            runs[peer][place].append(run)
    return {peer: {place: _medians(found) for place, found in of.items()} for peer, of in runs.items()}


def _run(number: int, line: str) -> tuple[str, tuple[str, str], Figures]:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"line {number} is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise Unreadable(f"line {number} must be an object")
    for name in ("peer", "workload", "variant"):
        if not isinstance(given.get(name), str) or not given[name]:
            raise Unreadable(f"line {number}: {name} must be a text")
    found = given.get("figures")
    if not isinstance(found, dict) or not found:
        raise Unreadable(f"line {number}: figures must be an object of numbers")
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable(f"line {number}: figures.{name} must be a number")
    return given["peer"], (given["workload"], given["variant"]), {name: float(value) for name, value in found.items()}


def _medians(runs: Sequence[Figures]) -> Figures:
    """Of what all of the runs have."""
    shared = [name for name in runs[0] if all(name in run for run in runs)]
    return figures.medians([{name: run[name] for name in shared} for run in runs])


def ours(reports: Iterable[dict[str, Any]]) -> Measured:
    """Our medians, of what `python -m bench` stored. A later report takes the place of an earlier one."""
    return {
        (report["workload"], variant): found["median"] for report in reports for variant, found in report["variants"].items()
    }


def rows(mine: Measured, theirs: dict[str, Measured]) -> list[Row]:
    """Each figure that both have, in the order of the peers' lines."""
    return [
        Row(peer, *place, name, mine[place][name], value, mine[place][name] / value if value else None)
        for peer, measured in theirs.items()
        for place, found in measured.items()
        if place in mine
        for name, value in found.items()
        if name in mine[place]
    ]


def unmatched(mine: Measured, theirs: dict[str, Measured]) -> list[str]:
    """What a peer has and we have not: a variant, or a figure of one, by another name perhaps."""
    return [
        f"{peer}: {' '.join(place)}{f', {name}' if place in mine else ''}"
        for peer, measured in theirs.items()
        for place, found in measured.items()
        for name in ([name for name in found if name not in mine[place]] if place in mine else [""])
    ]


def table(found: Sequence[Row]) -> str:
    """Markdown, a line for each figure."""
    head = "| | ours | peer's | ratio | |\n|---|---|---|---|---|"
    lines = [
        f"| {row.peer}: {row.workload} {row.variant}, {row.figure} | {row.ours:,.4g} | {row.theirs:,.4g} "
        f"| {'-' if row.ratio is None else f'{row.ratio:.2f}'} | {'ahead' if row.ahead else 'behind'} |"
        for row in found
    ]
    return "\n".join([head, *lines])


def _reports(given: Sequence[Path], workloads: Iterable[str], setup: str) -> list[dict[str, Any]]:
    paths = given or [path for name in workloads if (path := RESULTS / f"bench-{name}-{setup}.json").exists()]
    reports = []
    for path in paths:
        try:
            reports.append(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path}: {error}") from None
    return reports


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description="Hold a peer's figures beside ours.")
    parser.add_argument("peer", type=Path, help="a file of JSON lines, one for each run of a workload")
    parser.add_argument("--setup", default=SETUP, help=f"of ours, default: {SETUP}")
    parser.add_argument(
        "--ours", type=Path, nargs="+", default=(), help="JSON files of ours; default: those in docs/results"
    )
    given = parser.parse_args(arguments)
    try:
        theirs = peers(given.peer.read_text().splitlines())
        names = dict.fromkeys(workload for measured in theirs.values() for workload, _ in measured)
        reports = _reports(given.ours, names, given.setup)
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    mine = ours(reports)
    for report in reports:
        print(f"ours: {report['workload']} {report['mode']} {report['server']}, {report['commit']}, {report['at']}")
    print(f"\n{table(rows(mine, theirs))}")
    for line in unmatched(mine, theirs):
        print(f"not measured here: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
