"""Schemas and answers that are built to be slow: they cost those who send them, and nobody else."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from tests.load import checks
from tests.load.sites import Site
from tests.load.trouble import Tell, quiet

PAUSE_SECONDS = 0.05
_CONSTANTS = [{"const": f"x{n}"} for n in range(200)]
_OBJECTS = [{"k": n} for n in range(3000)]


def _form(of_a: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": of_a}} | more


REFUSED: list[dict[str, Any]] = [
    {"type": _OBJECTS[:2500]},
    {"anyOf": [{}] * 5000},
    {"properties": {f"f{n}": {"pattern": rf"\p{{L}}{{100}}{n}"} for n in range(250)}},
    {"properties": {f"f{n}": {"pattern": rf"(\w{{1,200}}){{1,200}}{n}"} for n in range(250)}},
]
"""Schemas that are refused when a task is made."""
TAKEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (_form({"uniqueItems": True}), {"a": _OBJECTS}),
    (_form({"items": {"anyOf": _CONSTANTS}}), {"a": ["y"] * 1500}),
    (_form({"contains": {"oneOf": _CONSTANTS}}), {"a": ["y"] * 1500}),
    (_form({"items": {"enum": _OBJECTS[:1500]}}), {"a": _OBJECTS}),
    (_form({"oneOf": [{"properties": {"a": {"type": "string"}}}] * 200}), {"a": _OBJECTS}),
    (_form({"propertyNames": {"anyOf": [{"minLength": 9}] * 200}}), {"a": {str(n): 1 for n in range(5000)}}),
    (_form({"allOf": [{"pattern": f"((a?){{50}}){{40}}{n}"} for n in range(4)]}), {"a": "a" * 60_000 + "0123"}),
    (_form({"pattern": "^(a+)+$"}), {"a": "a" * 100_000 + "!"}),
    (_form({"pattern": "[ab]*a[ab]{450}x"}), {"a": "ab" * 50_000 + "x"}),
    (_form({}, unevaluatedProperties=False, allOf=[{"additionalProperties": True}] * 200), {str(n): 1 for n in range(5000)}),
]
"""Forms with answers."""
ALL = [*REFUSED, *TAKEN]
FEW = [REFUSED[2], TAKEN[0], TAKEN[7]]
"""One of each kind: a schema that is refused, a form of slow comparisons, and one of a slow pattern."""


class _Slow:
    def __init__(self, site: Site, seconds: float, tell: Tell, things: Sequence[Any]) -> None:
        self.site, self.tell, self.things = site, tell, things
        self.until = time.monotonic() + seconds
        self.answers: Counter[str] = Counter()
        self.waits: list[float] = []
        self.broken: list[BaseException] = []

    def submission(self, **task: Any) -> dict[str, Any]:
        return {
            "intent_type": "test.slow.v1",
            "to_agent": self.site.address("slow"),
            "payload": {"note": "a" + " " * 20_000 + "b"},
            "human_task": task,
        }

    def run(self, attackers: int, rounds: int) -> None:
        jobs = [threading.Thread(target=self._guarded, args=(self.attack, number, rounds)) for number in range(attackers)]
        jobs.append(threading.Thread(target=self._guarded, args=(self.work, 0, rounds)))
        for one in jobs:
            one.start()
        for one in jobs:
            one.join()
        if self.broken:
            raise self.broken[0]

    def _guarded(self, job: Any, number: int, rounds: int) -> None:
        keys, url = self.site.keys, self.site.urls[number % len(self.site.urls)]
        agent = {"x-api-key": self.site.api_key}
        person = {"authorization": f"Bearer {keys[('DEMO_DEPUTY_TOKEN', 'DEMO_MANAGER_TOKEN')[number % 2]]}"}
        try:
            with httpx.Client(base_url=url, timeout=60) as http:
                job(http, agent, person, number, rounds)
        except BaseException as error:
            self.broken.append(error)

    def more(self, done: int, rounds: int) -> bool:
        return not self.broken and (done < rounds or time.monotonic() < self.until)

    def attack(self, http: httpx.Client, agent: dict[str, str], person: dict[str, str], number: int, rounds: int) -> None:
        """One of all the slow things after the other, from a place of its own."""
        things = itertools.islice(itertools.cycle(self.things), number * 3 % len(self.things), None)
        for done, thing in enumerate(things):
            if not self.more(done, rounds):
                return
            schema, data = (thing, None) if isinstance(thing, dict) else thing
            made = http.post("/v1/intents", headers=agent, json=self.submission(form_schema=schema))
            self.answers[f"submit {made.status_code}"] += 1
            assert made.status_code == (200 if data else 422), (made.status_code, made.text[:300])
            if data is not None:
                path = f"/v1/intents/{made.json()['intent_id']}/resume"
                answer = http.post(path, headers=person, json={"task_result": {"outcome": "approved", "data": data}})
                self.answers[f"decide {answer.status_code}"] += 1
                assert answer.status_code in (200, 422), (answer.status_code, answer.text[:300])
            self.tell(f"{dict(self.answers)}")

    def work(self, http: httpx.Client, agent: dict[str, str], person: dict[str, str], number: int, rounds: int) -> None:
        """Somebody else's plain work, of which each call is timed."""
        verdict = {"decision": "approve"}
        for done in itertools.count():
            if not self.more(done, rounds):
                return
            made = self.timed(lambda: http.post("/v1/intents", headers=agent, json=self.submission(title="Plain")))
            intent_id = made.json()["intent_id"]
            self.timed(lambda: http.get("/v1/me/tasks", headers=person))
            self.timed(lambda at=intent_id: http.post(f"/v1/approvals/{at}/decision", headers=person, json=verdict))
            time.sleep(PAUSE_SECONDS)

    def timed(self, call: Any) -> httpx.Response:
        begun = time.monotonic()
        answer: httpx.Response = call()
        self.waits.append(time.monotonic() - begun)
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return answer


def built_to_be_slow(
    site: Site, *, attackers: int, rounds: int, seconds: float = 0.0, tell: Tell = quiet, things: Sequence[Any] = ALL
) -> dict[str, float | int | dict[str, int]]:
    """For `seconds`, and `rounds` each at least, `attackers` send those slow `things` while somebody works.
    Every call gets its answer, and the longest wait of the one who works is told."""
    slow = _Slow(site, seconds, tell, things)
    slow.run(attackers, rounds)
    checks.nothing_is_broken(site)
    waits = sorted(slow.waits)
    return {
        "attackers": attackers,
        "answers": dict(slow.answers),
        "calls_of_another": len(waits),
        "wait_p50_seconds": round(waits[len(waits) // 2], 3),
        "wait_p99_seconds": round(waits[len(waits) * 99 // 100], 3),
        "wait_longest_seconds": round(waits[-1], 3),
    }
