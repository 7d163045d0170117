"""How many processors an installation needs: `python -m bench.sizing --intents-per-month 1e9`.

Arithmetic, no measurement: what each act costs comes from docs/performance.md, the waiting from queueing theory (Erlang C:
requests come at random, each of `processes` serves one after the other). docs/scaling.md has the assumptions and a table.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

POOLS = ("web", "worker", "postgres")
MONTH_SECONDS = 30 * 86_400
BUSY = 0.6
"""Of the processors at the busiest hour: beyond that waiting grows faster than load."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a processor that one act takes of each pool."""

    web: float = 0.0
    worker: float = 0.0
    postgres: float = 0.0


SUBMIT = Cost(web=0.62, worker=0.05, postgres=0.36)
"""W1, on an empty database."""
DELIVERY = Cost(worker=0.86, postgres=0.72)
"""W7, the dearer of its runs: called by its URL, answered, and over."""
DECISION = Cost(web=38.0, worker=0.82, postgres=14.0)
"""W3 on the page: a person opens a task and decides it."""
EVENT = Cost(web=0.097, worker=0.028, postgres=0.081)
"""W10: an event of the feed, at one reader."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of an installation: at the busiest hour `peak` times as much as on average. `people` is the share of
    intents that ask a person, `events` how many each has in a feed that is read. `kept_days` is how long intents stay, of
    `kib` each in tables and indexes."""

    intents_per_month: float
    peak: float = 5.0
    people: float = 0.02
    events: float = 5.0
    kept_days: float = 30.0
    kib: float = 12.0

    @property
    def per_second(self) -> float:
        """Intents, at the busiest hour."""
        return self.intents_per_month / MONTH_SECONDS * self.peak

    @property
    def terabytes(self) -> float:
        """Of the database once the first intents go."""
        return self.intents_per_month / 30 * self.kept_days * self.kib * 1024 / 1e12


@dataclass(frozen=True, slots=True)
class Size:
    """Busy processors of each pool at the busiest hour, and how many of them that asks for. `wait_p99_ms` is what 99 of 100
    submits wait at most for a web process before their turn."""

    busy: dict[str, float]
    processors: dict[str, int]
    wait_p99_ms: float


def size(load: Load) -> Size:
    acts = (
        (SUBMIT, load.per_second),
        (DELIVERY, load.per_second),
        (DECISION, load.per_second * load.people),
        (EVENT, load.per_second * load.events),
    )
    busy = {pool: sum(getattr(cost, pool) * rate for cost, rate in acts) / 1000 for pool in POOLS}
    # Two of each, so that one may be gone.
    processors = {pool: max(2, math.ceil(needed / BUSY)) for pool, needed in busy.items()}
    requests = load.per_second * (1 + load.people * 2)
    seconds = busy["web"] / requests
    return Size(busy, processors, waiting(busy["web"], processors["web"], seconds, 0.99) * 1000)


def queued(busy: float, processes: int) -> float:
    """Erlang C: the share of requests that have to wait, with `busy` processes' worth of work for so many. 1 when that is
    more than there are."""
    if busy >= processes:
        return 1.0
    blocked = 1.0  # Erlang B, by its recursion: the sums of the textbook overflow
    for number in range(1, processes + 1):
        blocked = busy * blocked / (number + busy * blocked)
    return blocked / (1 - busy / processes * (1 - blocked))


def waiting(busy: float, processes: int, seconds: float, share: float) -> float:
    """How long that `share` of requests waits at most, in seconds, where each takes `seconds`. Infinite when there is more
    work than processes."""
    if busy >= processes:
        return math.inf
    who_wait = queued(busy, processes)
    return max(0.0, math.log(who_wait / (1 - share)) * seconds / (processes - busy)) if who_wait else 0.0


def row(load: Load) -> str:
    """Markdown: a line of the table in docs/scaling.md."""
    found = size(load)
    counts = " | ".join(f"{found.busy[pool]:.2f} of {found.processors[pool]}" for pool in POOLS)
    amount = f"{load.intents_per_month:,.0f}"
    return f"| {amount} | {load.per_second:,.1f} | {counts} | {found.wait_p99_ms:.0f} ms | {load.terabytes:.2f} TB |"


HEAD = """| intents a month | a second, busiest hour | web | workers | PostgreSQL | a submit waits, 99 of 100 | database |
|---|---|---|---|---|---|---|"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description="How many processors it needs.")
    usual = Load(0)
    parser.add_argument("--intents-per-month", type=float, nargs="+", default=(1e6, 3e7, 1e8, 1e9))
    parser.add_argument("--peak", type=float, default=usual.peak, help="the busiest hour by the average")
    parser.add_argument("--people", type=float, default=usual.people, help="share of intents that a person decides")
    parser.add_argument("--events", type=float, default=usual.events, help="of each intent in a feed that is read")
    parser.add_argument("--kept-days", type=float, default=usual.kept_days, help="how long intents stay")
    parser.add_argument("--kib", type=float, default=usual.kib, help="of an intent in tables and indexes")
    given = vars(parser.parse_args(arguments))
    amounts = given.pop("intents_per_month")
    print(HEAD)
    for amount in amounts:
        print(row(replace(usual, intents_per_month=amount, **given)))


if __name__ == "__main__":
    main()
