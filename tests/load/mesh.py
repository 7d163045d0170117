"""The kill switch and the budgets of a fleet on two web processes, with numbers."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.load import checks
from tests.load.sites import Scaled
from tests.load.sse import Open
from tests.load.trouble import Tell, quiet

NEW = {"intent_type": "test.mesh.v1", "payload": {}}
REFUSED_WITHIN, CLOSED_WITHIN = 1.0, 5.0
"""Seconds, from the call to a refusal by another process and to the end of a stream."""


def _client(site: Scaled, number: int) -> httpx.Client:
    return httpx.Client(base_url=site.urls[number % 2], headers={"x-api-key": site.api_key}, timeout=30)


def kills(site: Scaled, *, agents: int, tell: Tell = quiet) -> dict[str, Any]:
    """One agent after the other is killed by one process while it works by the other: how long until that refuses what is
    sent to it, and until its stream is closed. Afterwards each gets what it held, at its first attempt."""
    refused, closed = [], []
    with _client(site, 0) as here, _client(site, 1) as there:
        for number in range(agents):
            address = site.address(f"killed-{number}")
            name = checks.mailbox(address)
            there.post(f"/v1/mesh/heartbeat?owner_agent={name}", json={}).raise_for_status()
            held = there.post("/v1/intents", json=NEW | {"to_agent": address}).raise_for_status().json()["intent_id"]
            url = f"{site.urls[1]}/v1/agents/{name}/intents/stream"
            with Open(url, site.api_key, params={"wait_seconds": 60}) as stream:
                stream.wait_for("intent.delivered")
                there.post(f"/v1/intents/{held}/progress", json={"percent": 10}).raise_for_status()
                began = time.monotonic()
                killing = threading.Thread(target=lambda name=name: here.post(f"/v1/mesh/agents/{name}/kill", json={}))
                killing.start()
                while there.post("/v1/intents", json=NEW | {"to_agent": address}).status_code != 403:
                    assert time.monotonic() < began + 60, "it is never refused"
                refused.append(time.monotonic() - began)
                stream.wait_closed(60)
                closed.append((stream.closed_at or 0) - began)
                killing.join()
            here.post(f"/v1/mesh/agents/{name}/resume", json={}).raise_for_status()
            again = there.post(f"/v1/agents/{name}/claim", json={"max": 100}).raise_for_status().json()["intents"]
            assert (again[0]["intent_id"], again[0]["delivery_attempt"]) == (held, 1), again
            for one in again:
                there.post(f"/v1/intents/{one['intent_id']}/resume", json={"done": True}).raise_for_status()
            tell(f"{number + 1} agents killed")
    assert max(refused) <= REFUSED_WITHIN, refused
    assert max(closed) <= CLOSED_WITHIN, closed
    return {"agents": agents, "refused_within_seconds": _spread(refused), "closed_within_seconds": _spread(closed)}


def _spread(found: list[float]) -> dict[str, float]:
    ordered = sorted(found)
    return {"p50": round(ordered[len(ordered) // 2], 3), "most": round(ordered[-1], 3)}


FLEET = """
INSERT INTO intents_heartbeat (
    id, workspace_id, name, interval_seconds, first_at, up_since, last_at, metadata, declared, count, metrics
)
SELECT gen_random_uuid(), (SELECT workspace_id FROM intents_heartbeat WHERE name = %(like)s),
       %(label)s || '-' || lpad(n::text, 5, '0'), 3600, now(), now(), now(), %(metadata)s, true, 1, '{}'
FROM generate_series(1, %(agents)s) n
"""


def fleets(site: Scaled, *, sizes: Sequence[int], tell: Tell = quiet) -> list[dict[str, Any]]:
    """Fleets of so many agents, each killed by one call to one process: how long until the other refuses what is sent to
    the first of them and to the last, and until the call is answered. One in ten has work in hand."""
    return [_fleet(site, agents, tell=tell) for agents in sizes]


def _fleet(site: Scaled, agents: int, *, tell: Tell) -> dict[str, Any]:
    word = f"fleet{agents}"
    names = [f"{word}-{number:05}" for number in sorted({1, agents})]
    with _client(site, 0) as here, _client(site, 1) as there:
        here.post(f"/v1/mesh/heartbeat?owner_agent=like-{word}", json={}).raise_for_status()
        params = {"like": f"like-{word}", "label": word, "metadata": f'{{"fleet":"{agents}"}}', "agents": agents}
        with site.connect() as connection:
            connection.execute(FLEET, params)
        for start in range(1, agents + 1, 5000):
            to = [f"{word}-{number:05}" for number in range(start, min(start + 5000, agents + 1), 10)]
            there.post("/v1/intents/batch", json={"intents": [NEW | {"to_agent": one} for one in to]}).raise_for_status()
            for one in to:
                there.post(f"/v1/agents/{one}/claim", json={"max": 1}).raise_for_status()
        tell(f"a fleet of {agents}")
        began = time.monotonic()

        def refused(name: str) -> float:
            with _client(site, 1) as http:
                while http.post("/v1/intents", json=NEW | {"to_agent": name}).status_code != 403:
                    assert time.monotonic() < began + 60, "it is never refused"
            return time.monotonic() - began

        with ThreadPoolExecutor(len(names)) as pool:
            looking = [pool.submit(refused, name) for name in names]
            body = {"label": f"fleet={agents}", "confirm": f"fleet={agents}"}
            done = here.post("/v1/mesh/kill", json=body).raise_for_status().json()
            answered = time.monotonic() - began
            seconds = [one.result() for one in looking]
        assert (done["matched"], done["changed"]) == (agents, agents), done
        back = here.post("/v1/mesh/resume", json={"label": f"fleet={agents}"}).raise_for_status().json()
        assert back["changed"] == agents, back
        held = there.post(f"/v1/agents/{names[0]}/claim", json={"max": 1, "wait_seconds": 10}).raise_for_status().json()
        assert [one["delivery_attempt"] for one in held["intents"]] == [1], held
    with site.connect() as connection:
        # Pages of the fleet hold a thousand.
        connection.execute("DELETE FROM intents_heartbeat WHERE name LIKE %s", [f"{word}-%"])
    return {
        "agents": agents,
        "refused_within_seconds": {"first": round(seconds[0], 3), "last": round(seconds[-1], 3)},
        "answered_within_seconds": round(answered, 3),
    }


def budgets(site: Scaled, *, senders: int, each: int) -> dict[str, Any]:
    """So many send at once to an agent with a budget, by both processes: what is admitted is what the budget holds, to the
    cent, and so is what a rate holds."""
    found: dict[str, Any] = {"senders": senders, "sent": senders * each}
    allowed = senders * each // 4
    policies = {
        "budget": {"max_cost_per_day_usd": allowed / 100, "max_cost_per_intent_usd": 0.01},
        "rate": {"max_intents_per_day": allowed},
    }
    for kind, policy in policies.items():
        address = site.address(f"limited-{kind}")
        agent = f"/v1/mesh/agents/{checks.mailbox(address)}"
        with _client(site, 0) as http:
            http.post(f"/v1/mesh/heartbeat?owner_agent={checks.mailbox(address)}", json={}).raise_for_status()
            http.put(f"{agent}/policies/cost", json=policy).raise_for_status()

        def send(number: int, address: str = address) -> list[int]:
            with _client(site, number) as http:
                return [http.post("/v1/intents", json=NEW | {"to_agent": address}).status_code for _ in range(each)]

        with ThreadPoolExecutor(senders) as pool:
            statuses = [status for some in pool.map(send, range(senders)) for status in some]
        assert (statuses.count(200), statuses.count(429)) == (allowed, len(statuses) - allowed), (kind, statuses)
        with _client(site, 1) as http:
            used = http.get(f"{agent}/policies").json()["used"]
        assert used["intents_today"] == allowed, used
        found[kind] = {"allowed": allowed, "admitted": statuses.count(200), "reserved_usd": used["reserved_usd"]}
    checks.nothing_is_broken(site)
    return found
