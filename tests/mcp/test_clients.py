"""The official MCP client of either era, over HTTP, against a running server."""

import asyncio
import json
import threading
import time
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult

from intents.mcp import registry
from tests import turns
from tests.adapters import frameworks
from tests.flows.conftest import _sites
from tests.load.sites import Scaled, Site
from tests.mcp.clients import Tasks, as_manager, connected, run, task_of
from tests.turns import SERVERS

ERAS = ("legacy", "auto")
shared_sites = pytest.fixture(scope="module")(_sites)


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest, shared_sites: Any) -> Iterator[Scaled]:
    site: Scaled = shared_sites.scaled()
    site.start(request.param)
    yield site
    site.end()


def decide(site: Scaled, intent_id: str, *, after: float = 0.0, decision: str = "approve") -> None:
    """Decide as the demo's manager, after so many seconds."""
    time.sleep(after)
    as_manager(site, "POST", f"/approvals/{intent_id}/decision", {"decision": decision, "comment": "as agreed"})


def ask(site: Scaled, intent_id: str) -> None:
    """Ask the agent something, as the demo's manager."""
    as_manager(site, "POST", f"/tasks/{task_of(site, intent_id)}/ask", {"question": "For whom?"})


def later(site: Scaled, intent_id: str) -> None:
    threading.Thread(target=decide, args=(site, intent_id), kwargs={"after": 0.5}, daemon=True).start()


Tool = Callable[..., Awaitable[dict[str, Any]]]


async def call_every_tool(site: Site, call: Tool) -> str:
    """By what a client's calls of tools tell. Returns the id of an intent."""
    me, nick = site.address("maker"), f"nick-{time.monotonic_ns()}"[:30]
    made: str = (await call("axme.submit_intent", intent_type="part.make.v1", to_agent=me, payload={"n": 1}))["intent_id"]
    assert (await call("axme.get_intent", intent_id=made))["data"]["intent"]["payload"] == {"n": 1}
    assert [one["intent_id"] for one in (await call("axme.list_intents", q=made))["data"]["intents"]] == [made]
    assert (await call("axme.list_inbox", owner_agent=me))["data"]["threads"][0]["thread_id"] == made
    await call("axme.get_thread", owner_agent=me, thread_id=made)
    await call("axme.reply", owner_agent=me, thread_id=made, message="soon")
    await call("axme.progress", intent_id=made, percent=50.0)
    await call("axme.complete", intent_id=made, result={"n": 2})
    assert (await call("axme.wait_for", intent_id=made))["data"]["result"] == {"n": 2}
    for tool, ended in (("axme.cancel", {}), ("axme.fail", {"error": {"code": "broken"}})):
        other = (await call("axme.submit_intent", intent_type="part.make.v1", to_agent=me))["intent_id"]
        await call(tool, intent_id=other, **ended)
    await call("axme.send", to=me, text="hello")
    await call("axme.send_message", recipient=me, message="hello")
    await call("axme.check_nick", nick=nick)
    await call("axme.resolve_contact", query=me)
    asked = (await call("axme.request_approval", title="May I?"))["intent_id"]
    await asyncio.to_thread(ask, site, asked)
    await call("axme.answer", intent_id=asked, answer="For ACME.")
    tasks = (await call("axme.list_tasks"))["data"]["tasks"]
    (task,) = [one["task_id"] for one in tasks if one["intent_id"] == asked]
    assert (await call("axme.get_task", task_id=task))["data"]["task"]["intent_id"] == asked
    return made


@pytest.mark.parametrize("era", ERAS)
def test_every_tool_is_listed_and_called(site: Scaled, era: str) -> None:
    async def work() -> None:
        async with connected(site, era) as client:
            assert client.server_info.name == "axme"
            assert [one.name for one in (await client.list_tools()).tools] == list(registry.known)

            async def call(tool: str, **arguments: Any) -> dict[str, Any]:
                result = await client.call_tool(tool, arguments)
                assert result.is_error is False
                told: dict[str, Any] = result.structured_content
                assert (told["ok"], told["tool"]) == (True, tool)
                called.add(tool)
                return told

            called: set[str] = set()
            made = await call_every_tool(site, call)
            assert called == set(registry.known)
            read = await client.read_resource(f"axme://intents/{made}")
            assert made in read.contents[0].text  # type: ignore[union-attr]

    run(work)


@turns.one(0, of=3)
def test_so_it_is_by_the_official_client_of_before(site: Scaled) -> None:
    python = frameworks.python("mcp-1", locks=Path(__file__).parent / "requirements")
    command = [python, str(Path(__file__).parent / "old_client.py"), f"{site.urls[0]}/mcp", site.api_key]

    async def work() -> None:
        client = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        assert client.stdin is not None
        assert client.stdout is not None
        opened = json.loads(await client.stdout.readline())
        assert opened == {"version": "2025-11-25", "server": "axme", "tools": list(registry.known)}

        async def ask_it(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write(json.dumps({"tool": tool, "arguments": arguments}).encode() + b"\n")
            while "progress" in (told := json.loads(await client.stdout.readline())):
                heard(told["progress"])
            found: dict[str, Any] = told
            return found

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            done = await ask_it(tool, arguments)
            assert (done["refused"], done["told"]["ok"], done["told"]["tool"]) == (False, True, tool)
            called.add(tool)
            found: dict[str, Any] = done["told"]
            return found

        def heard(message: str) -> None:
            progress.append(message)
            if len(progress) == 1:
                later(site, asked)

        called: set[str] = set()
        progress: list[str] = []
        await call_every_tool(site, call)
        assert (called, progress) == (set(registry.known), [])
        asked = (await call("axme.request_approval", title="May I?"))["intent_id"]
        done = await ask_it("axme.wait_for", {"intent_id": asked, "wait_seconds": 50})
        assert done["told"]["data"]["outcome"] == "approved"
        assert progress[0].endswith("to decide.")
        client.stdin.close()
        assert await client.wait() == 0

    run(work)


@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_waits_returns_when_somebody_has_decided(site: Scaled, era: str) -> None:
    async def work() -> None:
        async with connected(site, era) as client:
            asked = (await client.call_tool("axme.request_approval", {"title": "May I?"})).structured_content
            assert asked["status"] == "waiting"
            later(site, asked["intent_id"])
            began = time.monotonic()
            wait = {"intent_id": asked["intent_id"], "wait_seconds": 50}
            waited = (await client.call_tool("axme.wait_for", wait)).structured_content
            assert waited["data"]["outcome"] == "approved"
            assert time.monotonic() - began < 30

    run(work)


@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_waits_tells_how_it_stands(site: Scaled, era: str) -> None:
    told: list[tuple[float, str | None]] = []

    async def work() -> None:
        async with connected(site, era) as client:
            asked = (await client.call_tool("axme.request_approval", {"title": "May I?"})).structured_content["intent_id"]

            async def tell(progress: float, total: float | None, message: str | None) -> None:
                told.append((progress, message))
                if len(told) == 1:
                    later(site, asked)

            wait = {"intent_id": asked, "wait_seconds": 50}
            waited = await client.call_tool("axme.wait_for", wait, progress_callback=tell)
            assert waited.structured_content["data"]["outcome"] == "approved"

    run(work)
    assert str(told[0][1]).endswith("to decide.")
    assert [seq for seq, _ in told] == sorted({seq for seq, _ in told})


def test_a_client_hears_of_what_changes(site: Scaled) -> None:
    async def work() -> None:
        async with connected(site, "auto") as client:
            asked = (await client.call_tool("axme.request_approval", {"title": "May I?"})).structured_content["intent_id"]
            uri = f"axme://intents/{asked}"
            async with client.listen(resource_subscriptions=[uri], resources_list_changed=True) as changes:
                assert (changes.honored.resource_subscriptions, changes.honored.resources_list_changed) == ([uri], True)
                later(site, asked)
                async for _ in changes:
                    (read,) = (await client.read_resource(uri)).contents
                    if json.loads(read.text)["status"] == "COMPLETED":  # type: ignore[union-attr]
                        break

    run(work)


def test_a_client_that_knows_tasks_polls_one_to_its_end(site: Scaled) -> None:
    tasks = Tasks(waiting=lambda task: later(site, task.task_id))

    async def work() -> None:
        async with connected(site, "auto", extensions=[tasks]) as client:
            done = await client.call_tool("axme.request_approval", {"title": "May I?"})
            assert done.structured_content["data"]["outcome"] == "approved"

    run(work)
    assert {status for status, _ in tasks.seen} == {"working", "completed"}
    assert all("to decide" in str(told) for status, told in tasks.seen if status == "working")


def test_the_clients_own_person_is_asked_what_only_they_can_say(site: Scaled) -> None:
    shown: list[str] = []

    async def say(ctx: Any, params: Any) -> ElicitResult:
        shown.append(params.message)
        return ElicitResult(action="accept", content={"answer": "For ACME."})

    async def work() -> None:
        async with connected(site, "auto", elicitation_callback=say) as client:
            asked = (await client.call_tool("axme.request_approval", {"title": "May I?"})).structured_content["intent_id"]
            await asyncio.to_thread(ask, site, asked)
            told = (await client.call_tool("axme.answer", {"intent_id": asked})).structured_content
            assert told["data"]["event"]["details"]["message"] == "For ACME."

    run(work)
    assert len(shown) == 1
    assert shown[0].endswith("asks about approval.request.v1: For whom?")


@pytest.mark.parametrize("era", ERAS)
def test_what_is_refused_is_an_error_with_its_code(site: Scaled, era: str) -> None:
    async def work() -> None:
        async with connected(site, era) as client:
            for arguments, code in (
                ({"intent_id": "nothing"}, -32602),
                ({"intent_id": "nothing", "more": 1}, -32602),
                ({"intent_id": "nothing", "owner_agent": "agent://other/place/x"}, -32602),
            ):
                with pytest.raises(MCPError) as refused:
                    await client.call_tool("axme.get_intent", arguments)
                assert refused.value.code == code
                assert refused.value.data["request_id"]

    run(work)


def leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for one in group.exceptions:
        yield from leaves(one) if isinstance(one, BaseExceptionGroup) else (one,)


def test_a_wrong_key_is_refused(site: Scaled) -> None:
    async def work() -> None:
        async with connected(site, "auto", key="axme_sa_nonsense") as client:
            await client.list_tools()

    with pytest.raises(BaseExceptionGroup) as refused:
        run(work)
    assert [one.code for one in leaves(refused.value) if isinstance(one, MCPError)] == [-32001]


def test_many_wait_at_once_and_a_stopping_server_lets_them_go(site: Scaled) -> None:
    async def work() -> None:
        async with connected(site, "legacy") as client:
            asked = (await client.call_tool("axme.request_approval", {"title": "May I?"})).structured_content["intent_id"]
            waits = [client.call_tool("axme.wait_for", {"intent_id": asked, "wait_seconds": 50}) for _ in range(40)]
            waiting = asyncio.gather(*waits)
            await asyncio.sleep(0.5)
            # Those who wait hold no thread.
            assert (await asyncio.wait_for(client.call_tool("axme.check_nick", {"nick": "@free"}), 20)).is_error is False
            await asyncio.to_thread(decide, site, asked)
            done = await asyncio.wait_for(waiting, 40)
            assert {one.structured_content["data"]["outcome"] for one in done} == {"approved"}

    run(work)
