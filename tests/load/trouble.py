"""What goes wrong under load: the scenarios, small in the tests and with full numbers in the soak."""

import random
import signal
import time
from collections.abc import Callable

from tests.load import checks
from tests.load.load import Load
from tests.load.servers import Database, Redis
from tests.load.sites import Scaled

Tell = Callable[[str], None]


def quiet(line: str) -> None:
    """Tells nobody."""


def kills(site: Scaled, *, count: int, kills: int, pace: float, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """Kill random processes, servers' and clients', `pace` seconds apart, while at least `count` intents run."""
    chance = random.Random(seed)
    load = Load(site, count, agents=3, payload={"seconds": 0.05})
    for number in range(kills):
        time.sleep(pace)
        kind = chance.choice(["web", "web", "worker", "beat", "agent", "agent", "sender"])
        if kind == "agent":
            load.kill(chance.choice(load.agents))
        elif kind == "sender":
            load.kill(chance.choice(load.senders))
        else:
            processes = {"web": site.webs, "worker": site.workers, "beat": site.beats}[kind]
            chance.choice(processes).stop(signal.SIGKILL)
            site.start_again()
        tell(f"kill {number + 1} of {kills} ({kind}); {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(60 + count * 0.2)
    return {"intents": load.accepted, "kills": kills, "deliveries": deliveries}


def database_restarts(
    site: Scaled, database: Database, *, count: int, restarts: int, pace: tuple[float, float], seed: int, tell: Tell = quiet
) -> dict[str, int]:
    """Restart PostgreSQL every `pace` seconds (from, to) under load."""
    chance = random.Random(seed)
    load = Load(site, count, payload={"seconds": 0.05})
    for number in range(restarts):
        time.sleep(chance.uniform(*pace))
        database.restart(away_seconds=chance.uniform(0, 1.5))
        tell(f"restart {number + 1} of {restarts}; {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(90 + count * 0.2)
    return {"intents": load.accepted, "restarts": restarts, "deliveries": deliveries}


def redis_troubles(
    site: Scaled, redis: Redis, *, count: int, rounds: int, frozen_seconds: float, tell: Tell = quiet
) -> dict[str, int]:
    """Flush, kill, start and freeze Redis under load. It stays away until work was submitted and done without it."""
    load = Load(site, count, payload={"seconds": 0.02})

    def goes_on(without: str, seconds: float) -> None:
        accepted, done = load.accepted, load.done
        time.sleep(seconds)
        checks.eventually(lambda: load.accepted > accepted and load.done > done, f"work goes on while Redis is {without}")

    for number in range(rounds):
        redis.flush()
        goes_on("empty", 1.0)
        redis.stop()
        goes_on("stopped", 1.0)
        redis.start()
        redis.freeze()
        goes_on("frozen", frozen_seconds)
        redis.thaw()
        tell(f"round {number + 1} of {rounds}; {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(60 + count * 0.2)
    return {"intents": load.accepted, "rounds": rounds, "deliveries": deliveries}


def rolling_restarts(site: Scaled, *, count: int, rounds: int, pace: float, tell: Tell = quiet) -> dict[str, int]:
    """Stop and start web processes and workers in order, one after the other, under load."""
    load = Load(site, count, payload={"seconds": 0.02})
    for number in range(rounds):
        for process in [*site.webs, *site.workers]:
            time.sleep(pace)
            assert process.stop(signal.SIGTERM) == 0, process.output
            site.start_again()
        tell(f"round {number + 1} of {rounds}; {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(60 + count * 0.2)
    assert deliveries == load.accepted, "a restart in order took work away"
    return {"intents": load.accepted, "rounds": rounds, "deliveries": deliveries}
