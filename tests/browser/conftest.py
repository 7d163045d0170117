"""A real server, a real Chromium, people of the demo workspace, and intents that ask them.

One server and one browser for the whole folder; they end with it, as Playwright keeps an event loop running in the thread.
"""

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.load.sites import Embedded
from tests.services import Guarded

UNDO_SECONDS = 10
"""Long enough to take a decision back on a busy machine. Tests that wait for a result ask what is due within a minute, which
is not held."""
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None
)
ADDRESS = "agent://myorg/production/"

expect.set_options(timeout=30_000)
CANCELED = {"status": "CANCELED", "reason": "not needed any more"}


class Site:
    """The server and what an agent does with it."""

    def __init__(self, guarded: Guarded, **variables: str) -> None:
        given = {"UNDO_SECONDS": str(UNDO_SECONDS), "DEBUG": "1", "SECRET_KEY": "x" * 50, "DEMO_FILLED": "0"}
        given["CONFIRM_AGAIN_MINUTES"] = "120"  # longer than the folder's tests take
        self.embedded = Embedded(guarded, **given | variables)
        self.embedded.start()
        self.url = self.embedded.urls[0]
        self.sessions: dict[str, Any] = {}
        """The cookies of who has signed in, for their next browsers."""
        self.policies: list[str] = []
        """The ids of policies that were made for their pages."""
        self._task_ids: dict[str, str] = {}
        self._http = httpx.Client(base_url=f"{self.url}/v1", headers={"x-api-key": self.embedded.api_key}, timeout=30)

    def ask(self, task: dict[str, Any], payload: dict[str, Any] | None = None, **fields: Any) -> str:
        """Submit an intent that asks people: its id. It goes to an address of its own."""
        body = {
            "intent_type": "billing.refund.v1",
            "to_agent": f"{ADDRESS}agent-{time.monotonic_ns()}",
            "payload": payload or {},
            "human_task": task,
        }
        return str(self.post("/intents", body | fields)["intent_id"])

    def intent(self, intent_id: str) -> dict[str, Any]:
        answer = self._http.get(f"/intents/{intent_id}")
        answer.raise_for_status()
        intent: dict[str, Any] = answer.json()["intent"]
        return intent

    def result(self, intent_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """The result of an intent, once it is over."""
        deadline = time.monotonic() + seconds
        while (intent := self.intent(intent_id))["status"] not in ("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"):
            assert time.monotonic() < deadline, intent
            time.sleep(0.1)
        result: dict[str, Any] = intent["result"]
        return result

    def cancel(self, intent_id: str) -> None:
        self.post(f"/intents/{intent_id}/resolve", CANCELED)

    def leave(self, intents: Sequence[str]) -> None:
        """Leave the lists to others: cancel what still waits. What was decided may come to its end at this moment."""
        for intent_id in intents:
            if self.intent(intent_id)["status"] == "WAITING":
                answer = self._http.post(f"/intents/{intent_id}/resolve", json=CANCELED)
                assert answer.status_code == 200 or self.intent(intent_id)["status"] != "WAITING", answer.text

    def task(self, intent_id: str) -> dict[str, Any]:
        """The task of an intent as the API shows it."""
        answer = self._http.get("/tasks", params={"intent_id": intent_id})
        answer.raise_for_status()
        (task,) = answer.json()["tasks"]
        shown: dict[str, Any] = task
        return shown

    def state(self, intent_id: str) -> str:
        """The state of an intent's task, also when it is over."""
        answer = self._http.get(f"/tasks/{self.task_id(intent_id)}")
        answer.raise_for_status()
        return str(answer.json()["task"]["state"])

    def task_id(self, intent_id: str) -> str:
        """The id of an intent's task; once asked for, it is known when the API lists the task no more."""
        if intent_id not in self._task_ids:
            self._task_ids[intent_id] = self.task(intent_id)["task_id"]
        return self._task_ids[intent_id]

    def act(self, who: str, intent_id: str, what: str, **body: Any) -> None:
        """What a person of the demo does with an intent's task over the API; `who` as in `demo.env`."""
        headers = {"authorization": f"Bearer {self.embedded.keys[f'{who}_TOKEN']}"}
        self.post(f"/tasks/{self.task_id(intent_id)}/{what}", body or None, headers)

    def manage(self, *command: str) -> str:
        """What `manage.py` says to a command on this installation."""
        process = self.embedded.run("manage", [sys.executable, "manage.py", *command])
        assert process.wait() == 0, process.output
        return process.output

    def password_of(self, email: str, workspace: str, role: str) -> str:
        """The password of somebody who is made for this."""
        said = self.manage("create_person", email, "--workspace", workspace, "--role", role)
        return said.partition("Their password:")[2].split()[0]

    def post(self, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = self._http.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def put(self, path: str, body: dict[str, Any]) -> None:
        answer = self._http.put(path, json=body)
        assert answer.status_code == 200, answer.text

    def clear(self) -> None:
        """Cancel whatever still waits, so that lists are short."""
        self.post("/intents/bulk-cancel", {"older_than_hours": 0, "dry_run": False, "reason": "other tests begin"})

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
    refused: str = "409|422"
    """The statuses that pages get here as they should, as a pattern."""

    def complain(self, problem: str) -> None:
        # The page of an answer that was not accepted has a status that says so, which a console calls an error; and so it
        # does a request that a newer one has replaced. One that failed says htmx:sendError.
        if not re.search(rf"responded with a status of ({self.refused})|^htmx:(afterRequest|sendAbort)\b", problem):
            self.problems.append(problem)

    def sign_in(self, password: str) -> None:
        self.page.goto(f"{self.site.url}/sign-in")
        self.page.locator("[name=login]").fill(self.email)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("button[type=submit]").first.click()
        self.page.wait_for_url("**/inbox*")

    def look(self, path: str = "/inbox") -> None:
        try:
            self.page.goto(f"{self.site.url}{path}")
        except Error as error:
            if "ERR_ABORTED" not in error.message:
                raise
            # What was pressed before took the page elsewhere just now.
            self.page.wait_for_load_state()
            self.page.goto(f"{self.site.url}{path}")

    def open(self, intent_id: str, query: str = "") -> None:
        """The page of an intent's task."""
        self.page.goto(f"{self.site.url}/inbox/{self.site.task_id(intent_id)}{query}")

    def row(self, intent_id: str) -> Any:
        return self.page.locator(f"#row-{self.site.task_id(intent_id)}")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def write(self, text: str) -> None:
        """A comment that goes with the answer."""
        self.page.locator("[data-say]:visible, #comment:visible").first.wait_for()
        if not self.page.locator("#comment").is_visible():
            self.page.locator("[data-say]").click()
        self.page.locator("#comment").fill(text)

    def send(self, words: str) -> None:
        """An answer without the comment that is asked for first."""
        self.press(words)
        self.page.get_by_role("dialog", name="Why?").get_by_role("button", name=words, exact=True).click()

    def refuse(self, reason: str = "") -> None:
        """Reject, with a reason of those that are offered."""
        self.press("Reject")
        why = self.page.get_by_role("dialog", name="Why?")
        if reason:
            why.get_by_text(reason, exact=True).click()
        why.get_by_role("button", name="Reject", exact=True).click()


class Desks:
    """Signs people in, each in a browser of their own."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._open: list[tuple[BrowserContext, Desk]] = []

    def nobody(self, **options: Any) -> Desk:
        """A browser in which nobody is signed in."""
        return self._desk("", options)

    def manager(self, **options: Any) -> Desk:
        return self._sign_in("DEMO_MANAGER", options)

    def ops(self, **options: Any) -> Desk:
        return self._sign_in("DEMO_OPS", options)

    def owner(self, **options: Any) -> Desk:
        """Olivia, made when she is first needed."""
        keys = self._site.embedded.keys
        if "OLIVIA_EMAIL" not in keys:
            password = self._site.password_of("olivia@myorg.example", "myorg/production", "owner")
            keys |= {"OLIVIA_EMAIL": "olivia@myorg.example", "OLIVIA_PASSWORD": password}
        return self._sign_in("OLIVIA", options)

    def _sign_in(self, who: str, options: dict[str, Any]) -> Desk:
        keys, sessions = self._site.embedded.keys, self._site.sessions
        if who not in sessions:
            desk = self._desk(keys[f"{who}_EMAIL"], {})
            desk.sign_in(keys[f"{who}_PASSWORD"])
            sessions[who] = desk.page.context.storage_state()
            desk.page.goto("about:blank")  # it hears of nothing that the test does
        return self._desk(keys[f"{who}_EMAIL"], {"storage_state": sessions[who]} | options)

    def _desk(self, email: str, options: dict[str, Any]) -> Desk:
        # A service worker would answer in place of the server, and of the tests' own routes.
        usual: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}
        context = self._browser.new_context(**usual | options)
        page = context.new_page()
        desk = Desk(page, self._site, email, [])
        self._open.append((context, desk))
        page.on("console", lambda message: desk.complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: desk.problems.append(str(error)))
        return desk

    def close(self) -> list[str]:
        """Close all. Returns what their consoles complained of."""
        problems = [problem for _, desk in self._open for problem in desk.problems]
        for context, _ in self._open:
            context.close()
        self._open.clear()
        return problems


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    guarded = Guarded()
    site = Site(guarded)
    yield site
    site.end()
    guarded.end()


@pytest.fixture(scope="module", autouse=True)
def cleared(site: Site) -> None:
    """A module's tests meet nothing that those of another have left: a list shows fifty rows."""
    site.clear()


@contextmanager
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium: tests/install_programs.sh installs one"
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
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
