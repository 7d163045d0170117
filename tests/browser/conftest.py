"""A real server, a real Chromium, people of the demo workspace, and intents that ask them."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.load.sites import Embedded
from tests.services import Guarded

UNDO_SECONDS = 2
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None
)
ADDRESS = "agent://myorg/production/"

expect.set_options(timeout=10_000)


class Site:
    """The server and what an agent does with it."""

    def __init__(self, guarded: Guarded) -> None:
        self.embedded = Embedded(guarded, UNDO_SECONDS=str(UNDO_SECONDS), DEBUG="1", SECRET_KEY="x" * 50)
        self.embedded.start()
        self.url = self.embedded.urls[0]
        self._http = httpx.Client(base_url=f"{self.url}/v1", headers={"x-api-key": self.embedded.api_key}, timeout=30)

    def ask(self, task: dict[str, Any], payload: dict[str, Any] | None = None, **fields: Any) -> str:
        """Submit an intent that asks people: its id. It goes to an address of its own."""
        body = {
            "intent_type": "billing.refund.v1",
            "to_agent": f"{ADDRESS}agent-{time.monotonic_ns()}",
            "payload": payload or {},
            "human_task": task,
        }
        return str(self._post("/intents", body | fields)["intent_id"])

    def intent(self, intent_id: str) -> dict[str, Any]:
        answer = self._http.get(f"/intents/{intent_id}")
        answer.raise_for_status()
        intent: dict[str, Any] = answer.json()["intent"]
        return intent

    def result(self, intent_id: str, seconds: float = 15.0) -> dict[str, Any]:
        """The result of an intent, once it is over."""
        deadline = time.monotonic() + seconds
        while (intent := self.intent(intent_id))["status"] not in ("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"):
            assert time.monotonic() < deadline, intent
            time.sleep(0.1)
        result: dict[str, Any] = intent["result"]
        return result

    def cancel(self, intent_id: str) -> None:
        self._post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "not needed any more"})

    def task(self, intent_id: str) -> dict[str, Any]:
        """The task of an intent as the API shows it."""
        answer = self._http.get("/tasks", params={"intent_id": intent_id})
        answer.raise_for_status()
        (task,) = answer.json()["tasks"]
        shown: dict[str, Any] = task
        return shown

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def end(self) -> None:
        self._http.close()
        self.embedded.end()


@dataclass
class Desk:
    """A browser of somebody who is signed in. What goes wrong in its console fails the test."""

    page: Page
    site: Site
    email: str
    problems: list[str]

    def complain(self, problem: str) -> None:
        # The page of an answer that was not accepted has a status that says so, which a console calls an error.
        if not re.search(r"responded with a status of (409|422)", problem):
            self.problems.append(problem)

    def open(self, intent_id: str, query: str = "") -> None:
        """The page of an intent's task."""
        self.page.goto(f"{self.site.url}/inbox/{self.site.task(intent_id)['task_id']}{query}")

    def row(self, intent_id: str) -> Any:
        return self.page.locator(f"#row-{self.site.task(intent_id)['task_id']}")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()


class Desks:
    """Signs people in, each in a browser of their own."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._open: list[tuple[BrowserContext, Desk]] = []

    def manager(self, **options: Any) -> Desk:
        return self._sign_in("DEMO_MANAGER", options)

    def ops(self, **options: Any) -> Desk:
        return self._sign_in("DEMO_OPS", options)

    def _sign_in(self, who: str, options: dict[str, Any]) -> Desk:
        context = self._browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        page = context.new_page()
        keys = self._site.embedded.keys
        desk = Desk(page, self._site, keys[f"{who}_EMAIL"], [])
        self._open.append((context, desk))
        page.on("console", lambda message: desk.complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: desk.problems.append(str(error)))
        page.goto(f"{self._site.url}/sign-in")
        page.locator("[name=login]").fill(desk.email)
        page.locator("[name=password]").fill(keys[f"{who}_PASSWORD"])
        page.locator("button[type=submit]").first.click()
        page.wait_for_url("**/inbox*")
        return desk

    def close(self) -> list[str]:
        """Close all. Returns what their consoles complained of."""
        problems = [problem for _, desk in self._open for problem in desk.problems]
        for context, _ in self._open:
            context.close()
        self._open.clear()
        return problems


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    guarded = Guarded()
    site = Site(guarded)
    yield site
    site.end()
    guarded.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium: tests/install_programs.sh installs one"
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        stack.callback(browser.close)
        yield browser


@pytest.fixture
def desks(browser: Browser, site: Site) -> Iterator[Desks]:
    desks = Desks(browser, site)
    yield desks
    assert desks.close() == []


@pytest.fixture
def maria(desks: Desks) -> Desk:
    """The demo's manager, an approver."""
    return desks.manager()
