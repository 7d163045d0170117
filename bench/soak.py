"""The reliability proofs with their full numbers: `python -m bench.soak`, or `--only R1`.

Each scenario runs on an installation of its own: a durable PostgreSQL, a Redis, two web processes, two workers and a beat.
It writes docs/results/soak-<name>.json. A scenario that has a result of this commit is not run again unless named.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
# Of this process alone, which has no business with the checkout's own data: the installations have theirs.
os.environ |= {"DATA_DIR": str(Path(tempfile.gettempdir()) / "axme-soak"), "LOG_LEVEL": "WARNING"}
django.setup()

from bench import figures, scenarios, whole_tests  # noqa: E402 - the checks import models
from bench.ground import Ground  # noqa: E402
from tests.load import cells, decisions, drill, due, groups, large, races, trouble, voting  # noqa: E402

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


SCENARIOS: dict[str, tuple[str, Callable[[Ground], dict[str, Any]]]] = {
    "examples": (
        "each example with the real SDK, its server killed at every failpoint on its way: it ends well",
        scenarios.deaths_of_examples,
    ),
    "R1": (
        "10,000 accepted intents and 200 kill -9 of random processes: none lost, none doubled",
        lambda on: trouble.kills(on.site, count=10_000, kills=200, pace=1.0, seed=on.seed, tell=on.tell),
    ),
    "R2": (
        "10,000 idempotency keys, each tried 2 to 20 times at once: one intent each",
        lambda on: races.many_keys(on.site, keys=10_000, seed=on.seed, tell=on.tell),
    ),
    "R3": (
        "10,000 tasks, each with 2 to 50 at once who decide by API or page, take back, claim, delegate or cancel, some out"
        " of time meanwhile: one decision each at most; and 10,000 intents, each ended by 2 to 50 at once: one ending each",
        lambda on: (
            decisions.many_races(on.site, races=10_000, seed=on.seed, tell=on.tell)
            | {"endings": races.endings(on.site, races=10_000, seed=on.seed, racers=decisions.racers, tell=on.tell)}
        ),
    ),
    "R5": (
        "100,000 timers armed, 6,000 more due within a minute, one worker's clock ten minutes ahead, another's behind: none"
        " fires early, half of them within 1 s, 99 of 100 within 5 s",
        scenarios.wrong_clocks,
    ),
    "R6": (
        "90,000 deadlines, and reminders and levels of 5,000 tasks, passed while all was down: each deadline fires once,"
        " none early; one reminder for a task, at its last level; nobody is told the same twice; all within five minutes",
        lambda on: due.outage(on.site, deadlines=90_000, tasks=5_000, step=10, tell=on.tell),
    ),
    "R8": (
        "1,000 disconnects under 8 writers: every event once, in order",
        lambda on: races.disconnects(on.site, writers=8, least=1000, seed=on.seed, tell=on.tell),
    ),
    "R9": (
        "Redis flushed, killed and frozen 30 times under load, and then at an address where nothing answers: nothing lost,"
        " calls keep answering",
        scenarios.redis_troubles,
    ),
    "R10": ("PostgreSQL restarted every 5 to 40 s: every intent reaches its expected state", scenarios.database_restarts),
    "pooler": (
        "PgBouncer in transaction mode with 8 sessions, killed 20 times under load, and 500 races of many who decide at"
        " once: nothing lost, none doubled; migrations and backups go past it",
        scenarios.behind_a_pooler,
    ),
    "cells": (
        "a workspace moved 10 times between two PostgreSQLs under load, asked at one address: nothing lost, none doubled,"
        " each submit refused for a second or two, both audits hold",
        lambda on: cells.to_and_fro(on.site, count=2000, moves=10, tell=on.tell),
    ),
    "sentinels": (
        "the Redis that leads killed 10 times under load, and three Sentinels let another lead: nothing lost, none doubled,"
        " and work goes on each time",
        scenarios.led_by_sentinels,
    ),
    "valkey": (
        "the same with two Valkeys and three Sentinels of Valkey's own: the one that leads killed 10 times under load,"
        " nothing lost, none doubled, and work goes on each time",
        scenarios.led_by_sentinels_of_valkey,
    ),
    "R16": (
        "60 MB in one delivery, by stream, poll and claim from either server, at the first attempt; and a history of 60 MB,"
        " listed in answers under 5 MiB and streamed whole",
        lambda on: (
            large.deliveries(on.site, children=500, tell=on.tell)
            | {"histories": large.histories(on.site, checkpoints=500, tell=on.tell)}
        ),
    ),
    "R11": (
        "20 rolling restarts under load: no failed request, no work taken away",
        lambda on: trouble.rolling_restarts(on.site, count=2000, rounds=20, pace=2.0, tell=on.tell),
    ),
    "R12": (
        "a backup under the load of 3,000 intents, restored and verified beside it; all that came after it lost, and"
        " restored: what was accepted before is there and done once, both audits hold, and all goes on from it",
        lambda on: drill.drill(on.site, count=3000, tell=on.tell),
    ),
    "R14": (
        "Redis stopped, frozen, read-only, with another type for its messages and with messages that nobody can read, five"
        " minutes together under load: timers, children's ends, leases and held decisions at most 2 s late (99 of 100), no"
        " process ends, health says what is away",
        scenarios.without_messages,
    ),
    "R15": (
        "all processes frozen, PostgreSQL stopped and frozen, and everything frozen, for 120 s each, leases of 10 s, 20"
        " agents that keep calling by claims, polls and streams: nothing is handed to another, no attempt is burned,"
        " nobody is declared dead",
        scenarios.standstills,
    ),
    "groups": (
        "10,000 submits of all kinds and what agents and people do with them, 64 at once, while web processes are killed"
        " 20 times and PostgreSQL is restarted 10 times, each in the middle of them, and some fail with all of their group:"
        " each key has one intent, its own, each call is in its history once, and what is refused is refused each time",
        lambda on: groups.mixed(on.site, on.database, count=10_000, seed=on.seed, kills=20, restarts=10, tell=on.tell),
    ),
    "mesh": (
        "20 agents with streams, killed by one process one after the other: the other refuses within 1 s, streams close"
        " within 5 s, each gets its work again at the first attempt; budgets and rates exact under 16 senders on two"
        " processes; fleets of 1, 1,000 and 10,000 killed by one call each, timed, nothing of them lost; and all processes"
        " frozen for 120 s, 20 agents with heartbeats and leases: none is declared dead, no lease is taken",
        scenarios.fleet,
    ),
    "bulk": (
        "100,000 intents canceled by one bulk operation, at 2,000/s or more; and 100,000 while all workers are killed twice:"
        " each is canceled once, and the counts are exact",
        scenarios.bulk_cancel,
    ),
    "chaos": (
        "5,000 deliveries to 60 agents' URLs and 60 endpoints, 12 of either hang and 13 more answer as badly as the network"
        " does; and 2,000 while PostgreSQL, Redis and workers are killed: none lost, those that come again have the same"
        " id, 99 of 100 to URLs that are well start within 5 s",
        scenarios.bad_receivers,
    ),
    "R17": (
        "forms and answers that are built to be slow, by four at once on two web processes for a minute: every call gets its"
        " answer, and no call of another waits over 1 s",
        scenarios.slow_forms,
    ),
    "R18": (
        "6,000 intents come and go by four writers while two readers compare every number of the overview with the list it"
        " leads to: equal within 2 s, never below nothing, equal at rest",
        scenarios.tiles_and_lists,
    ),
    "runs": (
        "1,000 runs of scenarios with steps of every kind and ends of every sort, real agents, 120 kill -9 of random"
        " processes, 12 of them of everything at once: each goes the way its document says, no step runs after its end",
        scenarios.runs_of_scenarios,
    ),
    "votes": (
        "2,000 votes by ten people, 200 in one moment, by API and page, some in two tabs, on tasks that take several: each"
        " that was accepted is on record and counted once, and a task has one outcome or none",
        lambda on: voting.many_votes(on.site, votes=2000, seed=on.seed, tell=on.tell),
    ),
    "hand": (
        "every two acts in a row of a hand faster than any person's, by mouse, finger and keys, double and triple presses"
        " and held keys among them, 50 to 900 ms apart: nothing is decided that was not on screen for a second, neither a"
        " task nor what asks about it once more",
        scenarios.fast_hands,
    ),
    "looks": (
        "every page, at three widths and in both themes, and again from right to left: axe finds nothing, nothing sticks out"
        " or is too small",
        whole_tests.looks,
    ),
    "tampering": (
        "1,000 random edits, deletions, reorders and cuts of stored histories and 1,000 of bundles of evidence, made good"
        " where the database alone can: each is found",
        whole_tests.tamperings,
    ),
    "turns": (
        "every test of which a run tries one in two or three, by the day: those on either web server, and of restarts,"
        " standstills and troubles with Redis: each passes",
        whole_tests.turns,
    ),
    "chance": (
        "200 of each race of two that end a wait or a task, 100 walks of 40 steps beside a model of the intents, and 200"
        " workspaces whose tiles are compared with their lists, all by chance: nothing is found",
        whole_tests.chance,
    ),
}


def run(name: str, seed: int) -> None:
    """Run one scenario and write its result. Raises AssertionError when a promise is broken."""
    promise, scenario = SCENARIOS[name]
    print(f"{name}: {promise} (seed {seed})", flush=True)
    ground = Ground(seed)
    started = time.monotonic()
    try:
        found = scenario(ground)
    except BaseException:
        print(ground.site.logs())
        raise
    finally:
        ground.end()
    seconds = round(time.monotonic() - started)
    facts = {"scenario": name, "promise": promise, "commit": figures.commit(), "machine": figures.machine(), "seed": seed}
    figures.save(RESULTS / f"soak-{name}.json", facts | {"seconds": seconds, "found": found})
    print(f"{name}: kept, in {seconds} s: {found}", flush=True)


def has_result(name: str) -> bool:
    path = RESULTS / f"soak-{name}.json"
    return path.exists() and json.loads(path.read_text())["commit"] == figures.commit()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Prove the promises with full numbers.")
    parser.add_argument("--only", choices=tuple(SCENARIOS), action="append", help="may be given several times")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    for name in given.only or [name for name in SCENARIOS if not has_result(name)]:
        run(name, given.seed)


if __name__ == "__main__":
    main()
