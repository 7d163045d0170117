"""Pages of operations follow what happens, and their charts are read by keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Site
from tests.browser.places.base import owners
from tests.browser.places.operations import an_endpoint

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


def test_an_open_endpoint_shows_what_becomes_of_a_delivery_as_soon_as_it_is_known(desks: Desks, site: Site) -> None:
    desk = desks.owner()
    endpoint = an_endpoint(site, "Watched", "https://127.0.0.1/watched")
    # Of itself the page does not look again: what it shows, it was told.
    never = "const real = setTimeout; window.setTimeout = (work, ms) => ms === 5000 ? 0 : real(work, ms)"
    desk.page.add_init_script(never)
    desk.page.goto(f"{site.url}/operations/endpoints/{endpoint}")
    expect(desk.page.locator("#live")).to_contain_text("Live")
    expect(desk.page.locator("[aria-labelledby=sent] tbody tr")).to_have_count(0)
    site.post(f"/webhooks/subscriptions/{endpoint}/test", None, owners(site))
    row = desk.page.locator("[aria-labelledby=sent] tbody tr")
    expect(row).to_contain_text("this server does not connect there", timeout=SOON_MS, ignore_case=True)
