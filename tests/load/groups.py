"""Submits that come by many at once, of all kinds, and what agents and people do with the intents then, while web processes
are killed and PostgreSQL is restarted: of what was answered nothing is lost, doubled, or another's."""

import asyncio
import json
import random
import signal
from collections.abc import Iterator
from typing import Any

from tests.flows import grouping
from tests.load import checks, quick
from tests.load.quick import Answer, Crowd
from tests.load.servers import Database
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

WIDTH = 64
AGAIN_SECONDS = 0.2
TRIES = 600
PART_SECONDS = 400.0
"""What the requests about one fault may take, until all are answered."""
POISON, DEADLOCK = "test.poison.v1", "test.deadlock.v1"
ACTS = {
    POISON: "RAISE EXCEPTION 'poison';",
    DEADLOCK: "IF random() < 0.5 THEN RAISE EXCEPTION 'poison' USING ERRCODE = 'deadlock_detected'; END IF;",
}


STEP = "steps/one"
WORK: dict[int, tuple[tuple[str, str], ...]] = {
    0: (("acknowledge", "acknowledged"), ("resume", "completed")),
    2: (("decision", "completed"),),
    5: (("resolve", "completed"),),
    6: (("acknowledge", "acknowledged"), ("progress", "in_progress"), (STEP, ""), ("checkpoint", "checkpoint")),
    7: (("checkpoint", "checkpoint"), ("resolve", "completed")),
}
"""What is done with them, by n % 8: the calls, and the event of each, but of a step, whose result is kept."""
BY_THE_WAY = {"intent.acknowledged", "intent.in_progress"}
"""Events that other calls may record on their way as well."""
STATUS = {0: "COMPLETED", 2: "COMPLETED", 5: "COMPLETED", 6: "IN_PROGRESS", 7: "COMPLETED"}
"""What becomes of them."""


def body(address: str, n: int) -> dict[str, Any]:
    """One in eight is malformed, one asks people, one asks them by a form, one has a deadline that has passed; a few fail
    with all of their group, always or half of the time."""
    wanted: dict[str, Any] = {"intent_type": "test.group.v1", "to_agent": address, "payload": {"n": n}}
    match n % 8:
        case 1:
            wanted["surprise"] = n
        case 2:
            wanted["human_task"] = {"title": f"Pay {n}?"}
        case 3:
            wanted["human_task"] = {"title": f"Pay {n}?", "form_schema": {"type": "object"}}
        case 4:
            wanted["deadline_at"] = "2020-01-01T00:00:00Z"
        case 5 if n % 128 == 5:
            wanted["intent_type"] = POISON
        case 5 if n % 128 == 69:
            wanted["intent_type"] = DEADLOCK
    return wanted


def work(call: str, n: int) -> dict[str, Any]:
    match call:
        case "resolve":
            return {"status": "COMPLETED", "result": {"n": n}}
        case "resume":
            return {"n": n}
        case "checkpoint":
            return {"step": n}
        case "steps/one":
            return {"result": {"n": n}}
        case "decision":
            return {"decision": "reject" if n % 16 == 2 else "approve", "comment": f"as of {n}"}
    return {}


def expected(n: int) -> tuple[int, str]:
    """The status of the answer to the submit, and of the intent then."""
    if n % 8 in (1, 4):
        return 422, ""
    if n % 128 == 5:
        return 500, ""
    return 200, "WAITING" if n % 8 in (2, 3) else "SUBMITTED"


def mixed(
    site: Scaled, database: Database, *, count: int, seed: int, kills: int, restarts: int, tell: Tell = quiet
) -> dict[str, int]:
    """Submit `count` by WIDTH at once, and do its WORK with each, every call under a key of its own, again until it is
    answered. They come in as many parts
    as there are faults, `kills` of web processes and `restarts` of the database: one in the middle of each."""
    for intent_type, act in ACTS.items():
        grouping.when_poisoned(site, intent_type, act)
    faults = ["kill"] * kills + ["restart"] * restarts
    chance = random.Random(seed)
    chance.shuffle(faults)
    load = _Load(site)

    async def run(crowd: Crowd) -> None:
        for place, fault in enumerate(faults):
            part = range(count * place // len(faults), count * (place + 1) // len(faults))
            assert len(part) > 2 * WIDTH, "a fault is to come while as many as may are under way"
            again = load.again
            async with asyncio.timeout(PART_SECONDS), asyncio.TaskGroup() as group:
                left = iter(part)
                for _ in range(WIDTH):
                    group.create_task(load.work(crowd, left))
                await load.until(part.start + len(part) // 2)
                await asyncio.to_thread(_act, site, fault, database, chance)
            assert load.again > again, f"nobody noticed the {fault}"
            tell(f"{fault}, {place + 1} of {len(faults)}; {len(load.answered)} answered")

    quick.crowded(site.urls, run)
    load.compare()
    checks.nothing_is_broken(site)
    assert grouping.grouped(site), "none went by the short path"
    return {"requests": count + load.calls, "submits": count, "again": load.again, "kills": kills, "restarts": restarts}


def _act(site: Scaled, fault: str, database: Database, chance: random.Random) -> None:
    if fault == "restart":
        database.restart(away_seconds=chance.uniform(0, 1.0))
    else:
        chance.choice(site.webs).stop(signal.SIGKILL)
        site.start_again()


class _Load:
    """What was answered, by number, and how often somebody had to come again because of a fault."""

    def __init__(self, site: Scaled) -> None:
        self._site = site
        self._address = site.address()
        self.answered: dict[int, Answer] = {}
        self.again = self.calls = 0
        self._awaited = 0
        self._reached = asyncio.Event()

    async def work(self, crowd: Crowd, numbers: Iterator[int]) -> None:
        for n in numbers:
            self.answered[n] = await self._answer(crowd, n)
            if len(self.answered) >= self._awaited:
                self._reached.set()

    async def until(self, count: int) -> None:
        """Until so many are answered."""
        self._awaited = count
        self._reached.clear()
        await self._reached.wait()

    async def _answer(self, crowd: Crowd, n: int) -> Answer:
        """To the submit."""
        submitted = await self._ask(crowd, n, grouping.SUBMIT, body(self._address, n))
        if submitted.status == 200:
            intent_id = submitted.json()["intent_id"]
            for call, event in WORK.get(n % 8, ()):
                if call == "decision":
                    await self._decide(crowd, n, intent_id)
                    continue
                done = await self._ask(crowd, n, f"{grouping.SUBMIT}/{intent_id}/{call}", work(call, n))
                assert done.status in (200, 201) if call == STEP else done.status == 200, (n, call, done)
                self.calls += 1
                told = done.json()
                if call == STEP:
                    assert told["step"]["result"] == {"n": n}, (n, done)
                    continue
                assert (told["intent"]["intent_id"], told["event"]["event_type"]) == (intent_id, f"intent.{event}"), (
                    n,
                    done,
                )
                assert told["intent"]["payload"] == {"n": n}
        return submitted

    async def _decide(self, crowd: Crowd, n: int, intent_id: str) -> None:
        person = {"authorization": f"Bearer {self._site.keys['DEMO_MANAGER_TOKEN']}"}
        done = await self._ask(crowd, n, f"/v1/approvals/{intent_id}/decision", work("decision", n), **person)
        assert done.status == 200, (n, done)
        told = done.json()["approval"]
        assert {name: told[name] for name in ("decision", "comment")} == work("decision", n), (n, done)
        self.calls += 1

    async def _ask(self, crowd: Crowd, n: int, path: str, wanted: dict[str, Any], **more: str) -> Answer:
        headers = {"x-api-key": self._site.api_key, "idempotency-key": f"{self._address} {n}"} | more
        wish = quick.post(path, wanted, headers, method=grouping.method_of(path))
        for turn in range(TRIES):
            try:
                answer = await crowd.ask(wish, server=n // 8 + turn)
            except OSError:
                answer = None
            if answer is not None and answer.status != 503:
                return answer
            assert answer is None or b"\r\nretry-after:" in answer.head, answer
            self.again += wanted.get("intent_type") != DEADLOCK
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(f"{path} of {n} was not answered")

    def compare(self) -> None:
        """Each has the answer that it is to have, and each intent that is stored was told to whose it is, and them alone.
        What was done with it is in its history once."""
        told: dict[str, tuple[int, str]] = {}
        for n, answer in self.answered.items():
            status, of_intent = expected(n)
            assert answer.status == status, (n, answer)
            if status == 200:
                made = answer.json()
                told[made["intent_id"]] = (n, STATUS.get(n % 8, of_intent))
                assert made["status"] == of_intent, (n, answer)
        query = """
            SELECT i.id::text, b.payload, i.status, ARRAY(
                SELECT e.event_type FROM intents_intentevent e
                WHERE e.intent_id = i.id AND e.event_type = ANY(%s) ORDER BY e.seq
            ) FROM intents_intent i JOIN intents_intentbody b ON b.intent_id = i.id WHERE i.mailbox = %s
        """
        events = sorted({f"intent.{event}" for calls in WORK.values() for _, event in calls if event} - BY_THE_WAY)
        rows = self._site.rows(query, events, checks.mailbox(self._address))
        stored = {intent_id: (json.loads(payload)["n"], status) for intent_id, payload, status, _ in rows}
        assert stored == told, f"stored {len(stored)}, told {len(told)}: {list(stored.items() ^ told.items())[:5]}"
        assert len(told) == sum(expected(n)[0] == 200 for n in self.answered), "two were told of one intent"
        for intent_id, _, _, done in rows:
            n = stored[intent_id][0]
            once = [f"intent.{event}" for _, event in WORK.get(n % 8, ()) if event]
            assert done == [one for one in once if one not in BY_THE_WAY], (n, done)
        query = """
            SELECT s.intent_id::text, s.key, s.result FROM intents_storedstep s JOIN intents_intent i ON i.id = s.intent_id
            WHERE i.mailbox = %s ORDER BY 1
        """
        steps = self._site.rows(query, checks.mailbox(self._address))
        with_steps = [(of, n) for of, (n, _) in stored.items() if any(call == STEP for call, _ in WORK.get(n % 8, ()))]
        assert steps == [(of, "one", f'{{"n":{n}}}') for of, n in sorted(with_steps)]
