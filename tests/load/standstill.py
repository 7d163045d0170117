"""Agents at work while the server itself stands still: whoever still calls afterwards keeps its work."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.load import checks
from tests.load.servers import Database
from tests.load.sites import Scaled
from tests.load.sse import Open
from tests.load.trouble import Tell, quiet

KINDS = ("claim", "poll", "stream")
CALL_SECONDS = 1.0
"""How often an agent calls, at least."""
BEAT_SECONDS = 2.0
"""How often it says that it sends heartbeats. It does so with each call."""
PATIENCE = 5.0
"""How long an agent waits for an answer before it calls again."""


class Worker:
    """An agent that was handed one intent and keeps calling, until it may finish."""

    def __init__(self, site: Scaled, kind: str, number: int) -> None:
        self.site, self.kind = site, kind
        self.url = site.urls[number % len(site.urls)]
        self.address = site.address(f"{kind}-{number}")
        self.refused: list[tuple[int, str]] = []
        self.heard = 0
        self.may_finish = threading.Event()
        self._http = httpx.Client(base_url=self.url, headers={"x-api-key": site.api_key}, timeout=30)
        wanted = {"intent_type": "test.still.v1", "to_agent": self.address, "payload": {}, "max_delivery_attempts": 1}
        self.intent_id: str = self._ask("POST", "/v1/intents", wanted)["intent_id"]
        self._stream: Open | None = None
        self.token: str = self._take()["lease_token"]
        self._beat()
        self._call()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def mailbox(self) -> str:
        return f"/v1/agents/{self.address.removeprefix('agent://')}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """An answer; again while it is 503, as the first of a connection may be after the database was away."""
        while (answer := self._http.request(method, path, json=body)).status_code == 503:
            time.sleep(0.1)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def _opened(self) -> Open:
        url = f"{self.url}{self.mailbox}/intents/stream"
        while (stream := Open(url, self.site.api_key, params={"wait_seconds": 60})).response.status_code == 503:
            stream.drop()
            time.sleep(0.1)
        return stream

    def _take(self) -> dict[str, Any]:
        match self.kind:
            case "claim":
                found = self._ask("POST", f"{self.mailbox}/claim", {"max": 1})["intents"]
            case "poll":
                found = self._ask("GET", f"{self.mailbox}/intents")["intents"]
            case _:
                self._stream = self._opened()
                found = [self._stream.wait_for("intent.delivered").data]
        (handed,) = found
        assert isinstance(handed, dict)
        return handed

    def _call(self, verb: str = "heartbeat", **body: Any) -> int | None:
        """The status of the answer, None without one."""
        path = f"/v1/intents/{self.intent_id}/{verb}"
        try:
            answer = self._http.post(path, json={"lease_token": self.token} | body, timeout=PATIENCE)
        except httpx.TransportError:
            return None
        if answer.status_code not in (200, 503):
            self.refused.append((answer.status_code, answer.text))
        self.heard += answer.status_code == 200
        return answer.status_code

    def _beat(self) -> None:
        """A heartbeat of the agent itself, as the SDK sends them: what fails is left."""
        named = {"x-owner-agent": checks.mailbox(self.address)}
        with suppress(httpx.TransportError):
            self._http.post("/v1/mesh/heartbeat", json={"interval_seconds": BEAT_SECONDS}, headers=named, timeout=PATIENCE)

    def _work(self) -> None:
        while not self.may_finish.wait(CALL_SECONDS):
            self._beat()
            self._call()
        while self._call("resume", done=True) not in (200, 409):
            time.sleep(CALL_SECONDS)

    def finish(self) -> None:
        self.may_finish.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "the agent never got an answer"
        if self._stream is not None:
            self._stream.drop()
        self._http.close()


class Rivals:
    """Others who would take the work of each agent, if they were given it."""

    def __init__(self, site: Scaled, workers: list[Worker]) -> None:
        self.taken: list[dict[str, Any]] = []
        self._site, self._workers = site, workers
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,), daemon=True) for number in range(2)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int) -> None:
        url = self._site.urls[number % len(self._site.urls)]
        with httpx.Client(base_url=url, headers={"x-api-key": self._site.api_key}, timeout=PATIENCE) as http:
            while not self._stop.wait(0.2):
                for worker in self._workers:
                    try:
                        answer = http.post(f"{worker.mailbox}/claim", json={"max": 1})
                    except httpx.TransportError:
                        break
                    if answer.status_code == 200:
                        self.taken += answer.json()["intents"]

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


@contextmanager
def servers_frozen(site: Scaled, database: Database) -> Iterator[None]:
    """Every process of the installation but the database."""
    for process in site.server_processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in site.server_processes:
            os.kill(process.pid, signal.SIGCONT)


@contextmanager
def database_stopped(site: Scaled, database: Database) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextmanager
def database_frozen(site: Scaled, database: Database) -> Iterator[None]:
    """The processes of PostgreSQL, all of them."""
    frozen = _family(database)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def all_frozen(site: Scaled, database: Database) -> Iterator[None]:
    """As a machine that is suspended."""
    with servers_frozen(site, database), database_frozen(site, database):
        yield


def _family(database: Database) -> list[int]:
    parent = database.server.pid
    assert parent is not None
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


Standstill = Callable[[Scaled, Database], Any]
STANDSTILLS: dict[str, Standstill] = {
    "all processes frozen": servers_frozen,
    "the database stopped": database_stopped,
    "the database frozen": database_frozen,
    "everything frozen": all_frozen,
}

_DEAD = "SELECT name FROM intents_meshevent WHERE event_type = 'unreachable' AND name = ANY(%s)"
_ATTEMPTS = """
SELECT i.id::text, i.status, d.attempt,
       (SELECT count(*) FROM intents_intentevent e WHERE e.intent_id = i.id AND e.event_type = 'intent.delivery_failed')
FROM intents_intent i JOIN intents_delivery d ON d.intent_id = i.id WHERE i.id = ANY(%s::uuid[])
"""


def _healthy(site: Scaled) -> set[str]:
    """The names of those whom the server declares healthy."""
    with httpx.Client(base_url=site.urls[0], headers={"x-api-key": site.api_key}, timeout=30) as http:
        answer = http.get("/v1/mesh/agents", params={"health": "healthy", "limit": 1000}).raise_for_status()
    return {one["address"].rpartition("/")[2] for one in answer.json()["agents"]}


def standstills(
    site: Scaled, database: Database, *, agents: int, seconds: float, names: list[str], tell: Tell = quiet
) -> dict[str, Any]:
    """Agents of each kind, whose leases are shorter than `seconds`, and rivals for their work, while all stands still for so
    long. Nobody loses work or is declared dead, no attempt is burned, no call is refused."""
    found: dict[str, Any] = {}
    for name in names:
        workers = [Worker(site, KINDS[number % len(KINDS)], number) for number in range(agents)]
        rivals = Rivals(site, workers)
        with STANDSTILLS[name](site, database):
            tell(f"{name}: {agents} agents call")
            time.sleep(seconds)
        site.wait_until_ready()
        assert {checks.mailbox(worker.address) for worker in workers} <= _healthy(site), f"{name}: they are so all the while"
        before = [worker.heard for worker in workers]
        for worker, was in zip(workers, before, strict=True):
            checks.eventually(lambda worker=worker, was=was: worker.heard > was or worker.refused, "an agent is answered")
        # As long as anything could still be taken for lost.
        time.sleep(min(seconds, 20.0))
        for worker in workers:
            worker.finish()
        rivals.end()
        assert [worker.refused for worker in workers if worker.refused] == [], name
        assert rivals.taken == [], name
        names = [checks.mailbox(worker.address) for worker in workers]
        assert site.rows(_DEAD, names) == [], name
        ends = site.rows(_ATTEMPTS, [worker.intent_id for worker in workers])
        assert {row[1:] for row in ends} == {("COMPLETED", 1, 0)}, (name, ends)
        found[name] = {"agents": agents, "taken": 0, "attempts_burned": 0, "declared_dead": 0}
    checks.nothing_is_broken(site)
    return {"seconds": seconds, "standstills": found}
