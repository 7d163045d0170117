"""Many at once on one thing: the same key, the same ending, the same history."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.load import checks, quick
from tests.load.quick import Answer, Crowd
from tests.load.sites import Scaled
from tests.load.sse import Open
from tests.load.trouble import Tell, quiet

AT_ONCE = 4
"""Races that run at any time, each with all of its calls in one moment."""
BATCH = 200
ENDINGS = (
    {"status": "COMPLETED", "result": {"by": "resolve"}},
    {"status": "FAILED", "error": {"code": "gave_up"}},
    {"status": "CANCELED", "reason": "not needed"},
)
_OF_ADDRESS = "SELECT id::text FROM intents_intent WHERE mailbox = %s"


def all_at_once(site: Scaled, path: str, bodies: list[dict[str, Any]], key: str = "") -> list[Answer]:
    """POST all bodies in one moment, to the web processes in turn: the answers in their order."""
    headers = {"x-api-key": site.api_key} | ({"idempotency-key": key} if key else {})
    wishes = [quick.post(path, body, headers) for body in bodies]
    answers: list[Answer] = quick.crowded(site.urls, lambda crowd: crowd.at_once(wishes))
    return answers


def submission(address: str, n: int = 0) -> dict[str, Any]:
    return {"intent_type": "test.race.v1", "to_agent": address, "payload": {"n": n}}


def many_keys(site: Scaled, *, keys: int, seed: int, tries: tuple[int, int] = (2, 20), tell: Tell = quiet) -> dict[str, int]:
    """`keys` keys, each tried 2 to 20 times in one moment: one intent and one answer each, new to one of the tries."""
    chance = random.Random(seed)
    address = site.address()
    tried: dict[str, int] = {}

    async def run(crowd: Crowd) -> None:
        async def one(number: int) -> None:
            headers = {"x-api-key": site.api_key, "idempotency-key": f"{address} {number}"}
            wish = quick.post("/v1/intents", submission(address, number), headers)
            answers = await crowd.at_once([wish] * chance.randint(*tries))
            assert {answer.status for answer in answers} == {200}, answers
            assert sum(b"idempotent-replayed: true" not in answer.head for answer in answers) == 1, answers
            ((intent_id,),) = {frozenset([answer.json()["intent_id"]]) for answer in answers}
            assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
            assert intent_id not in tried
            tried[intent_id] = len(answers)
            tell(f"key {len(tried)} of {keys}")

        await quick.several([partial(one, number) for number in range(keys)], AT_ONCE)

    quick.crowded(site.urls, run)
    stored = {intent_id for (intent_id,) in site.rows(_OF_ADDRESS, checks.mailbox(address))}
    assert stored == set(tried)
    assert len(stored) == keys
    checks.nothing_is_broken(site)
    return {"keys": keys, "requests": sum(tried.values())}


def endings(
    site: Scaled, *, races: int, seed: int, racers: Callable[[random.Random], int], tell: Tell = quiet
) -> dict[str, int]:
    """`races` intents, each ended somehow by `racers` in one moment. One succeeds, the others learn how it ended."""
    chance = random.Random(seed)
    address = site.address()
    key = {"x-api-key": site.api_key}
    ended: dict[str, str] = {}
    calls = 0

    async def run(crowd: Crowd) -> None:
        async def one(intent_id: str) -> None:
            nonlocal calls
            bodies = [chance.choice(ENDINGS) for _ in range(racers(chance))]
            path = f"/v1/intents/{intent_id}/resolve"
            answers = await crowd.at_once([quick.post(path, body, key) for body in bodies])
            told = Counter(answer.status for answer in answers)
            assert told == {200: 1, 409: len(bodies) - 1}, answers
            ((wanted, won),) = [pair for pair in zip(bodies, answers, strict=True) if pair[1].status == 200]
            assert won.json()["intent"]["status"] == wanted["status"]
            refused = [answer.json()["error"]["details"]["status"] for answer in answers if answer.status == 409]
            assert set(refused) <= {wanted["status"]}
            ended[intent_id] = wanted["status"]
            calls += len(bodies)

        while len(ended) < races:
            items = [submission(address)] * min(BATCH, races - len(ended))
            batch = await crowd.ask(quick.post("/v1/intents/batch", {"intents": items}, key))
            await quick.several([partial(one, item["intent_id"]) for item in batch.json()["intents"]], AT_ONCE)
            tell(f"ending {len(ended)} of {races}")

    quick.crowded(site.urls, run)
    query = """
        SELECT e.intent_id::text, array_agg(e.status) FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
        WHERE i.mailbox = %s AND e.status IN ('COMPLETED', 'FAILED', 'CANCELED') GROUP BY e.intent_id
    """
    assert dict(site.rows(query, checks.mailbox(address))) == {intent_id: [status] for intent_id, status in ended.items()}
    checks.nothing_is_broken(site)
    return {"races": races, "calls": calls}


def disconnects(site: Scaled, *, writers: int, least: int, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """Two readers of one intent's stream, cut off `least` times in all while `writers` write, see every event in order."""
    (made,) = all_at_once(site, "/v1/intents", [submission(site.address())])
    intent_id = made.json()["intent_id"]
    intent = f"/v1/intents/{intent_id}"
    headers = {"x-api-key": site.api_key}
    done = threading.Event()
    failures: list[str] = []
    counts: list[int] = []
    cuts = [0, 0]

    def write(number: int) -> None:
        with httpx.Client(base_url=site.urls[number % len(site.urls)], headers=headers, timeout=60) as http:
            while not done.is_set():
                answer = http.post(f"{intent}/progress", json={"message": f"writer {number}"})
                if answer.status_code not in (200, 409):
                    failures.append(answer.text)
                done.wait(0.02)

    def read(number: int) -> None:
        chance = random.Random(seed + number)
        seen: list[int] = []
        while True:
            url = f"{chance.choice(site.urls)}{intent}/events/stream"
            last = str(seen[-1] if seen else 0)
            how: dict[str, Any] = (
                {"headers": {"Last-Event-ID": last}} if chance.random() < 0.5 else {"params": {"since": last}}
            )
            with Open(url, site.api_key, **how) as stream:
                enough = chance.randint(1, 8)
                stream.wait(
                    lambda open_one, enough=enough: open_one.closed_at or len(open_one.events()) >= enough, "events", 60
                )
                stream.drop()
                seen += [frame.data["seq"] for frame in stream.events() if frame.event.startswith("intent.")]
                if any(frame.data.get("status") == "COMPLETED" for frame in stream.events()):
                    break
            cuts[number] += 1
            tell(f"cut {sum(cuts)}, of at least {least}")
            if sum(cuts) >= least and not done.is_set():
                done.set()
                httpx.post(f"{site.urls[0]}{intent}/resolve", headers=headers, json=ENDINGS[0], timeout=60)
        if seen != list(range(1, len(seen) + 1)):
            failures.append(f"reader {number} saw {seen}")
        counts.append(len(seen))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    threads += [threading.Thread(target=read, args=(number,)) for number in range(len(cuts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600 + least)
    assert failures == []
    assert len(set(counts)) == 1
    assert site.rows("SELECT seq FROM intents_intent WHERE id = %s", intent_id) == [(counts[0],)]
    return {"disconnects": sum(cuts), "events": counts[0], "writers": writers}
