"""An assistant asks through MCP, a manager decides in the browser, and the call that waits returns."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import turns
from tests.browser.conftest import Desk, Site
from tests.mcp.clients import connected, run

pytestmark = [turns.one(0, of=2), pytest.mark.slow, pytest.mark.timeout(180)]


async def ask(site: Site, title: str, **more: Any) -> str:
    """Ask for an approval: the intent's id."""
    async with connected(site.embedded, "auto") as client:
        request = {"title": title, "payload": {"amount": "129.00"}} | more
        told: dict[str, Any] = (await client.call_tool("axme.request_approval", request)).structured_content
        return str(told["intent_id"])


async def wait_for(site: Site, intent_id: str, heard: Queue[str]) -> dict[str, Any]:
    """What calls that wait come to; `heard` gets what they tell of their progress."""

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        heard.put(str(message))

    async with connected(site.embedded, "auto") as client:
        wait = {"intent_id": intent_id, "wait_seconds": 50}
        done: dict[str, Any] = {}
        while done.get("status") != "completed":
            done = (await client.call_tool("axme.wait_for", wait, progress_callback=tell)).structured_content
        return done


def approve(maria: Desk, site: Site, intent_id: str, title: str) -> None:
    maria.page.goto(f"{site.url}/inbox")
    maria.row(intent_id).get_by_role("link").click()
    expect(maria.page.locator("#task-title")).to_have_text(title)
    maria.press("Approve")


def test_a_call_that_waits_returns_when_somebody_decides_in_the_browser(maria: Desk, site: Site) -> None:
    title, heard = "Refund 129.00 EUR to ACME?", Queue[str]()
    # What is due within a minute is not held for undo.
    soon = (datetime.now(UTC) + timedelta(seconds=50)).isoformat()
    with ThreadPoolExecutor(1) as pool:
        intent_id = pool.submit(run, lambda: ask(site, title, deadline_at=soon)).result(60)
        waiting = pool.submit(run, lambda: wait_for(site, intent_id, heard))
        assert heard.get(timeout=60).endswith("to decide.")
        approve(maria, site, intent_id, title)
        done = waiting.result(60)
    assert (done["status"], done["data"]["outcome"]) == ("completed", "approved")


def test_so_it_does_when_the_server_is_killed_before_it_is_called_again(maria: Desk, site: Site) -> None:
    title, heard = "Refund 258.00 EUR to ACME?", Queue[str]()
    with ThreadPoolExecutor(1) as pool:
        intent_id = pool.submit(run, lambda: ask(site, title)).result(60)
        cut_off = pool.submit(run, lambda: wait_for(site, intent_id, heard))
        heard.get(timeout=60)
        for process in site.embedded.server_processes:
            process.stop(signal.SIGKILL)
        assert cut_off.exception(60) is not None
        site.embedded.start_again()
        waiting = pool.submit(run, lambda: wait_for(site, intent_id, heard))
        heard.get(timeout=60)
        approve(maria, site, intent_id, title)
        done = waiting.result(60)
    assert (done["status"], done["data"]["outcome"]) == ("completed", "approved")
