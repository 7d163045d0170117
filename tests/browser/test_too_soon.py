"""Whoever presses at what cannot be decided yet is told so, wherever the task is by then; nothing is decided by it."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests import turns
from tests.browser.conftest import Desk, Site
from tests.browser.hands import asked, decided, middle, ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

TOLD = "Too soon. Look for a second, then press again."
RECORD = """words => {
    window.toldAt = []; // the titles of the tasks that were open then, and whether it stood in a dialog
    const hint = document.getElementById("too-soon");
    const where = () => document.getElementById("task-title").textContent + (hint.closest("dialog") ? ", in a dialog" : "");
    const record = () => hint.textContent === words && hint.checkVisibility() && toldAt.push(where());
    new MutationObserver(record).observe(hint, { childList: true });
}"""
"""It stands there for three seconds, which a slow machine may miss."""
UNSEEN = "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true, configurable: true })"
"""However slow the machine, nothing was seen: nobody looks until `away` is false."""


def told(page: Page, where: str) -> None:
    """Wait until it is told while a task is open; the test's own time limit ends it."""
    page.wait_for_function("where => window.toldAt.includes(where)", arg=where, timeout=60_000)


def kept(page: Page, url: str) -> list[Route]:
    """What is asked for there and gets no answer yet."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(url, keep)
    return held


def on_its_way(page: Page, what: str) -> None:
    page.wait_for_function("what => document.querySelector(what)", arg=f"{what}.htmx-request")


def let_go(page: Page, url: str, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    page.unroute(url)


def test_a_press_that_comes_too_soon_is_told_and_the_next_one_counts(maria: Desk, site: Site) -> None:
    intents = asked(site, 2)
    maria.look()
    page = maria.page
    page.evaluate(UNSEEN)
    page.evaluate(RECORD, TOLD)
    maria.row(intents[0]).get_by_role("link").evaluate("one => one.click()")
    expect(page.locator("#task-title")).to_have_text("Row 0")
    page.keyboard.press("a")  # at once, but not as the second of two presses
    told(page, "Row 0")
    assert decided(site, intents) == 0
    page.evaluate("window.away = false")
    ready(maria)
    page.keyboard.press("a")
    expect(page.locator("#task-title")).to_have_text("Row 1")
    expect(page.get_by_text(TOLD)).to_be_hidden()
    assert decided(site, intents) == 1
    site.leave(intents)


@pytest.mark.parametrize("by", turns.each(["key", "pointer"], of=2))
def test_a_press_while_a_decision_is_on_its_way_is_told_then_and_with_the_task_that_comes(
    maria: Desk, site: Site, by: str
) -> None:
    intents = asked(site, 3)
    maria.open(intents[0])
    ready(maria)
    page = maria.page
    place: Any = middle(maria)

    def press() -> None:
        if by == "key":
            page.keyboard.press("a")
        else:
            page.mouse.click(*place)

    page.evaluate(RECORD, TOLD)
    held = kept(page, "**/decide*")
    press()
    on_its_way(page, "#decide-form")
    page.keyboard.press("Shift")  # what follows is no second press of the same
    page.evaluate("performance.now = () => 1e9")  # however slow the machine, the task comes within a second
    press()
    told(page, "Row 0")
    let_go(page, "**/decide*", held)
    told(page, "Row 1")
    ready(maria)
    assert (len(held), decided(site, intents)) == (1, 1)
    page.keyboard.press("a")
    expect(page.locator("#task-title")).to_have_text("Row 2")
    assert decided(site, intents) == 2
    site.leave(intents)


def test_a_key_that_follows_at_once_on_the_way_to_a_row_or_a_press_at_it_is_told(maria: Desk, site: Site) -> None:
    intents = asked(site, 2)
    maria.open(intents[0])
    ready(maria)
    page = maria.page
    page.evaluate(RECORD, TOLD)
    place = f"**/inbox/{site.task_id(intents[1])}*"
    held = kept(page, place)
    page.evaluate("""() => {
        for (const key of "ja") document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }""")
    told(page, "Row 0")
    on_its_way(page, ".item")
    page.evaluate("toldAt = []")
    maria.row(intents[1]).get_by_role("link").click()  # which asks for it anew, and is no reach by keys
    page.keyboard.press("a")
    told(page, "Row 0")
    while len(held) < 2:  # the test's own time limit ends it
        page.wait_for_timeout(50)
    let_go(page, place, held[-1:])
    expect(page.locator("#task-title")).to_have_text("Row 1")
    assert decided(site, intents) == 0
    site.leave(intents)


def test_in_a_dialog_it_is_told_there_where_assistive_technology_hears_it(maria: Desk, site: Site) -> None:
    intents = asked(site, 1)
    maria.open(intents[0])
    ready(maria)
    page = maria.page
    page.evaluate(UNSEEN)
    page.evaluate(RECORD, TOLD)
    page.keyboard.press("r")
    sheet = page.locator("dialog.sheet")
    sheet.get_by_role("textbox").fill("Too much")
    page.keyboard.press("Control+Enter")
    told(page, "Row 0, in a dialog")
    assert decided(site, intents) == 0
    site.leave(intents)
