"""The time zone of the browser beside the one of the profile."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks
from tests.browser.test_phone import box


@pytest.mark.parametrize("width", [360, 1440])
def test_a_browser_in_another_zone_is_offered_its_own_and_can_keep_the_profiles(desks: Desks, width: int) -> None:
    desk = desks.ops(timezone_id="Asia/Tokyo", viewport={"width": width, "height": 800})
    desk.look("/notifications")
    offer = desk.page.locator("#zone-offer")
    expect(offer).to_contain_text("You seem to be in Asia/Tokyo. Times are shown in UTC.")
    above, below = box(offer), box(desk.page.locator("#main"))
    assert above["y"] + above["height"] <= below["y"], "it covers the page"
    desk.press("Keep UTC")
    expect(offer).to_be_hidden()
    desk.page.reload()
    expect(desk.page.locator("h1").first).to_be_visible()
    expect(offer).to_be_hidden()
    desk.page.evaluate("localStorage.clear()")
    desk.page.reload()
    desk.press("Use Asia/Tokyo")
    expect(desk.page.get_by_text("Times are shown in Asia/Tokyo now.")).to_be_visible()
    assert desk.page.url.endswith("/notifications")
    expect(offer).to_be_hidden()
    desk.page.evaluate("localStorage.clear()")
    desk.look("/settings/profile")
    desk.page.get_by_role("combobox", name="Time zone").fill("UTC")
    desk.page.get_by_role("combobox", name="Time zone").press("Enter")
    expect(offer).to_be_visible()


def test_the_inbox_still_fills_the_window_under_the_offer(desks: Desks) -> None:
    desk = desks.ops(timezone_id="Asia/Tokyo")
    desk.look("/inbox")
    expect(desk.page.locator("#zone-offer")).to_be_visible()
    desk.page.wait_for_function("document.querySelector('#main').getBoundingClientRect().bottom === innerHeight")


def test_no_other_zone_is_offered_where_the_clocks_show_the_same(desks: Desks) -> None:
    desk = desks.ops(timezone_id="Africa/Abidjan")
    desk.look("/notifications")
    expect(desk.page.locator("h1").first).to_be_visible()
    desk.page.wait_for_load_state("load")
    expect(desk.page.locator("#zone-offer")).to_be_hidden()
