"""Much at once: streams keep a thread, a stopping process answers who waits, and who is revoked meanwhile learns nothing."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.db import connections
from django.test import override_settings

from intents import auth
from intents.accounts.models import AgentKey
from intents.accounts.services import keys
from intents.kernel import instances
from intents.mcp import door, registry
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.rpc import calls
from intents.streams import hub as hubs
from intents.streams.changes import Changes
from tests.callers import SETUP, KeyCaller
from tests.mcp.rpc import Rpc
from tests.security.edge import Loop

WAITING = 20


@pytest.fixture
def own_loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    """A loop of the test's own, with so many threads."""
    import_module(door.MESSAGES)  # which takes seconds
    with override_settings(EDGE_THREADS=request.param):
        loop = Loop()
        yield loop
        asyncio.run_coroutine_threadsafe(_close(request.param), loop._loop).result(60)
        loop.end()


async def _close(threads: int) -> None:
    """Close the connection of each thread."""
    together = threading.Barrier(threads)

    def close() -> None:
        together.wait(60)
        connections.close_all()

    hub = hubs.hub()
    await asyncio.gather(*(hub.in_thread(close) for _ in range(threads)))


@pytest.mark.parametrize("own_loop", [2], indirect=True)
def test_tools_that_block_leave_a_thread_to_streams(
    own_loop: Loop, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()

    def run(call: Call, given: Arguments) -> ToolAnswer:
        free.wait(60)
        return ToolAnswer({})

    monkeypatch.setattr(registry, "known", dict(registry.known))
    slow = McpTool(name="axme.slow", title="Slow", description="Takes long.", arguments=Arguments, run=run, reads=True)
    registry.register(slow)
    agent = Rpc(own_loop, machine)
    with ThreadPoolExecutor(4) as pool:
        called = [pool.submit(agent.call, "axme.slow") for _ in range(4)]
        until = time.monotonic() + 40
        while hubs._hubs[own_loop._loop].kind(calls.Calls)._queued < 4 and time.monotonic() < until:
            time.sleep(0.05)
        assert own_loop.send(machine, "GET", "/events").status == 200
        assert not any(one.done() for one in called)
        monkeypatch.setattr(calls, "LONGEST_QUEUE", 1)
        refused = agent.send({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        free.set()
        assert [one.result()["ok"] for one in called] == [True] * 4
    assert (refused.status, refused.json["error"]["code"], refused.headers["retry-after"]) == (503, -32010, "1")


@pytest.mark.usefixtures("looked_up_once")
@pytest.mark.parametrize("own_loop", [1], indirect=True)
def test_a_stopping_process_answers_all_that_wait(own_loop: Loop, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "CLOSE_SECONDS", 60.0)  # however slow the machine
    # The last that a hub does in its thread.
    monkeypatch.setattr(instances, "remove", lambda instance_id: connections.close_all())
    agent = Rpc(own_loop, shop)
    made = agent.call("axme.submit_intent", intent_type="a.v1", to_agent="shop")["intent_id"]
    wait = {"name": "axme.wait_for", "arguments": {"intent_id": made, "wait_seconds": 50}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": wait}
    # What comes after needs a thread again, several times.
    batch = [message, *({"jsonrpc": "2.0", "id": number, "method": "resources/list"} for number in range(2, 5))]
    changes = hubs._hubs[own_loop._loop].kind(Changes)
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(agent.send, batch) for _ in range(WAITING)]
        deadline = time.monotonic() + 40
        while changes.clients()["polls"] < WAITING and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        asyncio.run_coroutine_threadsafe(hubs.close(), own_loop._loop).result(60)
        told = [one.result() for one in waiting]
    assert {one.status for one in told} == {200}
    assert {one.json[0]["result"]["status"] for one in told} == {"waiting"}
    assert all("result" in answer for one in told for answer in one.json)


class Stuck(hubs.StreamKind):
    """Waits for a client that does not read."""

    async def settle(self) -> None:
        await asyncio.Event().wait()


class Orderly(hubs.StreamKind):
    settled = False

    async def settle(self) -> None:
        self.settled = True


@pytest.mark.django_db
@pytest.mark.parametrize("own_loop", [1], indirect=True)
def test_who_does_not_settle_keeps_no_other_from_it(own_loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "CLOSE_SECONDS", 0.2)
    monkeypatch.setattr(instances, "remove", lambda instance_id: connections.close_all())

    async def close() -> bool:
        _, orderly = (hubs.hub().kind(one) for one in (Stuck, Orderly))
        await hubs.close()
        return isinstance(orderly, Orderly) and orderly.settled

    assert asyncio.run_coroutine_threadsafe(close(), own_loop._loop).result(60)


def test_who_is_revoked_while_they_wait_learns_nothing(agent: Rpc, machine: KeyCaller, shop: KeyCaller) -> None:
    made = agent.call("axme.submit_intent", intent_type="a.v1", to_agent="shop")["intent_id"]
    with ThreadPoolExecutor(1) as pool:
        wait = {"name": "axme.wait_for", "arguments": {"intent_id": made, "wait_seconds": 50}}
        waiting = pool.submit(agent.ask, "tools/call", wait)
        time.sleep(0.5)
        keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=shop.key_id))
        auth.forget()
        machine.post(f"/intents/{made}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
        told = waiting.result()
    assert told["error"]["code"] == -32001
