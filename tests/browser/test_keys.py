"""One key each, for those who have not switched them off."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places import BOTH, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_task_is_found_opened_decided_and_taken_back_by_single_keys(maria: Desk, site: Site) -> None:
    first, second = (site.ask({"title": f"By keys {number}"} | BOTH, deadline_at=soon(20 + number)) for number in (2, 3))
    maria.look()
    page = maria.page
    expect(maria.row(second)).to_be_visible()
    for _ in range(50):
        page.keyboard.press("j")
        if maria.row(first).locator(":focus").count():
            break
    page.keyboard.press("j")
    expect(maria.row(second).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    expect(maria.row(first).get_by_role("link")).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("#task-title")).to_have_text("By keys 2")
    page.keyboard.press("c")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type("aurora")
    page.keyboard.press("Escape")
    expect(page.locator("#comment")).not_to_be_focused()
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("r")
    why = page.get_by_role("dialog", name="Why?")
    expect(why.locator("#comment")).to_have_value("aurora")
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("Control+Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Rejected · ")
    page.keyboard.press("z")
    expect(page.locator("#task-title")).to_have_text("By keys 2")
    expect(page.locator("#timeline")).to_contain_text("aurora")
    assert site.intent(first)["status"] == "WAITING"
    # The task came anew: once it counts as seen, its page hears keys again.
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("/")
    expect(page.get_by_label("Search tasks")).to_be_focused()


def test_the_keys_tell_of_themselves_and_leave_the_focus_where_it_was(maria: Desk, site: Site) -> None:
    maria.look()
    page = maria.page
    link = page.locator("#rows .item").first
    link.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("j")  # not while it is open
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_list_that_comes_beside_the_task_in_a_wider_window_is_reached_by_tab(maria: Desk, site: Site) -> None:
    page = maria.page
    page.set_viewport_size({"width": 360, "height": 800})
    maria.open(site.ask({"title": "Turned to landscape"} | BOTH))
    expect(page.locator("#rows")).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 800})
    expect(page.locator("#rows")).to_be_visible()
    expect(page.locator("#rows :is(.item, summary)[tabindex='0']:visible")).to_have_count(1)
