"""Agents that come for their work by poll and claim, on running servers of both kinds."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests import turns
from tests.flows.conftest import Sites
from tests.load.checks import eventually
from tests.load.sites import Scaled
from tests.load.sse import Open

SERVERS = ("uvicorn", "daphne")


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled()
    site.start(*SERVERS)
    yield site
    site.end()


class Agent:
    """An agent of its own, at one of the servers."""

    def __init__(self, site: Scaled, server: int) -> None:
        self.site, self.address = site, site.address("poller")
        self.path = "/v1/agents/" + quote(self.address.removeprefix("agent://"))
        self.http = httpx.Client(base_url=site.urls[server], headers={"x-api-key": site.api_key}, timeout=120)

    def submit(self, count: int = 1) -> list[str]:
        item = {"intent_type": "part.make.v1", "to_agent": self.address}
        items = [item | {"payload": {"n": n}} for n in range(count)]
        made = self.http.post("/v1/intents/batch", json={"intents": items}).raise_for_status()
        return [one["intent_id"] for one in made.json()["intents"]]

    def poll(self, **query: Any) -> httpx.Response:
        return self.http.get(f"{self.path}/intents", params=query)

    def claim(self, body: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"{self.path}/claim", json=body, headers=named)

    def open_polls(self) -> int:
        """How many polls and streams are open at its server."""
        (found,) = re.findall(r"^axme_open_streams ([\d.]+)$", self.http.get("/metrics").text, re.MULTILINE)
        return int(float(found))

    def leave_during(self, head: str, body: bytes = b"") -> None:
        """Ask for work and close the connection before there is any."""
        where = urlsplit(str(self.http.base_url))
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as wire:
            lines = [f"{head} HTTP/1.1", "Host: localhost", f"x-api-key: {self.site.api_key}"]
            wire.sendall("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
            time.sleep(0.5)


@pytest.fixture(params=turns.each(range(len(SERVERS)), of=len(SERVERS), ids=SERVERS))
def agent(site: Scaled, request: pytest.FixtureRequest) -> Iterator[Agent]:
    agent = Agent(site, request.param)
    with agent.http:
        yield agent


def given(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["ok"] is True
    found: list[dict[str, Any]] = body["intents"]
    return found


def later(seconds: float, run: Any) -> threading.Timer:
    timer = threading.Timer(seconds, run)
    timer.start()
    return timer


@pytest.mark.parametrize("way", ["poll", "claim"])
def test_an_agent_gets_what_waits_oldest_first_and_each_once(agent: Agent, way: str) -> None:
    ids = agent.submit(5)

    def ask(count: int) -> list[dict[str, Any]]:
        return given(agent.poll(limit=count) if way == "poll" else agent.claim({"max": count}))

    first = ask(2)
    assert [one["intent_id"] for one in first] == ids[:2]
    assert [(one["status"], one["delivery_attempt"], one["payload"]) for one in first] == [
        ("DELIVERED", 1, {"n": 0}),
        ("DELIVERED", 1, {"n": 1}),
    ]
    assert first[0]["seq"] < first[1]["seq"]
    assert [one["intent_id"] for one in ask(100)] == ids[2:]
    assert ask(100) == []
    done = agent.http.post(f"/v1/intents/{ids[0]}/resume", json={"lease_token": first[0]["lease_token"], "made": 1})
    assert done.json()["intent"]["result"] == {"made": 1}


def test_without_saying_how_many_one_is_given(agent: Agent) -> None:
    agent.submit(3)
    assert len(given(agent.poll())) == len(given(agent.claim())) == len(given(agent.claim({}))) == 1


@pytest.mark.parametrize("way", ["poll", "claim"])
def test_a_long_poll_is_answered_when_work_comes(agent: Agent, way: str) -> None:
    began = time.monotonic()
    submitted = later(1, agent.submit)
    found = given(agent.poll(wait_seconds=60) if way == "poll" else agent.claim({"wait_seconds": 60}))
    took = time.monotonic() - began
    submitted.join()
    assert len(found) == 1
    assert 1 <= took < 55


@pytest.mark.parametrize("way", ["poll", "claim"])
def test_a_long_poll_ends_empty_when_nothing_came(agent: Agent, way: str) -> None:
    began = time.monotonic()
    assert given(agent.poll(wait_seconds=1) if way == "poll" else agent.claim({"wait_seconds": 1})) == []
    assert time.monotonic() - began >= 1


def test_of_many_that_wait_each_work_goes_to_one(agent: Agent) -> None:
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(agent.poll, wait_seconds=60, limit=2) for _ in range(5)]
        eventually(lambda: agent.open_polls() == 5, "five polls wait")
        ids = agent.submit(10)
        got = [one["intent_id"] for future in asked for one in given(future.result())]
    got += [one["intent_id"] for one in given(agent.poll(limit=100))]
    assert sorted(got) == sorted(ids)


def test_a_claim_of_one_intent_gives_this_one_and_waits_for_it(agent: Agent) -> None:
    ids = agent.submit(3)
    assert [one["intent_id"] for one in given(agent.claim({"intent_id": ids[1], "max": 5}))] == ids[1:2]
    assert given(agent.claim({"intent_id": ids[1], "wait_seconds": 1})) == []
    agent.http.post(f"/v1/intents/{ids[1]}/wait", json={"for": "time", "delay_seconds": 1}).raise_for_status()
    (again,) = given(agent.claim({"intent_id": ids[1], "wait_seconds": 60}))
    assert (again["intent_id"], list(again["resume"])) == (ids[1], ["due_at"])
    other = Agent(agent.site, 0)
    with other.http:
        assert given(other.claim({"intent_id": ids[0]})) == [], "an intent of another agent"
    refused = agent.claim({"intent_id": "first"})
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "intent_id")
    assert [one["intent_id"] for one in given(agent.claim({"max": 5}))] == [ids[0], ids[2]]


def test_a_claims_lease_is_as_long_as_asked(agent: Agent) -> None:
    (intent_id,) = agent.submit()
    claimed, (first,) = time.monotonic(), given(agent.claim({"lease_seconds": 3}))
    early = given(agent.poll())
    assert not early or time.monotonic() - claimed > 3
    (again,) = early or given(agent.poll(wait_seconds=60))
    assert (again["intent_id"], again["delivery_attempt"]) == (intent_id, 2)
    stale = agent.http.post(f"/v1/intents/{intent_id}/resume", json={"lease_token": first["lease_token"]})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_lease")


def test_a_claim_is_repeated_for_its_idempotency_key(agent: Agent) -> None:
    ids = agent.submit(3)
    first = agent.claim({"max": 2}, idempotency_key="c1")
    again = agent.claim({"max": 2}, idempotency_key="c1")
    assert given(first) == given(again)
    assert again.headers["idempotent-replayed"] == "true"
    assert agent.claim({"max": 1}, idempotency_key="c1").json()["error"]["code"] == "idempotency_conflict"
    assert [one["intent_id"] for one in given(agent.claim({"max": 2}, idempotency_key="c2"))] == ids[2:]


@pytest.mark.parametrize("way", ["poll", "claim"])
def test_a_client_that_left_takes_no_work_with_it(agent: Agent, way: str) -> None:
    if way == "poll":
        agent.leave_during(f"GET {agent.path}/intents?wait_seconds=60")
    else:
        agent.leave_during(f"POST {agent.path}/claim", json.dumps({"wait_seconds": 60}).encode())
    (intent_id,) = agent.submit()
    # Whether the server saw it leave before or after the work came: it is free again after the grace time at the latest.
    (got,) = given(agent.poll(wait_seconds=60))
    assert got["intent_id"] == intent_id


@pytest.mark.parametrize(
    "query",
    [{"wait_seconds": 61}, {"wait_seconds": -1}, {"wait_seconds": "x"}, {"limit": 0}, {"limit": 101}, {"limit": "1.5"}],
)
def test_a_malformed_poll_is_422(agent: Agent, query: dict[str, Any]) -> None:
    answer = agent.poll(**query)
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (422, next(iter(query)))


@pytest.mark.parametrize(
    "body",
    [
        {"max": 0},
        {"max": 101},
        {"max": "1"},
        {"lease_seconds": 0},
        {"lease_seconds": 86_401},
        {"wait_seconds": 61},
        {"wait_seconds": 1.5},
        {"surprise": 1},
        [],
        "x",
        {"max": None},
    ],
)
def test_a_malformed_claim_is_422_and_takes_nothing(agent: Agent, body: Any) -> None:
    agent.submit()
    answer = agent.claim(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "schema_invalid")
    assert len(given(agent.poll())) == 1


def test_a_claim_without_a_body_asks_for_one_at_once(agent: Agent) -> None:
    agent.submit(2)
    json_or_not: list[dict[str, str]] = [{}, {"content-type": "application/json"}]
    for headers in json_or_not:
        assert len(given(agent.http.post(f"{agent.path}/claim", headers=headers))) == 1
    assert given(agent.claim(idempotency_key="empty")) == given(agent.http.post(f"{agent.path}/claim")) == []


def test_a_key_for_one_address_takes_only_its_work(site: Scaled, agent: Agent) -> None:
    agent.submit()
    made = agent.http.post("/v1/service-accounts", json={"name": f"own-{time.monotonic_ns()}"}).raise_for_status().json()
    account = made["service_account"]
    keys = agent.http.post(f"/v1/service-accounts/{account['service_account_id']}/keys", json={"scope": "own"}).json()
    own = {"x-api-key": keys["key"]["token"]}
    for answer in (
        agent.http.get(f"{agent.path}/intents", headers=own),
        agent.http.post(f"{agent.path}/claim", headers=own),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "policy_denied")
    assert given(agent.http.get(f"/v1/agents/{account['name']}/intents", headers=own)) == []
    person = {"authorization": f"Bearer {site.keys['AXME_ACTOR_TOKEN']}", "x-api-key": ""}
    assert agent.http.get(f"{agent.path}/intents", headers=person).status_code == 401
    assert agent.http.get(f"{agent.path}/intents", headers={"x-api-key": ""}).status_code == 401
    assert len(given(agent.poll())) == 1


def test_a_poll_takes_up_what_a_wait_was_ended_by(agent: Agent) -> None:
    (intent_id,) = agent.submit()
    assert len(given(agent.poll())) == 1
    waits = agent.http.post(f"/v1/intents/{intent_id}/wait", json={"for": "time", "delay_seconds": 0.5}).raise_for_status()
    (again,) = given(agent.poll(wait_seconds=60))
    assert (again["intent_id"], again["status"], again["resume"]) == (
        intent_id,
        "IN_PROGRESS",
        {"due_at": waits.json()["due_at"]},
    )


def test_a_stopping_server_gives_back_what_it_was_about_to_deliver(sites: Sites) -> None:
    site = sites.scaled()
    site.start(*SERVERS, workers=0, beats=0)
    agents = [Agent(site, number) for number in range(len(SERVERS))]
    ids = [intent_id for agent in agents for intent_id in agent.submit()]
    held_up = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with site.connect() as connection:
        with connection.transaction():
            # What delivers waits for the intents.
            connection.execute("SELECT id FROM intents_intent WHERE id = ANY(%s::uuid[]) FOR UPDATE", [ids])
            streams = [
                Open(f"{url}{agent.path}/intents/stream", site.api_key, params={"wait_seconds": 60})
                for agent, url in zip(agents, site.urls, strict=True)
            ]
            eventually(lambda: site.rows(held_up) == [(len(SERVERS),)], "both are about to deliver")
            for web in site.webs:
                os.kill(web.pid, signal.SIGTERM)
            eventually(lambda: all('"draining"' in web.output for web in site.webs), "both stop")
        assert [web.wait() for web in site.webs] == [0, 0]
    keeps = "SELECT intent_id FROM intents_delivery WHERE state = 'leased' AND lease_expires_at > now() + interval '60 s'"
    assert site.rows(keeps) == []
    for stream, agent in zip(streams, agents, strict=True):
        stream.drop()
        agent.http.close()


def test_a_stopping_server_ends_its_polls_and_keeps_no_work(sites: Sites) -> None:
    site = sites.scaled()
    site.start(*SERVERS)
    agents = [Agent(site, number) for number in range(len(SERVERS))]
    with ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        asked = [pool.submit(agent.poll, wait_seconds=60) for agent in agents]
        eventually(lambda: [agent.open_polls() for agent in agents] == [1, 1], "both polls wait")
        assert [web.stop(signal.SIGTERM) for web in site.webs] == [0, 0]
        assert [given(one.result()) for one in asked] == [[], []]
        assert time.monotonic() - began < 60
    for agent in agents:
        agent.http.close()
