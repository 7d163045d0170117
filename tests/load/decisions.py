"""Many people at once on one task: they decide, claim, delegate and take back, while it is canceled or runs out of time."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg

from tests.load import checks, quick
from tests.load.quick import Answer, Crowd, Wish
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

BATCH = 200
AT_ONCE = 4
"""Races that run at any time, each with all of its calls in one moment."""
MOST = 50
LONGEST_SECONDS = 0.5
"""Within this a task runs out of time in a race of which that is a part."""
REFUSED = {"already_decided", "invalid_transition", "policy_denied", "schema_invalid"}
ALLOWED = {
    # What goes on after a decision can still be canceled.
    "decided": {"COMPLETED", "IN_PROGRESS", "CANCELED"},
    "withdrawn": {"CANCELED"},
    "expired": {"FAILED"},
    "open": {"WAITING"},
    "claimed": {"WAITING"},
}

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

_ENDS = """
SELECT t.id::text, t.state, i.status,
       count(d.id), count(d.id) FILTER (WHERE d.void_at IS NULL), count(d.id) FILTER (WHERE d.void_reason = 'taken_back'),
       (SELECT count(*) FROM intents_intentevent e WHERE e.intent_id = i.id AND e.details::jsonb ? 'decision')
FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id LEFT JOIN inbox_decision d ON d.task_id = t.id
WHERE i.mailbox = %s GROUP BY t.id, i.id
"""


def racers(chance: random.Random) -> int:
    """From 2 to MOST; most often few, so that many races fit into an hour."""
    return round(2 * (MOST / 2) ** (chance.random() ** 3))


@dataclass(frozen=True)
class Person:
    """Somebody with a token, and signed in."""

    email: str
    token: str
    session: Mapping[str, str]
    form_token: str

    def calls(self, path: str, body: dict[str, Any]) -> Wish:
        return quick.post(path, body, {"authorization": f"Bearer {self.token}"})

    def sends(self, path: str, **form: str) -> Wish:
        """A page's form."""
        headers = {"content-type": "application/x-www-form-urlencoded"} | dict(self.session)
        return quick.wish("POST", path, headers, urlencode({"csrfmiddlewaretoken": self.form_token} | form).encode())


def people(site: Scaled) -> list[Person]:
    """Those of the demo workspace who may decide."""
    made = []
    for name in ("DEMO_MANAGER", "DEMO_DEPUTY", "DEMO_OPS"):
        email, password, token = (site.keys[f"{name}_{what}"] for what in ("EMAIL", "PASSWORD", "TOKEN"))
        made.append(Person(email, token, *signed_in(site, email, password)))
    return made


def signed_in(site: Scaled, email: str, password: str) -> tuple[dict[str, str], str]:
    """The headers and the form token of somebody's session."""
    with httpx.Client(base_url=site.urls[0], timeout=60, follow_redirects=True) as browser:
        form = {"login": email, "password": password, "csrfmiddlewaretoken": _form_token(browser.get("/sign-in").text)}
        page = browser.post("/sign-in", data=form)
        assert page.url.path.startswith("/inbox"), page.text
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return {"cookie": cookie}, _form_token(page.text)


def _form_token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


@dataclass(frozen=True)
class Asked:
    """A task that a race is about."""

    intent: str
    task: str
    digest: str
    midway: bool


def _way(chance: random.Random, who: list[Person], asked: Asked) -> tuple[str, Wish]:
    """One call of one person: its kind, and the request."""
    one, outcome = chance.choice(who), chance.choice(["approved", "rejected"])
    task, intent = f"/v1/tasks/{asked.task}", asked.intent
    verdict = {"decision": {"approved": "approve", "rejected": "reject"}[outcome]}
    ways = {
        "decide": one.calls(f"{task}/decide", {"outcome": outcome}),
        "decide by its intent": one.calls(f"/v1/approvals/{intent}/decision", verdict),
        "decide by resuming": one.calls(f"/v1/intents/{intent}/resume", {"task_result": {"outcome": outcome}}),
        "decide on the page": one.sends(f"/inbox/{asked.task}/decide", outcome=outcome, payload_digest=asked.digest),
        "undo": one.calls(f"{task}/undo", {}),
        "claim": one.calls(f"{task}/claim", {}),
        "release": one.calls(f"{task}/release", {}),
        "delegate": one.calls(f"{task}/delegate", {"to": chance.choice(who).email}),
    }
    kind = chance.choices(list(ways), [3, 1, 1, 1, 1, 1, 1, 1])[0]
    return kind, ways[kind]


def succeeded(kind: str, asked: Asked, answer: Answer) -> bool:
    """Whether a call did what it asked for. A refusal has to be one that may be."""
    if kind == "decide on the page":
        # A decision leads back to the list; a refusal shows the page as it is now.
        assert answer.status in (302, 409), (kind, answer)
        return answer.status == 302
    if answer.status == 200:
        return True
    refusal = answer.json()["error"]
    assert refusal["code"] in REFUSED, (kind, answer)
    if refusal["code"] == "already_decided":
        assert refusal["details"]["task_id"] == asked.task
    return False


class Races:
    """Runs races and remembers what succeeded in each."""

    def __init__(self, site: Scaled, crowd: Crowd, who: list[Person], chance: random.Random) -> None:
        self.done: dict[str, Counter[str]] = defaultdict(Counter)
        """By task: how many calls of a kind succeeded."""
        self.calls: Counter[str] = Counter()
        self.address = site.address()
        self._key = {"x-api-key": site.api_key}
        self._crowd, self._who, self._chance = crowd, who, chance

    async def ask(self, connection: psycopg.Connection[Any], count: int) -> list[Asked]:
        """Tasks: some opened with their intents, some by a wait in the middle."""
        question = {"title": "May I?"}
        item = {"intent_type": "test.race.v1", "to_agent": self.address, "payload": {}}
        midway = [self._chance.random() < 0.5 for _ in range(count)]
        items = [item if one else item | {"human_task": question} for one in midway]
        batch = await self._crowd.ask(quick.post("/v1/intents/batch", {"intents": items}, self._key))
        ids = [one["intent_id"] for one in batch.json()["intents"]]
        wait = {"for": "human", "human_task": question, "deadline_seconds": 3600}
        waits = [
            quick.post(f"/v1/intents/{intent}/wait", wait, self._key) for intent, one in zip(ids, midway, strict=True) if one
        ]
        for start in range(0, len(waits), 20):
            answers = await self._crowd.at_once(waits[start : start + 20])
            assert {answer.status for answer in answers} == {200}, answers
        query = "SELECT intent_id::text, id::text, encode(digest, 'hex') FROM inbox_task WHERE intent_id = ANY(%s::uuid[])"
        found = {intent: (task, digest) for intent, task, digest in connection.execute(query, [ids]).fetchall()}
        return [Asked(intent, *found[intent], one) for intent, one in zip(ids, midway, strict=True)]

    async def run(self, connection: psycopg.Connection[Any], asked: Asked) -> None:
        """2 to MOST calls of people on one task, with a cancel or the end of its time among them in some."""
        chance = self._chance
        calls = [_way(chance, self._who, asked) for _ in range(racers(chance))]
        if chance.random() < 0.2:
            cancel = {"status": "CANCELED", "reason": "not needed"}
            calls.append(("cancel", quick.post(f"/v1/intents/{asked.intent}/resolve", cancel, self._key)))
        elif asked.midway and chance.random() < 0.5:
            connection.execute(_DUE, [chance.random() * LONGEST_SECONDS, asked.task])
        chance.shuffle(calls)
        answers = await self._crowd.at_once([call for _, call in calls])
        done = self.done[asked.task]
        for (kind, _), answer in zip(calls, answers, strict=True):
            self.calls[kind] += 1
            done[kind.partition(" ")[0]] += succeeded(kind, asked, answer)


def many_races(site: Scaled, *, races: int, seed: int, tell: Tell = quiet) -> dict[str, Any]:
    """`races` tasks, each with 2 to 50 calls in one moment. However each ends, it ends once, by one decision at most that
    was not taken back, and all who were told of a success find it in the record."""
    chance = random.Random(seed)
    who = people(site)

    async def run(crowd: Crowd) -> Races:
        made = Races(site, crowd, who, chance)
        with site.connect() as connection:
            while len(made.done) < races:
                asked = await made.ask(connection, min(BATCH, races - len(made.done)))
                await quick.several([partial(made.run, connection, one) for one in asked], AT_ONCE)
                tell(f"race {len(made.done)} of {races}")
        return made

    made: Races = quick.crowded(site.urls, run)
    mailbox = checks.mailbox(made.address)
    unsettled = "SELECT count(*) FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id WHERE i.mailbox = %s AND"
    over = f"{unsettled} (t.state = 'held' OR t.due_at < clock_timestamp() AND t.state IN ('open', 'claimed'))"
    checks.eventually(lambda: site.rows(over, mailbox) == [(0,)], "nothing is held or overdue any more")
    ends = site.rows(_ENDS, mailbox)
    assert len(ends) == len(made.done) == races
    for task, state, status, decided, standing, taken_back, told in ends:
        succeeded = made.done[task]
        found = json.dumps([task, state, status, decided, standing, taken_back, told, succeeded])
        assert (decided, taken_back) == (succeeded["decide"], succeeded["undo"]), found
        assert standing == told == (state == "decided"), found
        assert decided - taken_back in (0, 1), found
        assert status in ALLOWED[state], found
    checks.nothing_is_broken(site)
    return {
        "races": races,
        "calls": dict(made.calls),
        "taken_back": sum(done["undo"] for done in made.done.values()),
        "ends": dict(Counter(state for _, state, *_ in ends)),
    }
