"""The form of a policy, as its tests send and read it."""

import re
from html import unescape
from typing import Any

import pytest

from tests.callers import PersonCaller
from tests.pages.browser import Browser, Page

OFFICE = {"name": "Riga", "time_zone": "Europe/Riga", "hours": {"mon": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]}}
FORM: dict[str, Any] = {
    "name": "Large refunds",
    "match.intent_types": "refund.*\norder.refund",
    "match.risks": ["high", "critical"],
    "match.payload.0.field": "amount.eur",
    "match.payload.0.compare": "at_least",
    "match.payload.0.value": "1000",
    "escalation.reminders.after_seconds": "30",
    "escalation.reminders.after_seconds.unit": "minutes",
    "escalation.reminders.at_most": "2",
    "escalation.levels.0.after_seconds": "1.5",
    "escalation.levels.0.after_seconds.unit": "hours",
    "escalation.levels.0.to": "olga@myorg.example",
    "escalation.levels.1.after_seconds": "1",
    "escalation.levels.1.after_seconds.unit": "hours",
    "escalation.levels.1.to": "owner",
    "escalation.end.after_seconds": "1",
    "escalation.end.after_seconds.unit": "days",
    "escalation.end.then": "expire",
}


STORED = {
    "match": {
        "intent_types": ["refund.*", "order.refund"],
        "payload": [{"at_least": 1000, "field": "amount.eur"}],
        "risks": ["high", "critical"],
    },
    "escalation": {
        "reminders": {"after_seconds": 1800, "at_most": 2},
        "levels": [{"after_seconds": 5400, "to": "olga@myorg.example"}, {"after_seconds": 3600, "to": "owner"}],
        "end": {"after_seconds": 86_400, "then": "expire"},
    },
}


@pytest.fixture
def alices(alices: Browser, olga: PersonCaller) -> Browser:
    return alices.confirmed()


def send(browser: Browser, does: str = "save", path: str = "/settings/policies/new", **changes: Any) -> Page:
    return browser.post(path, FORM | {name.replace("__", "."): value for name, value in changes.items()} | {"do": does})


def wrong(page: Page) -> dict[str, str]:
    """What is said beside fields, by their names."""
    found = re.findall(r'<p class="error" id="([^"]+)-error">.*?<span>(.*?)</span>', page.html, re.S)
    return dict(found)


def fields(page: Page) -> dict[str, str]:
    """What stands in the fields of the form, as a browser would send it."""
    html = page.html[page.html.index('id="policy-form"') :]
    found = dict(re.findall(r'<input class="input" id="[^"]+" name="([^"]+)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select class="input"[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S):
        found[name] = unescape(text)
    return found
