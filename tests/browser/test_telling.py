"""What a browser shows by itself: its notifications, and what a policy would do while it is typed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk, Desks, Site
from tests.browser.places.base import BOTH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

# What the pages of a tab had the browser show, a page that is being left included, and whether anybody looks.
WATCHED = """
window.shown = () => JSON.parse(sessionStorage.getItem("shown") ?? "[]");
window.Notification = class {
    constructor(title, options) {
        sessionStorage.setItem("shown", JSON.stringify([...shown(), `${title}: ${options.body}`]));
    }
    static get permission() { return "granted"; }
};
Object.defineProperty(document, "hidden", { get: () => window.away === true });
"""


def shown(page: Page, count: int) -> list[str]:
    """What was shown, once it is so much."""
    page.wait_for_function("count => shown().length >= count", arg=count, timeout=30_000)
    found: list[str] = page.evaluate("shown()")
    return found


def test_the_browser_shows_what_comes_while_nobody_looks_and_a_test_at_once(maria: Desk, site: Site) -> None:
    page = maria.page
    page.add_init_script(WATCHED)
    maria.look("/settings/notifications")
    page.get_by_role("button", name="Test the browser").click()
    expect(page.get_by_role("status").filter(has_text="Test sent.")).to_be_visible()
    assert shown(page, 1) == ["Test notification: this channel works"]
    maria.look("/notifications")
    page.get_by_role("button", name="Mark all as read").click()
    maria.look()
    expect(page.locator("#live")).to_contain_text("Live")
    task = {"assignees": ["manager@myorg.example"], "risk": "high"}
    site.act("DEMO_OPS", site.ask(BOTH | {"title": "Seen as it comes"}), "comment", comment="@manager please look")
    expect(page.locator("#bell [data-count]")).to_have_text("1", timeout=30_000)
    page.evaluate("window.away = true")
    site.ask(task | {"title": "Comes meanwhile"})
    assert shown(page, 2)[1:] == ["Waiting for you: Comes meanwhile"]


def test_a_policy_tells_while_it_is_typed_what_it_would_do(desks: Desks) -> None:
    olivia = desks.owner()
    olivia.look("/settings/policies/new")
    page = olivia.page
    steps = page.locator("#preview-steps")
    expect(steps).to_contain_text("expires")
    page.get_by_role("button", name="Add a level").click()
    page.locator("[name='escalation.levels.0.to']").select_option("owner")
    expect(steps).to_contain_text("Escalates to all owners")
    page.locator("#at").fill("2031-03-03T10:00")
    expect(steps.locator("tr", has_text="Task arrives")).to_contain_text("3 Mar 2031 10:00")
    expect(steps.locator("tr", has_text="Escalates to all owners")).to_contain_text("11:00")
    page.locator("[name='escalation.end.after_seconds']").fill("soon")
    page.locator("[name=name]").click()
    expect(steps).to_contain_text("A number, like 2 or 1.5.")
