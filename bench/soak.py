"""The reliability proofs with their full numbers: `python -m bench.soak`, or `--only R1`.

Each scenario runs on an installation of its own: a durable PostgreSQL, a Redis, two web processes, two workers and a beat.
It writes docs/results/soak-<name>.json. A scenario that has a result of this commit is not run again unless named.
"""

import argparse
import json
import os
import subprocess
import sys
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

from bench import figures  # noqa: E402 - the checks import models
from bench.ground import Ground  # noqa: E402
from tests.examples import deaths, programs  # noqa: E402
from tests.load import bulk, chaos, decisions, due, large, races, slow, standstill, tiles, trouble, unprompted  # noqa: E402
from tests.load.load import Load  # noqa: E402
from tests.load.servers import BlackHole  # noqa: E402
from tests.load.sites import Scaled  # noqa: E402

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


def database_restarts(on: Ground) -> dict[str, Any]:
    return trouble.database_restarts(on.site, on.database, count=2000, restarts=40, pace=(5, 40), seed=on.seed, tell=on.tell)


def redis_troubles(on: Ground) -> dict[str, Any]:
    found = trouble.redis_troubles(on.site, on.redis, count=2000, rounds=30, frozen_seconds=8.0, tell=on.tell)
    # Web processes that find nothing but silence at their Redis, beside workers that have theirs.
    hole = BlackHole()
    away = Scaled(on.guarded, database_url=on.database.url, redis_url=hole.url, **on.secrets, UNDO_SECONDS="1")
    away.keys = on.site.keys
    try:
        away.start("uvicorn", "daphne", workers=0, beats=0)
        deliveries = Load(away, 1000).finish(600)
        raced = decisions.many_races(away, races=200, seed=on.seed, tell=on.tell)
    finally:
        away.end()
        hole.close()
    return found | {"without_an_answer": {"deliveries": deliveries, "races": raced["races"]}}


def deaths_of_examples(on: Ground) -> dict[str, Any]:
    ground = programs.Ground()
    died = 0
    try:
        for name, example in deaths.EXAMPLES.items():
            for failpoint in example.passes:
                on.tell(f"{name} at {failpoint}")
                deaths.survive(ground, name, failpoint)
                died += 1
    finally:
        ground.end()
    return {"examples": len(deaths.EXAMPLES), "deaths": died}


def wrong_clocks(on: Ground) -> dict[str, Any]:
    found = due.wrong_clocks(on.site, armed=100_000, due=6_000, seconds=60, orders=300, seed=on.seed, tell=on.tell)
    assert found["late_p50_seconds"] <= 1, found
    assert found["late_p99_seconds"] <= 5, found
    return found


def without_messages(on: Ground) -> dict[str, Any]:
    names = list(unprompted.TROUBLES)
    found = unprompted.all_is_done(on.site, on.redis, seconds=300 / len(names), pace=0.5, names=names, tell=on.tell)
    late = [spread for kinds in found["late_seconds"].values() for spread in kinds.values()]
    assert max(spread["p99"] for spread in late) <= 2, found
    return found


def standstills(on: Ground) -> dict[str, Any]:
    """On an installation of its own, whose leases are short."""
    on.site.end()
    urls = {"database_url": on.database.url, "redis_url": on.redis.url}
    site = Scaled(on.guarded, **urls, **on.secrets, DEFAULT_LEASE_SECONDS="10")
    site.keys = on.site.keys
    try:
        site.start("uvicorn", "daphne", workers=2)
        names = list(standstill.STANDSTILLS)
        return standstill.standstills(site, on.database, agents=20, seconds=120.0, names=names, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()


def bulk_cancel(on: Ground) -> dict[str, Any]:
    """On one worker as it is by default."""
    on.site.end()
    urls = {"database_url": on.database.url, "redis_url": on.redis.url}
    site = Scaled(on.guarded, **urls, **on.secrets, WORKER_CONCURRENCY="4")
    site.keys = on.site.keys
    try:
        site.start("uvicorn", "daphne", workers=1)
        undisturbed = bulk.cancel(site, count=100_000, kills=0, tell=on.tell)
        killed = bulk.cancel(site, count=100_000, kills=2, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()
    return {"undisturbed": undisturbed, "killed": killed}


def bad_receivers(on: Ground) -> dict[str, Any]:
    """On an installation of its own that trusts the receiver."""
    on.site.end()
    receiver = chaos.Chaos(on.guarded)
    urls = {"database_url": on.database.url, "redis_url": on.redis.url}
    more = {"OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8", "SSL_CERT_FILE": str(receiver.trusted)}
    site = Scaled(on.guarded, **urls, **on.secrets, **more)
    site.keys = on.site.keys
    agents = chaos.endpoints(well=35, hanging=12)
    try:
        site.start("uvicorn", "daphne", workers=2)
        chaos.call_at(site, receiver, agents)
        calm = chaos.undisturbed(site, receiver, agents, count=2500, pace=25, seed=on.seed, tell=on.tell)
        for where in ("agents", "endpoints"):
            assert calm[f"start_at_{where}_seconds"]["p99"] <= 5, calm
        servers = {"database": on.database, "redis": on.redis}
        harmed = chaos.disturbed(site, receiver, agents, **servers, count=1000, pace=6, rounds=8, seed=on.seed, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()
        receiver.end()
    return {"endpoints": len(agents), "hanging": 12, "undisturbed": calm, "disturbed": harmed}


def slow_forms(on: Ground) -> dict[str, Any]:
    found = slow.built_to_be_slow(on.site, attackers=4, rounds=14, seconds=60, tell=on.tell)
    assert found["wait_longest_seconds"] <= 1, found
    return found


def tiles_and_lists(on: Ground) -> dict[str, Any]:
    return tiles.while_all_changes(
        on.site, writers=4, acts=1500, pace=0.1, readers=2, seed=on.seed, patience=2.0, tell=on.tell
    )


def tamperings(on: Ground) -> dict[str, Any]:
    """The tests of tamper evidence with their full numbers, on a database of their own."""
    on.site.end()
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "whatever_is_changed"]
    variables = os.environ | {"TAMPERINGS": "1000"}
    root = RESULTS.parents[1]
    files = ["tests/inbox/test_tampering.py", "tests/inbox/test_evidence.py"]
    done = subprocess.run([*asked, *files], cwd=root, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return {"changes_of_the_database": 1000, "changes_of_bundles": 1000, "not_found": 0}


SCENARIOS: dict[str, tuple[str, Callable[[Ground], dict[str, Any]]]] = {
    "examples": (
        "each example with the real SDK, its server killed at every failpoint on its way: it ends well",
        deaths_of_examples,
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
        wrong_clocks,
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
        redis_troubles,
    ),
    "R10": ("PostgreSQL restarted every 5 to 40 s: every intent reaches its expected state", database_restarts),
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
    "R14": (
        "Redis stopped, frozen, read-only, with another type for its messages and with messages that nobody can read, five"
        " minutes together under load: timers, children's ends, leases and held decisions at most 2 s late (99 of 100), no"
        " process ends, health says what is away",
        without_messages,
    ),
    "R15": (
        "all processes frozen, PostgreSQL stopped and frozen, and everything frozen, for 120 s each, leases of 10 s, 20"
        " agents that keep calling by claims, polls and streams: nothing is handed to another, no attempt is burned",
        standstills,
    ),
    "bulk": (
        "100,000 intents canceled by one bulk operation, at 2,000/s or more; and 100,000 while all workers are killed twice:"
        " each is canceled once, and the counts are exact",
        bulk_cancel,
    ),
    "chaos": (
        "5,000 deliveries to 60 agents' URLs and 60 endpoints, 12 of either hang and 13 more answer as badly as the network"
        " does; and 2,000 while PostgreSQL, Redis and workers are killed: none lost, those that come again have the same"
        " id, 99 of 100 to URLs that are well start within 5 s",
        bad_receivers,
    ),
    "R17": (
        "forms and answers that are built to be slow, by four at once on two web processes for a minute: every call gets its"
        " answer, and no call of another waits over 1 s",
        slow_forms,
    ),
    "R18": (
        "6,000 intents come and go by four writers while two readers compare every number of the overview with the list it"
        " leads to: equal within 2 s, never below nothing, equal at rest",
        tiles_and_lists,
    ),
    "tampering": (
        "1,000 random edits, deletions and cuts of stored histories and 1,000 of bundles of evidence, made good where the"
        " database alone can: each is found",
        tamperings,
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
