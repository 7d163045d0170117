"""What is due while no message tells the workers to look: Redis is away, or refuses, or holds what nobody can read."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import redis

from intents.kernel.clock import rfc3339
from tests.load import checks, decisions
from tests.load.load import Load
from tests.load.servers import Redis
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

QUEUE = "axme.celery"
UNREADABLE = (
    "no json",
    "null",
    "{}",
    "[]",
    '"text"',
    '{"body": "###", "content-encoding": "utf-8", "content-type": "application/json", "headers": {}, "properties":'
    ' {"body_encoding": "base64", "delivery_info": {"exchange": "", "routing_key": "celery"}, "delivery_tag": "1"}}',
    '{"body": {}, "headers": {}, "properties": {}}',
)


@contextmanager
def stopped(server: Redis) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: Redis) -> Iterator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


@contextmanager
def read_only(server: Redis) -> Iterator[None]:
    """As after a failover: it answers, and takes no writes."""
    with redis.Redis(port=server.port) as client:
        client.replicaof("127.0.0.1", 1)
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


@contextmanager
def another_type(server: Redis) -> Iterator[None]:
    """The list of messages is a text."""
    with redis.Redis(port=server.port) as client:
        client.delete(QUEUE)
        client.set(QUEUE, "text")
        try:
            yield
        finally:
            client.delete(QUEUE)


@contextmanager
def unreadable(server: Redis) -> Iterator[None]:
    """Messages that nobody can read, one after the other."""
    over = threading.Event()

    def send() -> None:
        with redis.Redis(port=server.port) as client:
            while not over.wait(0.1):
                client.lpush(QUEUE, *UNREADABLE)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


TROUBLES: dict[str, Callable[[Redis], AbstractContextManager[None]]] = {
    "stopped": stopped,
    "frozen": frozen,
    "read-only": read_only,
    "another type": another_type,
    "unreadable": unreadable,
}
TOLD = ("stopped", "frozen", "read-only", "another type")
"""In these, health says that Redis is away."""

_LATE = {
    "timers": "SELECT extract(epoch FROM e.at - i.deadline_at) FROM intents_intent i JOIN intents_intentevent e"
    " ON e.intent_id = i.id AND e.event_type = 'intent.timed_out' WHERE i.id = ANY(%s::uuid[])",
    "children": "SELECT extract(epoch FROM e.at - c.updated_at) FROM intents_intent c JOIN intents_intentevent e"
    " ON e.intent_id = c.parent_id AND e.event_type = 'intent.resumed' WHERE c.parent_id = ANY(%s::uuid[])",
    "leases": "SELECT extract(epoch FROM e.at - (d.details::jsonb ->> 'lease_expires_at')::timestamptz)"
    " FROM intents_intentevent e JOIN intents_intentevent d ON d.intent_id = e.intent_id"
    " WHERE d.event_type = 'intent.delivered' AND e.event_type = 'intent.delivery_failed' AND e.intent_id = ANY(%s::uuid[])",
    "decisions": "SELECT extract(epoch FROM i.updated_at - t.decided_at) - 1 FROM inbox_task t JOIN intents_intent i"
    " ON i.id = t.intent_id WHERE i.status = 'COMPLETED' AND i.id = ANY(%s::uuid[])",
}
"""How late each of these intents was dealt with, by the database's clock. Decisions are held for a second."""


class Owing:
    """Makes things that fall due a second later."""

    def __init__(self, site: Scaled) -> None:
        self._site = site
        self._http = httpx.Client(base_url=site.urls[0], headers={"x-api-key": site.api_key}, timeout=30)
        self._person = decisions.people(site)[0]
        self.made: dict[str, list[str]] = {kind: [] for kind in _LATE}

    def one_of_each(self) -> None:
        soon = rfc3339(datetime.now(UTC) + timedelta(seconds=1))
        self.made["timers"].append(self._submit(deadline_at=soon)[0])
        self.made["children"].append(self._family())
        self.made["leases"].append(self._claimed(lease_seconds=1)[0])
        self.made["decisions"].append(self._held())

    def late(self) -> dict[str, list[float]]:
        return {kind: [float(row[0]) for row in self._site.rows(_LATE[kind], ids)] for kind, ids in self.made.items()}

    def done(self) -> bool:
        return all(len(late) >= len(self.made[kind]) for kind, late in self.late().items())

    def forget(self) -> None:
        self.made = {kind: [] for kind in _LATE}

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._http.post(f"/v1{path}", json=body).raise_for_status().json()

    def _submit(self, **fields: Any) -> tuple[str, str]:
        """The id and the address of an intent."""
        address = self._site.address()
        body = {"intent_type": "test.due.v1", "to_agent": address, "payload": {}} | fields
        return self._post("/intents", body)["intent_id"], address

    def _claimed(self, **fields: Any) -> tuple[str, str]:
        intent_id, address = self._submit()
        self._post(f"/agents/{address.removeprefix('agent://')}/claim", {"max": 1} | fields)
        return intent_id, address

    def _family(self) -> str:
        parent, _ = self._claimed()
        child = {"intent_type": "test.due.v1", "to_agent": self._site.address(), "payload": {}}
        waiting = self._post(f"/intents/{parent}/wait", {"for": "agent", "intents": [child]})
        self._post(f"/intents/{waiting['child_intent_ids'][0]}/resolve", {"status": "CANCELED", "reason": "not needed"})
        return parent

    def _held(self) -> str:
        intent_id, _ = self._submit(human_task={"title": "May I?", "risk": "low"})
        query = "SELECT id::text, encode(digest, 'hex') FROM inbox_task WHERE intent_id = %s::uuid"
        ((task, digest),) = self._site.rows(query, intent_id)
        form = {"csrfmiddlewaretoken": self._person.form_token, "outcome": "approved", "payload_digest": digest}
        answer = self._http.post(f"/inbox/{task}/decide", data=form, headers=dict(self._person.session))
        assert answer.status_code == 302, answer.text[:500]
        return intent_id


def all_is_done(
    site: Scaled, server: Redis, *, seconds: float, pace: float, names: list[str], tell: Tell = quiet
) -> dict[str, Any]:
    """For `seconds` of each trouble with Redis, under load, things fall due each `pace` seconds, and are done while it
    lasts. Health says what is away, no process ends."""
    owing, load = Owing(site), Load(site, 50, payload={"seconds": 0.02})
    running = list(site.server_processes)
    found: dict[str, Any] = {}
    for name in names:
        with TROUBLES[name](server):
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                owing.one_of_each()
                tell(f"{name}: {len(owing.made['timers'])} of each")
                time.sleep(pace)
            checks.eventually(owing.done, f"all that was due is done while Redis is {name}: {owing.made}", 60)
            if name in TOLD:
                for url in site.urls:
                    said = httpx.get(f"{url}/health/ready", timeout=30)
                    assert (said.status_code, said.json()["checks"]["redis"]["ok"]) == (200, False), (name, said.text)
            assert all(process.running for process in running), name
        found[name] = {kind: _spread(late) for kind, late in owing.late().items()}
        owing.forget()
    owing.close()
    deliveries = load.finish(120)
    return {"late_seconds": found, "intents": load.accepted, "deliveries": deliveries}


def _spread(late: list[float]) -> dict[str, float]:
    late = sorted(late)
    at = {"p50": len(late) // 2, "p99": min(len(late) - 1, len(late) * 99 // 100), "max": len(late) - 1}
    return {"count": len(late)} | {name: round(late[place], 2) for name, place in at.items()}
