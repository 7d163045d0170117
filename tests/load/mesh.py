"""The kill switch and the budgets of a fleet on two web processes, with numbers."""

import threading
import time
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
