"""Tasks that stand one after the other, and the hand that decides them."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places import BOTH, soon

STILL_MS = 1000
"""Of `static/js/guard.js`: whoever rests for so long has seen what came."""
RESTING = """() => {
    const title = () => document.getElementById("task-title")?.textContent;
    let shown = title(), since;
    window.rested = 0; // for so long at most, in ms, the hand did nothing before a press, with the same task on the screen
    new MutationObserver(() => {
        if (title() !== shown) [shown, since] = [title(), performance.now()];
    }).observe(document.getElementById("detail"), { childList: true, subtree: true, characterData: true });
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => {
        rested = Math.max(rested, performance.now() - (since ?? performance.now()));
        since = performance.now();
    }, true);
}"""
Told = TypeVar("Told")


def asked(site: Site, count: int, **fields: Any) -> list[str]:
    """So many tasks that stand at the top of the list, one after the other."""
    intents = [site.ask({"title": f"Row {n}"} | BOTH | fields, deadline_at=soon(20 + n / 20)) for n in range(count)]
    for one in intents:
        site.task_id(one)
    return intents


def decided(site: Site, intents: list[str]) -> int:
    return sum(site.state(one) in ("held", "decided") for one in intents)


def ready(desk: Desk) -> None:
    expect(desk.page.locator("#detail")).to_have_attribute("data-seen", "yes")


def middle(desk: Desk, name: str = "Approve") -> tuple[float, float]:
    box: Any = desk.page.get_by_role("button", name=name, exact=True).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hurried(desk: Desk, site: Site, count: int, press: Callable[[float], Told]) -> tuple[list[str], Told]:
    """So many tasks, the first of which is open, after `press` by a hand that rested nowhere: the tasks, and what it told.
    Where the machine is so slow that the hand rested, which says nothing, it is done with others, at a pace that makes each
    pause that part of what it was."""
    for pace in (1, 0.8, 0.6, 0.4, 0.2):
        intents = asked(site, count)
        desk.open(intents[0])
        ready(desk)
        desk.page.evaluate(RESTING)
        told = press(pace)
        if desk.page.evaluate("rested") < STILL_MS:
            return intents, told
        site.leave(intents)
    pytest.fail("five times in a row the machine was too slow to press twice within a second")
