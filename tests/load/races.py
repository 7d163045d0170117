"""Many at once on one thing: the same key, the same ending, the same history."""

import asyncio
import json
import random
import threading
from collections import Counter
from typing import Any

import httpx

from tests.load.sites import Scaled
from tests.load.sse import Open
from tests.load.trouble import Tell, quiet

Answer = tuple[int, dict[str, Any], bool]
ENDINGS = (
    {"status": "COMPLETED", "result": {"by": "resolve"}},
    {"status": "FAILED", "error": {"code": "gave_up"}},
    {"status": "CANCELED", "reason": "not needed"},
)


def all_at_once(site: Scaled, path: str, bodies: list[dict[str, Any]], key: str = "") -> list[Answer]:
    """POST all bodies at the same time, spread over the web processes: (status, body, replayed) in their order."""

    async def run() -> list[Answer]:
        headers = {"x-api-key": site.api_key} | ({"Idempotency-Key": key} if key else {})
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as http:

            async def post(number: int, body: dict[str, Any]) -> Answer:
                answer = await http.post(site.urls[number % len(site.urls)] + path, json=body)
                return answer.status_code, answer.json(), answer.headers.get("Idempotent-Replayed") == "true"

            return await asyncio.gather(*(post(number, body) for number, body in enumerate(bodies)))

    return asyncio.run(run())


def submission(address: str, n: int = 0) -> dict[str, Any]:
    return {"intent_type": "test.race.v1", "to_agent": address, "payload": {"n": n}}


def one_key(site: Scaled, key: str, tries: int) -> None:
    """`tries` creates with one key make one intent and get one answer."""
    address = site.address()
    answers = all_at_once(site, "/v1/intents", [submission(address) for _ in range(tries)], key)
    assert Counter(status for status, _, _ in answers) == {200: tries}
    assert len({json.dumps(body, sort_keys=True) for _, body, _ in answers}) == 1
    assert Counter(replayed for _, _, replayed in answers) == {True: tries - 1, False: 1}
    assert site.rows("SELECT count(*) FROM intents_intent WHERE mailbox = %s", address.rpartition("/")[2]) == [(1,)]


def many_keys(site: Scaled, *, keys: int, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """`keys` keys, each tried 2 to 20 times at once."""
    chance = random.Random(seed)
    tried = 0
    for number in range(keys):
        tries = chance.randint(2, 20)
        one_key(site, f"race-{seed}-{number}", tries)
        tried += tries
        tell(f"key {number + 1} of {keys}")
    return {"keys": keys, "requests": tried}


def one_ending(site: Scaled, racers: int, chance: random.Random) -> None:
    """Of `racers` who end one intent in different ways one succeeds; the others learn what it is now."""
    address = site.address()
    ((_, created, _),) = all_at_once(site, "/v1/intents", [submission(address)])
    intent = f"/v1/intents/{created['intent_id']}"
    bodies = [dict(chance.choice(ENDINGS)) for _ in range(racers)]
    answers = all_at_once(site, f"{intent}/resolve", bodies)
    assert Counter(status for status, _, _ in answers) == {200: 1, 409: racers - 1}
    ((winner, body),) = [(wanted, body) for wanted, (status, body, _) in zip(bodies, answers, strict=True) if status == 200]
    assert body["intent"]["status"] == winner["status"]
    assert {refused["error"]["details"]["status"] for status, refused, _ in answers if status == 409} == {winner["status"]}
    query = "SELECT count(*) FROM intents_intentevent WHERE intent_id = %s AND status = ANY(%s)"
    assert site.rows(query, created["intent_id"], ["COMPLETED", "FAILED", "CANCELED"]) == [(1,)]


def endings(site: Scaled, *, races: int, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """`races` intents, each ended by 2 to 50 at once."""
    chance = random.Random(seed)
    for number in range(races):
        one_ending(site, chance.randint(2, 50), chance)
        tell(f"race {number + 1} of {races}")
    return {"races": races}


def disconnects(site: Scaled, *, writers: int, least: int, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """Readers of one intent's stream that are cut off `least` times while `writers` write see every event once, in order."""
    ((_, created, _),) = all_at_once(site, "/v1/intents", [submission(site.address())])
    intent = f"/v1/intents/{created['intent_id']}"
    headers = {"x-api-key": site.api_key}
    done = threading.Event()
    failures: list[str] = []
    counts: list[int] = []

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
        cuts = 0
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
            cuts += 1
            tell(f"reader {number}: cut {cuts}, of at least {least}")
            if cuts == least and number == 0:
                httpx.post(f"{site.urls[0]}{intent}/resolve", headers=headers, json=ENDINGS[0], timeout=60)
                done.set()
        if seen != list(range(1, len(seen) + 1)):
            failures.append(f"reader {number} saw {seen}")
        counts.append(len(seen))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    threads += [threading.Thread(target=read, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600 + least)
    assert failures == []
    assert len(set(counts)) == 1
    assert site.rows("SELECT seq FROM intents_intent WHERE id = %s", created["intent_id"]) == [(counts[0],)]
    return {"disconnects": least * 2, "events": counts[0], "writers": writers}
