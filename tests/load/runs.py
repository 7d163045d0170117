"""Runs of scenarios with steps of every kind and ends of every sort, while agents, servers and workers are killed."""

import random
import signal
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from axme import AxmeClient, AxmeClientConfig
from axme.exceptions import AxmeHttpError

from tests.load import checks
from tests.load import journal as journals
from tests.load.clients import AWAY
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

ATTEMPTS = 1000
"""An agent that is killed burns an attempt, and they are killed a lot."""
States = list[tuple[str, str]]


def _agent(step_id: str, **more: Any) -> dict[str, Any]:
    return {"step_id": step_id, "assigned_to": "worker", **more}


def _person(step_id: str, title: str, **more: Any) -> dict[str, Any]:
    return {"step_id": step_id, "assigned_to": "boss", "requires_approval": True, "human_task": {"title": title}, **more}


def _server(step_id: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"step_id": step_id, "runtime_type": kind, "runtime_config": config}


def _told(step_id: str, kind: str) -> dict[str, Any]:
    return _server(step_id, kind, subject="On {{intent_id}}", channels=["inbox"])


# What each scenario does, how it ends, and each try of its steps. What a person is asked begins with what they answer.
EVERYTHING = [
    _told("began", "notification"),
    _server("limit", "timeout", hours=12),
    _agent("check"),
    _person("sign", "approved: ship it"),
    _server("cool", "delay", seconds=1),
    _agent("pack", input={"fails": "once"}, retry={"max_retries": 2, "retry_delay_seconds": 1}),
    _told("nudge", "reminder"),
    _told("raise", "escalation"),
    _server("ask", "human_approval", title="approved: really"),
    _agent("ship"),
]
SCENARIOS: dict[str, tuple[list[dict[str, Any]], str, States]] = {
    "soak.everything.v1": (
        EVERYTHING,
        "COMPLETED",
        [
            *[(one, "succeeded") for one in ("began", "limit", "check", "sign", "cool")],
            ("pack", "failed"),
            *[(one, "succeeded") for one in ("pack", "nudge", "raise", "ask", "ship")],
        ],
    ),
    "soak.failing.v1": (
        [_agent("check", on_failure="mend", on_success="end", input={"fails": "always"}), _agent("mend")],
        "COMPLETED",
        [("check", "failed"), ("mend", "succeeded")],
    ),
    "soak.failed.v1": (
        [_agent("check"), _agent("break", input={"fails": "always"}), _agent("never")],
        "FAILED",
        [("check", "succeeded"), ("break", "failed")],
    ),
    "soak.refused.v1": (
        [
            _person("sign", "rejected: ship it", on_failure="tell"),
            _agent("never", on_success="end"),
            _told("tell", "notification"),
        ],
        "COMPLETED",
        [("sign", "failed"), ("tell", "succeeded")],
    ),
    "soak.silent.v1": (
        [
            _person("sign", "leave it", step_deadline_seconds=2, on_failure="absent", on_success="end"),
            {"step_id": "absent", "assigned_to": "nobody", "step_deadline_seconds": 2, "on_failure": "mend"},
            _agent("mend", on_success="end"),
        ],
        "COMPLETED",
        [("sign", "failed"), ("absent", "failed"), ("mend", "succeeded")],
    ),
}


def _document(name: str, address: str, number: int) -> dict[str, Any]:
    return {
        "scenario_id": name,
        "agents": [{"role": "worker", "address": address}, {"role": "nobody", "address": f"{address}-nobody"}],
        "humans": [{"role": "boss"}],
        "workflow": {"steps": SCENARIOS[name][0]},
        "intent": {"type": name, "payload": {"number": number}, "max_delivery_attempts": ATTEMPTS},
    }


class Runs:
    """Runs to agent processes, applied and decided by threads of this one: `least` of them, so many as are `let`."""

    def __init__(self, site: Scaled, least: int, agents: int = 3) -> None:
        self.site, self.least = site, least
        self.let = threading.Semaphore(0)
        self.address = site.address("steps")
        self.journal = site.journal()
        self.run_ids: dict[str, str] = {}
        self._agent = {"address": self.address, "journal": self.journal}
        self.agents = [site.client("run_agent", **self._agent) for _ in range(agents)]
        self._over, self._broken = threading.Event(), list[BaseException]()
        self._threads = [threading.Thread(target=self._until, args=(one,)) for one in (self._applying, self._deciding)]
        for thread in self._threads:
            thread.start()

    def kill_agent(self, number: int) -> None:
        self.agents[number].stop(signal.SIGKILL)
        self.agents[number] = self.site.client("run_agent", **self._agent)

    def _until(self, does: Callable[[], None]) -> None:
        try:
            does()
        except BaseException as error:
            self._broken.append(error)

    def _applying(self) -> None:
        clients = self.site.clients()
        for number in range(self.least):
            self.let.acquire()
            name = list(SCENARIOS)[number % len(SCENARIOS)]
            document, key = _document(name, self.address, number), f"{self.address} {number}"
            applied = clients.call(lambda client, d=document, k=key: client.apply_scenario(d, idempotency_key=k))
            self.run_ids[applied["intent_id"]] = name
        clients.close()

    def _deciding(self) -> None:
        while not self._over.wait(0.1):
            for url in self.site.urls:
                with suppress(*AWAY):
                    self._decide(url)

    def _decide(self, url: str) -> None:
        site = {"base_url": url, "api_key": self.site.api_key, "actor_token": self.site.keys["AXME_ACTOR_TOKEN"]}
        with AxmeClient(AxmeClientConfig(**site, max_retries=0, timeout_seconds=10)) as person:
            try:
                waiting = person._request_json("GET", "/v1/me/tasks", params={"limit": "100"}, retryable=False)["tasks"]
                for one in waiting:
                    outcome, said, _ = one["human_task"]["title"].partition(":")
                    if said:
                        person.resume_intent(one["intent_id"], {"task_result": {"outcome": outcome}})
            except AxmeHttpError as error:
                # Decided already, though its answer was lost; or a server is about to end.
                if error.status_code not in (409, 503):
                    raise

    @property
    def over(self) -> int:
        query = "SELECT count(*) FROM intents_intent WHERE id = ANY(%s::uuid[]) AND status = ANY(%s)"
        return int(self.site.rows(query, list(self.run_ids), list(checks.TERMINAL))[0][0])

    def finish(self, seconds: float) -> dict[str, int]:
        """Until every run is over; then each went the way that its scenario says, and each step that ended ran no more."""
        try:
            checks.eventually(lambda: self._broken or self.over == self.least, "all runs are over", seconds)
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join(60)
            for agent in self.agents:
                agent.stop(signal.SIGKILL)
        assert self._broken == []
        self._each_went_its_way()
        checks.nothing_is_broken(self.site)
        return self._no_step_ran_after_its_end()

    def _each_went_its_way(self) -> None:
        query = """
            SELECT r.intent_id::text, i.status, array_agg(s.step_id ORDER BY s.number), array_agg(s.state ORDER BY s.number)
            FROM intents_scenariorun r JOIN intents_intent i ON i.id = r.intent_id
            JOIN intents_runstep s ON s.run_id = r.intent_id
            WHERE r.intent_id = ANY(%s::uuid[]) GROUP BY 1, 2
        """
        found = self.site.rows(query, list(self.run_ids))
        assert len(found) == self.least
        for run_id, status, step_ids, states in found:
            _, wanted, tries = SCENARIOS[self.run_ids[run_id]]
            assert (status, list(zip(step_ids, states, strict=True))) == (wanted, tries), (run_id, self.run_ids[run_id])

    def _no_step_ran_after_its_end(self) -> dict[str, int]:
        lines = journals.read(self.journal, "held", "left")
        # Each try of an agent's step is one intent, whose end was accepted once.
        query = """
            SELECT s.child_id::text, c.status, (
                SELECT count(*) FROM intents_intentevent e
                WHERE e.intent_id = c.id AND e.event_type IN ('intent.completed', 'intent.failed')
            )
            FROM intents_runstep s JOIN intents_intent c ON c.id = s.child_id WHERE s.run_id = ANY(%s::uuid[])
        """
        children = self.site.rows(query, list(self.run_ids))
        assert len({child for child, *_ in children}) == len(children)
        assert [row for row in children if row[1] in ("COMPLETED", "FAILED") and row[2] != 1] == []
        submitted = self.site.rows(
            "SELECT id::text FROM intents_intent WHERE parent_id = ANY(%s::uuid[])", list(self.run_ids)
        )
        assert {child for (child,) in submitted} == {child for child, *_ in children}, "a step was submitted that no run did"
        ended: dict[str, float] = {}
        held: dict[str, list[float]] = defaultdict(list)
        for line in lines:
            if line["what"] == "left" and line["how"] == "accepted":
                assert line["intent_id"] not in ended, f"{line} was accepted twice"
                ended[line["intent_id"]] = line["at"]
            elif line["what"] == "held":
                held[line["intent_id"]].append(line["at"])
        again = [intent_id for intent_id, at in ended.items() if max(held[intent_id]) > at]
        assert again == [], "these were delivered after their answer was accepted"
        return {"agents_steps": len(children), "deliveries": sum(map(len, held.values()))}


def killed(
    site: Scaled, *, runs: int, kills: int, pace: float, restarts: int, seed: int, tell: Tell = quiet
) -> dict[str, Any]:
    """Kill random processes, agents' and servers', `pace` seconds apart, and everything at once `restarts` times, while so
    many runs go on: some begin before each kill, however long a kill takes here."""
    chance = random.Random(seed)
    load = Runs(site, runs)
    whole = set(chance.sample(range(kills), restarts))
    open_at_kills = []
    for number in range(kills):
        load.let.release(runs * (number + 1) // kills - runs * number // kills)
        time.sleep(pace)
        open_at_kills.append(len(load.run_ids) - load.over)
        if number in whole:
            site.kill()
            site.start_again()
            kind = "all"
        elif (kind := chance.choice(["web", "worker", "worker", "beat", "agent", "agent", "agent"])) == "agent":
            load.kill_agent(chance.randrange(len(load.agents)))
        else:
            processes = {"web": site.webs, "worker": site.workers, "beat": site.beats}[kind]
            chance.choice(processes).stop(signal.SIGKILL)
            site.start_again()
        tell(f"kill {number + 1} of {kills} ({kind}); {len(load.run_ids)} runs applied")
    found = load.finish(120 + runs * 0.5)
    usual = statistics.median(open_at_kills)
    facts = {"runs": runs, "scenarios": len(SCENARIOS), "kills": kills, "restarts_of_all": restarts}
    return facts | {"open_at_a_kill_median": usual} | found
