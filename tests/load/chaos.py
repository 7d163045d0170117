"""Agents that are called at a receiver that answers as badly as the network does: nothing is lost, and one that hangs holds
up no other. Small in the tests, with full numbers in the soak."""

import json
import random
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import cycle, islice
from typing import Any

import httpx
from axme import AxmeClient

from intents.kernel import failpoints
from tests.acceptance.processes import Process
from tests.intents.certificates import Authority
from tests.load import checks
from tests.load import journal as journals
from tests.load.receiver import FAILS, TAKES, UNTRUSTED
from tests.load.servers import Database, Redis
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet
from tests.services import Guarded

WELL = "well"
OVER = ("COMPLETED", "ACKNOWLEDGED")
LATE_SECONDS = 14.9
WRONG_CERTIFICATES = 8
HANGS_SECONDS = 30.0
HOST = "127.0.0.1"


class Chaos:
    """The receiver process, and what it wrote down. `trusted` is for SSL_CERT_FILE. When it `relapses`, some of its URLs
    give no answer until it has `recovered`."""

    def __init__(
        self,
        guarded: Guarded,
        *,
        late_seconds: float = LATE_SECONDS,
        wrong: int = WRONG_CERTIFICATES,
        relapses: bool = True,
    ) -> None:
        folder = guarded.folder / "chaos"
        (folder / "nobody").mkdir(parents=True)
        authority = Authority(folder)
        self.trusted = authority.trusted
        self._journal = folder / "journal"
        self.recovered = folder / "recovered"
        ports = folder / "ports"
        certificates = [str(one.pem(HOST)) for one in (Authority(folder / "nobody"), authority)]
        spec = {"journal": str(self._journal), "ports": str(ports), "certificates": certificates}
        spec |= {"late_seconds": late_seconds, "wrong": wrong, "recovered": str(self.recovered) if relapses else None}
        self._process = Process(guarded, [sys.executable, "-m", "tests.load.receiver", json.dumps(spec)], {})
        checks.eventually(lambda: ports.exists() or not self._process.running, "the receiver listens")
        assert self._process.running, self._process.output
        self._ports: list[int] = json.loads(ports.read_text())

    def url(self, kind: str, name: str) -> str:
        scheme, port = ("https", self._ports[1]) if kind == UNTRUSTED else ("http", self._ports[0])
        return f"{scheme}://{HOST}:{port}/{kind}/{name}"

    def lines(self, *whats: str) -> list[dict[str, Any]]:
        return journals.read(self._journal, *whats)

    def end(self) -> None:
        self._process.stop(signal.SIGKILL)


def endpoints(*, well: int, hanging: int) -> dict[str, str]:
    """Names of agents, each with how its URL behaves: so many that are well and that hang, and one of each other kind."""
    kinds = [WELL] * well + ["hangs"] * hanging + [UNTRUSTED] + [one for one in (*FAILS, *TAKES) if one != "hangs"]
    return {f"called-{number}-{kind}": kind for number, kind in enumerate(kinds)}


HOOK = "-hook"
"""What the path of an agent's endpoint ends with."""


def call_at(site: Scaled, chaos: Chaos, agents: dict[str, str]) -> None:
    """Make the agents, each called at a URL that behaves as it says, and for each an endpoint that behaves the same, and is
    told of each intent that it is sent."""
    with httpx.Client(base_url=f"{site.urls[0]}/v1", headers={"x-api-key": site.api_key}, timeout=30) as client:
        for name, kind in agents.items():
            given = {"name": name, "delivery_mode": "http", "callback_url": chaos.url(kind, name)}
            client.post("/service-accounts", json=given).raise_for_status()
            told = {"callback_url": chaos.url(kind, name + HOOK), "agents": [name], "event_types": ["intent.created"]}
            client.post("/webhooks/subscriptions", json=told).raise_for_status()


class Senders:
    """Submits an intent to each of `targets`, in threads, so many a second, whatever goes wrong. `ids` are those that were
    accepted, with their targets."""

    def __init__(self, site: Scaled, targets: Sequence[str], *, pace: float, threads: int = 4) -> None:
        self.ids: dict[str, str] = {}
        self._site, self._targets, self._pause = site, targets, threads / pace
        self._run = time.monotonic_ns()
        self._threads = [threading.Thread(target=self._send, args=(first, threads)) for first in range(threads)]
        for thread in self._threads:
            thread.start()

    def _send(self, first: int, step: int) -> None:
        clients = self._site.clients()
        for number in range(first, len(self._targets), step):
            began = time.monotonic()
            name = self._targets[number]
            wanted = {"intent_type": "load.called.v1", "to_agent": name, "payload": {"number": number}}
            key = f"chaos {self._run} {number}"
            intent_id = clients.call(partial(AxmeClient.send_intent, payload=wanted, idempotency_key=key))
            self.ids[intent_id] = name
            time.sleep(max(0.0, began + self._pause - time.monotonic()))
        clients.close()

    @property
    def sending(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)


def undisturbed(
    site: Scaled, chaos: Chaos, agents: dict[str, str], *, count: int, pace: float, seed: int, tell: Tell = quiet
) -> dict[str, Any]:
    """`count` intents to all agents in turn, while some of these hang."""
    senders = _senders(site, chaos, agents, count=count, pace=pace, seed=seed)
    _finish(site, chaos, senders, count, tell)
    found = _nothing_is_lost(site, chaos, senders.ids)
    return (
        found
        | _starts(site, chaos, senders.ids, agents)
        | {"first_tries_at_agents": _first_tries(site, senders.ids, agents)}
    )


def disturbed(
    site: Scaled,
    chaos: Chaos,
    agents: dict[str, str],
    *,
    database: Database,
    redis: Redis,
    count: int,
    pace: float,
    rounds: int,
    seed: int,
    tell: Tell = quiet,
) -> dict[str, Any]:
    """The same, while PostgreSQL and Redis are restarted, workers are killed, and workers die between what an agent took and
    their writing it down, in turn, `rounds` times each."""
    senders = _senders(site, chaos, agents, count=count, pace=pace, seed=seed)
    chance = random.Random(seed)
    died = 0
    for number in range(rounds):
        database.restart(away_seconds=chance.uniform(0, 1.5))
        time.sleep(1)
        redis.stop()
        time.sleep(chance.uniform(0, 2))
        redis.start()
        chance.choice(site.workers).stop(signal.SIGKILL)
        site.start_again()
        died += _dies_before_it_writes_down(site)
        site.start_again()
        tell(f"round {number + 1} of {rounds}; {len(senders.ids)} of {count} accepted")
    _finish(site, chaos, senders, count, tell)
    assert died == rounds, f"{died} of {rounds} died where they should"
    return _nothing_is_lost(site, chaos, senders.ids) | {"rounds": rounds}


def _dies_before_it_writes_down(site: Scaled) -> bool:
    """Whether a worker, alone so that it is who sends, died between what an agent took and its writing that down."""
    for worker in site.workers:
        worker.stop(signal.SIGKILL)
    dying = site.run_worker(AXME_FAILPOINT="message_taken")
    checks.eventually(lambda: not dying.running, "a worker sends, and dies")
    return dying.wait() == failpoints.EXIT_CODE


def _senders(site: Scaled, chaos: Chaos, agents: dict[str, str], *, count: int, pace: float, seed: int) -> Senders:
    chaos.recovered.unlink(missing_ok=True)
    names = list(islice(cycle(agents), count))
    random.Random(seed).shuffle(names)
    return Senders(site, names, pace=pace)


def _finish(site: Scaled, chaos: Chaos, senders: Senders, count: int, tell: Tell) -> None:
    """Until all is sent and taken. URLs recover once all is sent, and had the time to hang for a try at least."""
    begun = time.monotonic()

    def over() -> bool:
        by = Counter(dict(_statuses(site, list(senders.ids))))
        # The events of those that are over reach their endpoints a moment later.
        ((left,),) = site.rows("SELECT count(*) FROM intents_webhookmessage WHERE state IN ('ready', 'leased')")
        told = {line["intent_id"] for line in chaos.lines("took") if line["path"].endswith(HOOK)}
        untold = len(senders.ids.keys() - told)
        tell(f"{len(senders.ids)} of {count} accepted; {dict(by)}; {left} messages left, {untold} untold")
        if not senders.sending and time.monotonic() - begun > HANGS_SECONDS:
            chaos.recovered.touch()
        time.sleep(1)
        return not senders.sending and sum(by[status] for status in OVER) == count and not untold and not left

    checks.eventually(over, "all that was accepted is taken", seconds=1200 + count * 0.2)
    assert len(senders.ids) == count


def _statuses(site: Scaled, ids: list[str]) -> list[tuple[str, int]]:
    query = "SELECT status, count(*) FROM intents_intent WHERE id = ANY(%s::uuid[]) GROUP BY status"
    return [(status, number) for status, number in site.rows(query, ids)]


def _nothing_is_lost(site: Scaled, chaos: Chaos, ids: dict[str, str]) -> dict[str, Any]:
    """Each intent was taken by its own agent, and told to its endpoint; whatever came again had the same id."""
    came, took = defaultdict(set), Counter[tuple[str, str]]()
    for line in chaos.lines("came"):
        came[_place(line)].add(line["id"])
    for line in chaos.lines("took"):
        took[_place(line)] += 1
    wanted = [(one, name + end) for one, name in ids.items() for end in ("", HOOK)]
    assert [place for place in wanted if not took[place]] == []
    assert [place for place in wanted if len(came[place]) != 1] == []
    assert {place for place in came if place[0] in ids} == set(wanted)
    checks.nothing_is_broken(site)
    again = sum(took[place] - 1 for place in wanted)
    return {"deliveries": len(wanted), "lost": 0, "taken_again_with_the_same_id": again}


def _place(line: dict[str, Any]) -> tuple[str, str]:
    return line["intent_id"], line["path"].rpartition("/")[2]


def _starts(site: Scaled, chaos: Chaos, ids: dict[str, str], agents: dict[str, str]) -> dict[str, Any]:
    """How long it took from the commit of an intent until its first byte came to an agent that is well, and to the endpoint
    of one."""
    query = "SELECT id::text, extract(epoch FROM created_at)::float FROM intents_intent WHERE id = ANY(%s::uuid[])"
    made = dict(site.rows(query, [one for one, name in ids.items() if agents[name] == WELL]))
    first = {_place(line): line["wall"] for line in chaos.lines("came") if line["number"] == 1}
    found: dict[str, Any] = {}
    for what, end in (("agents", ""), ("endpoints", HOOK)):
        late = sorted(max(0.0, first[one, ids[one] + end] - at) for one, at in made.items())
        shares = {"p50": int(len(late) * 0.5), "p99": int(len(late) * 0.99), "longest": -1}
        found[f"start_at_{what}_seconds"] = {name: round(late[place], 3) for name, place in shares.items()}
    return found | {"to_each_that_is_well": len(made)}


def _first_tries(site: Scaled, ids: dict[str, str], agents: dict[str, str]) -> dict[str, dict[str, int]]:
    """What the first attempts say, by how the URL behaves."""
    query = """
        SELECT g.name, coalesce(a.fault, a.status::text) || CASE WHEN a.warning IS NULL THEN '' ELSE ' warned' END, count(*)
        FROM intents_attempt a JOIN intents_push p ON p.id = a.message_id JOIN intents_agent g ON g.id = p.agent_id
        JOIN intents_delivery d ON d.id = p.delivery_id
        WHERE a.number = 1 AND d.intent_id = ANY(%s::uuid[]) GROUP BY 1, 2
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, said, number in site.rows(query, list(ids)):
        found[agents[name]][said] += number
    return {kind: dict(counted) for kind, counted in sorted(found.items())}
