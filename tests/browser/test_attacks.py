"""Whatever an agent sends: nothing of it runs, nothing is fetched, nothing hides."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Desk, Desks, Site
from tests.browser.corpus import HUGE, ODD, TEXTS
from tests.browser.test_pages import OVERFLOWING

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MOST_HIGH = 20_000
"""Pixels that a task's page may be high: what is more is folded and counted."""


class Watched:
    """A manager's page, with everything suspicious that happened on it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page
        self.happened: list[str] = []
        self._host = urlsplit(desk.site.url).netloc
        self.page.on("dialog", lambda dialog: (self.happened.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))
        self.page.context.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != self._host and parts.scheme != "blob":
            self.happened.append(f"request to {request.url}")

    def assert_harmless(self) -> None:
        assert self.page.evaluate("window.pwned") is None
        assert self.happened == []
        assert self.desk.problems == []
        expect(self.page.locator("#task").locator("script, iframe, svg:not(.icon), style, base, meta")).to_have_count(0)
        foreign = "[...document.links].map(one => one.protocol).filter(one => !['http:', 'https:'].includes(one))"
        assert self.page.evaluate(foreign) == []
        fetching = "[...document.images].map(one => one.src).filter(one => new URL(one).host !== location.host)"
        assert self.page.evaluate(fetching) == []


@pytest.fixture(scope="module")
def watched(browser: Any, site: Site) -> Iterator[Watched]:
    desks = Desks(browser, site)
    yield Watched(desks.manager())
    desks.close()


def task_of(text: str) -> dict[str, Any]:
    """A task that says `text` wherever an agent may say something to a person."""
    return {
        "title": text[:255],
        "description": text[:2000],
        "task_type": "form",
        "form_schema": {
            "type": "object",
            "title": text[:300],
            "properties": {
                "one": {"type": "string", "title": text[:300], "description": text[:300], "examples": [text[:100]]},
                "two": {"enum": [text[:200], "plain"], "title": "Two"},
                "three": {"enum": [text[:200], *"abcdef"], "title": "Three"},
                text[:60]: {"type": "boolean"},
            },
        },
    }


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_runs_fetches_and_hides_nothing(watched: Watched, site: Site, name: str) -> None:
    text, page = TEXTS[name], watched.page
    payload = {"said": text, text[:60]: "a value", "list": [text], "table": [{"cell": text}], "before": text, "after": "x"}
    intent_id = site.ask(task_of(text), payload)
    site.act("DEMO_OPS", intent_id, "comment", comment=text[:4000])
    watched.desk.open(intent_id)
    watched.assert_harmless()
    open_all(page)
    watched.assert_harmless()
    expect(page.locator("#decide-form")).to_be_attached()
    assert_bounded(page)
    row = watched.desk.row(intent_id).bounding_box()
    assert row is not None
    assert 36 <= row["height"] <= 140
    shown = page.locator("article").inner_text()
    said = page.evaluate("[...document.querySelectorAll('[placeholder]')].map(one => one.placeholder).join(' ')")
    for odd in ODD.get(name, ()):
        assert f"U+{ord(odd):04X}" in shown
        assert odd not in shown + said
    assert "\u0301" * 5 not in shown + said


@pytest.mark.parametrize("name", HUGE)
def test_data_of_any_size_is_shown_or_counted(watched: Watched, site: Site, name: str) -> None:
    intent_id = site.ask({"title": "Much", "description": "See the data"}, HUGE[name])
    watched.desk.open(intent_id)
    page = watched.page
    assert_bounded(page)
    expect(page.locator("#will-happen")).to_be_visible()
    shown = page.locator("article").inner_text()
    if name == "thousands of keys":
        assert "3940 more fields" in shown
    if name == "60 deep":  # a tree, of which the first levels are open
        open_all(page)
        assert "99999" in page.locator("article").inner_text()
    if name == "empty lines":
        assert "empty lines" in shown
        assert "and delete everything" in shown
    watched.assert_harmless()


def open_all(page: Page) -> None:
    """Press all that is closed, the outer ones first."""
    for one in page.locator("details:not(.menu) > summary").all():
        if not one.evaluate("one => one.parentElement.open"):
            one.click()


def assert_bounded(page: Page) -> None:
    """High enough to scroll, not to get lost; never wider than the window."""
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.getElementById('task').scrollHeight") < MOST_HIGH
        assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size({"width": 1440, "height": 800})
