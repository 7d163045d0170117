"""Many people at once on one task: deciding, claiming, delegating, while it is canceled or runs out of time."""

import asyncio
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from tests.load.sites import ORGANIZATION, Scaled
from tests.load.trouble import Tell, quiet

PEOPLE = 3
LONGEST_SECONDS = 0.5
"""Within this a task runs out of time in a race of which that is a part."""
REFUSED = {"already_decided", "invalid_transition", "policy_denied", "schema_invalid"}

# On the scale of a race no deadline of the API is short enough.
_DUE = """
WITH task AS (
    UPDATE inbox_task SET due_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s RETURNING id, wait_id, due_at
), waits AS (UPDATE intents_wait w SET deadline_at = task.due_at FROM task WHERE w.id = wait_id
), timers AS (
    UPDATE intents_timer t SET due_at = task.due_at, next_at = task.due_at FROM task WHERE t.subject_id = wait_id
)
UPDATE inbox_assignment a SET due_order = task.due_at FROM task WHERE a.task_id = task.id RETURNING 1
"""


@dataclass(frozen=True)
class Person:
    email: str
    token: str


def people(site: Scaled) -> list[Person]:
    """Approvers of the workspace, with tokens, made as an operator makes them."""
    made = []
    for number in range(PEOPLE):
        email = f"racer{number}@myorg.example"
        manage = [sys.executable, "manage.py"]
        person = site.run("person", [*manage, "create_person", email, "--workspace", ORGANIZATION, "--role", "approver"])
        assert person.wait() == 0, person.output
        token = site.run("token", [*manage, "create_token", email, "--workspace", ORGANIZATION, "--name", "race"])
        assert token.wait() == 0, token.output
        (secret,) = re.findall(r"axme_pat_\w+", token.output)
        made.append(Person(email, secret))
    return made


@dataclass(frozen=True)
class Call:
    kind: str
    path: str
    body: dict[str, Any]
    token: str


def at_once(site: Scaled, calls: list[Call]) -> list[tuple[int, dict[str, Any]]]:
    """All calls at the same time, spread over the web processes: (status, body) in their order."""

    async def run() -> list[tuple[int, dict[str, Any]]]:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=60) as http:

            async def post(number: int, call: Call) -> tuple[int, dict[str, Any]]:
                url = site.urls[number % len(site.urls)] + call.path
                answer = await http.post(url, json=call.body, headers={"Authorization": f"Bearer {call.token}"})
                return answer.status_code, answer.json()

            return await asyncio.gather(*(post(number, call) for number, call in enumerate(calls)))

    return asyncio.run(run())


def _calls(chance: random.Random, who: list[Person], racers: int, intent: str, task: str) -> list[Call]:
    made = []
    for _ in range(racers):
        one, outcome = chance.choice(who), chance.choice(["approved", "rejected"])
        verdict = {"decision": {"approved": "approve", "rejected": "reject"}[outcome]}
        ways = [
            *[("decide", f"/v1/tasks/{task}/decide", {"outcome": outcome})] * 3,
            ("decide", f"/v1/approvals/{intent}/decision", verdict),
            ("decide", f"/v1/intents/{intent}/resume", {"task_result": {"outcome": outcome}}),
            ("claim", f"/v1/tasks/{task}/claim", {}),
            ("release", f"/v1/tasks/{task}/release", {}),
            ("delegate", f"/v1/tasks/{task}/delegate", {"to": chance.choice(who).email}),
        ]
        made.append(Call(*chance.choice(ways), one.token))
    return made


def one_race(site: Scaled, who: list[Person], racers: int, chance: random.Random) -> str:
    """`racers` calls of people on one task, in some races with a cancel or the end of its time among them. However it ends,
    it ends once, by one decision at most. Returns how: a state of the task."""
    machine = Call("", "", {}, site.api_key)
    asked = {"intent_type": "test.race.v1", "to_agent": site.address(), "payload": {}}
    midway = chance.random() < 0.5
    if not midway:
        asked["human_task"] = {"title": "May I?"}
    ((_, created),) = at_once(site, [Call("", "/v1/intents", asked, machine.token)])
    intent = created["intent_id"]
    if midway:
        wait = {"for": "human", "human_task": {"title": "May I?"}, "deadline_seconds": 600}
        ((status, body),) = at_once(site, [Call("", f"/v1/intents/{intent}/wait", wait, machine.token)])
        assert status == 200, body
    ((task,),) = site.rows("SELECT id FROM inbox_task WHERE intent_id = %s", intent)
    calls = _calls(chance, who, racers, intent, str(task))
    if chance.random() < 0.2:
        cancel = {"status": "CANCELED", "reason": "not needed"}
        calls.append(Call("cancel", f"/v1/intents/{intent}/resolve", cancel, machine.token))
    elif midway and chance.random() < 0.5:
        site.rows(_DUE, chance.random() * LONGEST_SECONDS, task)
    chance.shuffle(calls)
    answers = at_once(site, calls)
    told = list(zip([call.kind for call in calls], answers, strict=True))
    for kind, (status, body) in told:
        assert status == 200 or body["error"]["code"] in REFUSED, (kind, status, body)
    decided = sum(kind == "decide" and status == 200 for kind, (status, _) in told)
    assert decided <= 1, Counter((kind, status) for kind, (status, _) in told)
    query = "SELECT count(*) FROM inbox_decision WHERE task_id = %s"
    assert site.rows(query, task) == [(decided,)]
    ((state, ended),) = site.rows(
        "SELECT t.state, i.status FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id WHERE t.id = %s", task
    )
    assert (state == "decided") == bool(decided), (state, decided)
    allowed = {
        "decided": {"COMPLETED", "IN_PROGRESS", "CANCELED"},
        "withdrawn": {"CANCELED"},
        "expired": {"FAILED"},
    }.get(state, {"WAITING"})
    assert ended in allowed, (state, ended)
    for kind, (status, body) in told:
        if kind == "decide" and status == 409 and body["error"]["code"] == "already_decided":
            assert body["error"]["details"]["task_id"] == str(task)
    return str(state)


def many_races(site: Scaled, *, races: int, seed: int, tell: Tell = quiet) -> dict[str, int]:
    """`races` tasks, each with 2 to 50 calls at once."""
    chance = random.Random(seed)
    who = people(site)
    ended: Counter[str] = Counter()
    for number in range(races):
        ended[one_race(site, who, chance.randint(2, 50), chance)] += 1
        tell(f"race {number + 1} of {races}: {dict(ended)}")
    return {"races": races, **ended}
