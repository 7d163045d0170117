"""Pages of operations follow what happens, and their charts are read by keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SOON_MS = 30_000


def test_an_open_overview_shows_a_commit_and_leaves_the_reader_where_they_are(desks: Desks, site: Site) -> None:
    page = desks.owner().page
    page.goto(f"{site.url}/operations?range=24h")
    expect(page.locator("#live")).to_contain_text("Live")
    value = page.locator('[data-tile="waiting_human"] .value')
    before = int(value.inner_text())
    page.get_by_text("Show as table").click()
    page.locator('[data-tile="failed"]').focus()
    site.ask({"title": "Shown at once"})
    expect(value).to_have_text(str(before + 1), timeout=SOON_MS)
    expect(page.locator('[data-tile="failed"]')).to_be_focused()
    expect(page.locator("details[data-keep]")).to_have_attribute("open", "")
    # The points of a chart: one stop of Tab, and arrows from there.
    points = page.locator("[data-roving] > span")
    points.first.focus()
    page.keyboard.press("End")
    expect(points.last).to_be_focused()
    expect(points.last.locator(".tip")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(points.nth(-2)).to_be_focused()
