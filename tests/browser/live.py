"""What the tests of live pages share."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk, Site

SOON_MS = 30_000
"""How long a page may go on showing what is not true any more, on a machine that does much else at the same time."""


def sign_out(tab: Page, site: Site) -> None:
    tab.goto(f"{site.url}/inbox")
    tab.locator(".who > summary").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/sign-in*")


def count(page: Page) -> int:
    """What the badge of the rail says."""
    badge = page.locator("#badge [data-count]")
    return int(badge.text_content() or 0)


def expect_count(page: Page, number: int) -> None:
    words = str(number) if number else ""
    expect(page.locator("#badge [data-count]")).to_have_text(words, timeout=SOON_MS)
    expect(page.locator("[data-count-of=waiting]")).to_have_text(words)


def forgive(desk: Desk, *parts: str) -> None:
    """The console's own words for a server that was not there."""
    desk.problems[:] = [problem for problem in desk.problems if not any(part in problem for part in parts)]
