"""An assistant asks through MCP, a manager decides in the browser, and the call that waits returns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.mcp.clients import connected, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_call_that_waits_returns_when_somebody_decides_in_the_browser(maria: Desk, site: Site) -> None:
    asked: Queue[str] = Queue()

    async def assistant() -> dict[str, Any]:
        async with connected(site.embedded, "auto") as client:
            soon = (datetime.now(UTC) + timedelta(seconds=50)).isoformat()
            request = {"title": "Refund 129.00 EUR to ACME?", "payload": {"amount": "129.00"}, "deadline_at": soon}
            told = (await client.call_tool("axme.request_approval", request)).structured_content
            asked.put(told["intent_id"])
            wait = {"intent_id": told["intent_id"], "wait_seconds": 50}
            done: dict[str, Any] = (await client.call_tool("axme.wait_for", wait)).structured_content
            return done

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run, assistant)
        intent_id = asked.get(timeout=60)
        maria.page.goto(f"{site.url}/inbox")
        maria.row(intent_id).get_by_role("link").click()
        expect(maria.page.locator("#task-title")).to_have_text("Refund 129.00 EUR to ACME?")
        maria.press("Approve")
        done = waiting.result(60)
    assert (done["status"], done["data"]["outcome"]) == ("completed", "approved")
