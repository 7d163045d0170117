"""The form of a scenario as a browser would send it back."""

import json
from html.parser import HTMLParser
from typing import Any

from tests.pages.browser import Browser, Page

DOCUMENT: dict[str, Any] = {
    "scenario_id": "order.fulfil.v1",
    "title": "Fulfil an order",
    "agents": [{"role": "clerk", "address": "order-service"}],
    "humans": [{"role": "manager", "contact": "approver"}],
    "workflow": {
        "steps": [
            {"step_id": "check", "assigned_to": "clerk", "retry": {"max_retries": 1}, "step_deadline_seconds": 600},
            {
                "step_id": "sign",
                "assigned_to": "manager",
                "requires_approval": True,
                "human_task": {"title": "Ship it?"},
                "step_deadline_seconds": 3600,
                "remind_after_seconds": 600,
                "on_failure": "tell",
                "on_success": "end",
            },
            {"step_id": "tell", "runtime_type": "notification", "runtime_config": {"subject": "Refused"}},
        ]
    },
    "intent": {"type": "order.fulfil.v1", "payload": {"order": 7}},
}


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = self._area = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._inside = given.get("id") == "scenario-form"
        if not self._inside:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.fields[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea" and self._area:
            self.fields[self._area] = self._text.removeprefix("\n")
            self._area = ""


def fields(page: Page) -> dict[str, str]:
    """What the form of a page would send."""
    form = _Form()
    form.feed(page.html)
    return form.fields


def document(page: Page) -> Any:
    """The document beside the form."""
    return json.loads(fields(page)["text"])


def new(browser: Browser) -> str:
    """The path of a new draft."""
    return browser.post("/operations/scenarios/new").location


def send(browser: Browser, path: str, does: str, page: Page | None = None, **typed: str) -> Page:
    """Send the form of a page, as it is now unless it was opened before, with what was typed."""
    page = page or browser.get(path)
    assert page.status in (200, 409, 422), page.text
    return browser.post(
        path, fields(page) | {name.replace("__", "."): value for name, value in typed.items()} | {"do": does}
    )


def written(browser: Browser, made: dict[str, Any]) -> str:
    """The path of a draft of a document."""
    path = new(browser)
    assert send(browser, path, "text", text=json.dumps(made)).status == 200
    return path


def saved(browser: Browser, made: dict[str, Any]) -> None:
    """Save a new scenario."""
    page = send(browser, written(browser, made), "save")
    assert page.status == 303, page.text
