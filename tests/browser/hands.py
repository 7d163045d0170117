"""Tasks that stand one after the other, and the hand that decides them."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places import BOTH, soon

STILL_MS = 1000
"""Of `static/js/guard.js`: whoever rests for so long has seen what came."""


def asked(site: Site, count: int, **fields: Any) -> list[str]:
    """So many tasks that stand at the top of the list, one after the other."""
    intents = [site.ask({"title": f"Row {n}"} | BOTH | fields, deadline_at=soon(1.5 + n / 20)) for n in range(count)]
    for one in intents:
        site.task_id(one)
    return intents


def decided(site: Site, intents: list[str]) -> int:
    return sum(site.state(one) in ("held", "decided") for one in intents)


def ready(desk: Desk) -> None:
    expect(desk.page.locator("#detail")).to_have_attribute("data-seen", "yes")


def end(site: Site, intents: list[str]) -> None:
    """Leave the list to others."""
    for one in intents:
        if site.intent(one)["status"] == "WAITING":
            site.cancel(one)


def middle(desk: Desk, name: str = "Approve") -> tuple[float, float]:
    box: Any = desk.page.get_by_role("button", name=name, exact=True).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
