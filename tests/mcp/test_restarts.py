"""What a client holds across a restart of the server, or brings to another process."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import turns
from tests.flows.conftest import Sites, _sites
from tests.load.sites import Scaled
from tests.mcp.clients import Task, Tasks, as_manager, connected, run, task_of
from tests.mcp.rpc import VERSION, envelope

pytestmark = turns.one(0, of=2)

shared_sites = pytest.fixture(scope="module")(_sites)


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    """Two processes, which each test leaves running."""
    site = shared_sites.scaled()
    site.start("uvicorn", "daphne")
    yield site
    site.end()


def modern(site: Scaled, web: int, method: str, params: dict[str, Any], **able: bool) -> dict[str, Any]:
    """The result of a message of the newer era to one of the site's processes."""
    name = params.get("name") or params["taskId"]
    headers = {"x-api-key": site.api_key, "mcp-protocol-version": VERSION, "mcp-method": method, "mcp-name": name}
    sent = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": envelope(**able)}}
    answer = httpx.post(f"{site.urls[web]}/mcp", json=sent, headers=headers, timeout=90).raise_for_status()
    result: dict[str, Any] = answer.json()["result"]
    return result


def restart(site: Scaled) -> None:
    for web in site.webs:
        web.stop(signal.SIGKILL)
    site.start_again()


def test_state_and_tasks_hold_over_a_restart_and_in_a_second_process(site: Scaled) -> None:
    request = {"name": "axme.request_approval", "arguments": {"title": "May I?"}}
    asked = modern(site, 0, "tools/call", request, tasks=True)
    assert asked["status"] == "working"
    as_manager(site, "POST", f"/tasks/{task_of(site, asked['taskId'])}/ask", {"question": "For whom?"})
    answer = {"name": "axme.answer", "arguments": {"intent_id": asked["taskId"]}}
    said = {"inputResponses": {"answer": {"action": "accept", "content": {"answer": "For ACME."}}}}
    first = modern(site, 0, "tools/call", answer, elicits=True)
    assert first["resultType"] == "input_required"
    retry = answer | said | {"requestState": first["requestState"]}
    # In the other process, which never saw the first round.
    assert modern(site, 1, "tools/call", retry, elicits=True)["status"] == "completed"
    restart(site)
    assert modern(site, 0, "tools/call", retry, elicits=True)["status"] == "completed"
    assert modern(site, 1, "tasks/get", {"taskId": asked["taskId"]}, tasks=True)["status"] == "working"
    as_manager(site, "POST", f"/approvals/{asked['taskId']}/decision", {"decision": "approve"})
    done = modern(site, 0, "tasks/get", {"taskId": asked["taskId"]}, tasks=True)
    assert (done["status"], done["result"]["structuredContent"]["data"]["outcome"]) == ("completed", "approved")


def test_a_client_that_polls_goes_on_after_a_restart(site: Scaled) -> None:

    def away_and_back(task: Task) -> None:
        restart(site)
        as_manager(site, "POST", f"/approvals/{task.task_id}/decision", {"decision": "reject"})

    async def work() -> None:
        async with connected(site, "auto", extensions=[Tasks(waiting=away_and_back)]) as client:
            done = await client.call_tool("axme.request_approval", {"title": "May I?"})
            assert done.structured_content["data"]["outcome"] == "rejected"

    run(work)


@pytest.mark.parametrize("web", [0, 1])
def test_a_server_that_stops_ends_in_order_what_is_listened_to(site: Scaled, web: int) -> None:
    asked = modern(site, 0, "tools/call", {"name": "axme.request_approval", "arguments": {"title": "May I?"}})["intent_id"]

    async def work() -> None:
        async with connected(site, "auto", web=web) as client:
            async with client.listen(resource_subscriptions=[f"axme://intents/{asked}"]) as changes:
                stopped = asyncio.create_task(asyncio.to_thread(site.webs[web].stop, signal.SIGTERM))
                # One whose end is not in order raises.
                assert [one async for one in changes] == []
            await stopped

    run(work)
    site.start_again()


def test_a_server_that_stops_lets_waiting_calls_go_to_be_called_again(site: Scaled) -> None:
    asked = modern(site, 0, "tools/call", {"name": "axme.request_approval", "arguments": {"title": "May I?"}})["intent_id"]
    wait = {"name": "axme.wait_for", "arguments": {"intent_id": asked, "wait_seconds": 50}}
    told: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: told.append(modern(site, 0, "tools/call", wait)))
    began = time.monotonic()
    waiting.start()
    time.sleep(1)
    site.webs[0].stop(signal.SIGTERM)
    waiting.join(60)
    assert time.monotonic() - began < 40
    assert [one["status"] for one in told] == ["waiting"]
    site.start_again()
    as_manager(site, "POST", f"/approvals/{asked}/decision", {"decision": "approve"})
    assert modern(site, 0, "tools/call", wait)["data"]["outcome"] == "approved"
