"""What goes wrong under load: the scenarios, small in the tests and with full numbers in the soak."""

import random
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from tests.load import checks
from tests.load.load import Load
from tests.load.servers import Database, Redis
from tests.load.sites import Scaled

Tell = Callable[[str], None]
BATCH = 500
OVERDUE_SECONDS = 300.0


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
    hand_outs = load.finish(60 + count * 0.2)
    return {"intents": load.accepted, "kills": kills, "hand_outs": hand_outs}


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
    hand_outs = load.finish(90 + count * 0.2)
    return {"intents": load.accepted, "restarts": restarts, "hand_outs": hand_outs}


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
    hand_outs = load.finish(60 + count * 0.2)
    return {"intents": load.accepted, "rounds": rounds, "hand_outs": hand_outs}


def rolling_restarts(site: Scaled, *, count: int, rounds: int, pace: float, tell: Tell = quiet) -> dict[str, int]:
    """Stop and start web processes and workers in order, one after the other, under load."""
    load = Load(site, count, payload={"seconds": 0.02})
    for number in range(rounds):
        for process in [*site.webs, *site.workers]:
            time.sleep(pace)
            assert process.stop(signal.SIGTERM) == 0, process.output
            site.start_again()
        tell(f"round {number + 1} of {rounds}; {load.accepted} accepted, {load.done} done")
    hand_outs = load.finish(60 + count * 0.2)
    assert hand_outs == load.accepted, "a restart in order took work away"
    return {"intents": load.accepted, "rounds": rounds, "hand_outs": hand_outs}


def outage(site: Scaled, *, count: int, tell: Tell = quiet) -> dict[str, float]:
    """`count` intents fall due while everything is down: afterwards each times out once, none early, within five minutes."""
    address = site.address()
    due_at = datetime.now(UTC) + timedelta(seconds=5 + count / 500)
    wanted = {"intent_type": "load.due.v1", "to_agent": address, "payload": {}, "deadline_at": due_at.isoformat()}
    with httpx.Client(base_url=site.urls[0], headers={"x-api-key": site.api_key}, timeout=60) as http:
        for start in range(0, count, BATCH):
            answer = http.post("/v1/intents/batch", json={"intents": [wanted] * min(BATCH, count - start)})
            assert answer.status_code == 200, answer.text
            assert all(item["ok"] for item in answer.json()["intents"]), answer.text
            tell(f"{start + BATCH} of {count} submitted")
    assert datetime.now(UTC) < due_at, "too slow to be down in time"
    site.kill()
    time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()) + 1.0)
    assert len(checks.open_intents(site, address)) == count
    site.start_again()
    started = time.monotonic()
    checks.wait_until_over(site, address, OVERDUE_SECONDS)
    query = """
        SELECT count(*), count(*) FILTER (WHERE e.at < i.deadline_at)
        FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
        WHERE i.mailbox = %s AND e.event_type = 'intent.timed_out'
    """
    assert site.rows(query, checks.mailbox(address)) == [(count, 0)]
    checks.nothing_is_broken(site)
    return {"timers": count, "drained_seconds": round(time.monotonic() - started, 1)}
