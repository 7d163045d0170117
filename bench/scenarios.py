"""What the soak does on each ground."""

import subprocess
from typing import Any

from bench.ground import Ground
from tests.browser import fast_hand
from tests.browser.conftest import Site
from tests.examples import deaths, programs
from tests.load import (
    bulk,
    chaos,
    decisions,
    due,
    mesh,
    poolers,
    runs,
    sentinels,
    slow,
    standstill,
    tiles,
    trouble,
    unprompted,
)
from tests.load.load import Load
from tests.load.servers import BlackHole
from tests.load.sites import Scaled


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


def behind_a_pooler(on: Ground) -> dict[str, Any]:
    """On an installation of its own, which reaches the database by a PgBouncer."""
    on.site.end()
    pooler = poolers.PgBouncer(on.guarded, on.database)
    pooler.start()
    urls = {"database_url": pooler.url, "redis_url": on.redis.url}
    site = poolers.Pooled(on.guarded, **urls, **on.secrets, DATABASE_DIRECT_URL=on.database.url, UNDO_SECONDS="1")
    try:
        site.prepare()
        site.start("uvicorn", "daphne", workers=2)
        return poolers.troubles(site, pooler, count=2000, kills=20, races=500, seed=on.seed, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()
        pooler.kill()


def led_by_sentinels(on: Ground) -> dict[str, Any]:
    return _led(on, sentinels.Watched(on.guarded, 3))


def led_by_sentinels_of_valkey(on: Ground) -> dict[str, Any]:
    program = sentinels.valkey_binary()
    watched = sentinels.Watched(on.guarded, 3, program=program, down_ms=sentinels.VALKEY_DOWN_MS)
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return _led(on, watched) | {"valkey": version.removeprefix("v=")}


def _led(on: Ground, watched: sentinels.Watched) -> dict[str, Any]:
    """On an installation of its own, whose Redis or Valkey is one of two."""
    on.site.end()
    watched.start()
    site = Scaled(on.guarded, database_url=on.database.url, redis_url=watched.url, **on.secrets)
    site.keys = on.site.keys
    try:
        site.start("uvicorn", "daphne", workers=2)
        return sentinels.changes(site, watched, count=2000, kills=10, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()
        watched.stop()


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


def fleet(on: Ground) -> dict[str, Any]:
    found = {
        "kills": mesh.kills(on.site, agents=20, tell=on.tell),
        "fleets": mesh.fleets(on.site, sizes=(1, 1000, 10_000), tell=on.tell),
        "limits": mesh.budgets(on.site, senders=16, each=40),
    }
    return found | {"standstill": _standstills(on, ["all processes frozen"])}


def standstills(on: Ground) -> dict[str, Any]:
    return _standstills(on, list(standstill.STANDSTILLS))


def _standstills(on: Ground, names: list[str]) -> dict[str, Any]:
    """On an installation of its own, whose leases are short."""
    on.site.end()
    urls = {"database_url": on.database.url, "redis_url": on.redis.url}
    site = Scaled(on.guarded, **urls, **on.secrets, DEFAULT_LEASE_SECONDS="10")
    site.keys = on.site.keys
    try:
        site.start("uvicorn", "daphne", workers=2)
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


def fast_hands(on: Ground) -> dict[str, Any]:
    """In real browsers, on an installation as `make run` has it."""
    on.site.end()
    site = Site(on.guarded)
    try:
        shares = {"mouse": 2, "finger": 2, "keys": 4}
        return fast_hand.all_hands(site, gaps=fast_hand.GAPS_MS, shares=shares, seed=on.seed, tell=on.tell)
    except BaseException:
        print(site.embedded.logs())
        raise
    finally:
        site.end()


def runs_of_scenarios(on: Ground) -> dict[str, Any]:
    """On an installation of its own, whose leases are short: what a killed agent held is soon another's."""
    on.site.end()
    urls = {"database_url": on.database.url, "redis_url": on.redis.url}
    site = Scaled(on.guarded, **urls, **on.secrets, DEFAULT_LEASE_SECONDS="5", UNDO_SECONDS="0")
    site.keys = on.site.keys
    try:
        site.start("uvicorn", "daphne", workers=2)
        return runs.killed(site, runs=1000, kills=120, pace=1.5, restarts=12, seed=on.seed, tell=on.tell)
    except BaseException:
        print(site.logs())
        raise
    finally:
        site.end()
