"""The settings as people use them: pressed twice, in two tabs, with a slow answer."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Desks, Site
from tests.browser.places import PLACES, confirm_if_asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def page(desks: Desks) -> Page:
    found: Page = desks.owner().page
    return found


def names(page: Page, name: str) -> int:
    """How many rows of the list are called so."""
    return page.get_by_role("row").filter(has_text=name).count()


def test_a_button_that_is_pressed_twice_makes_one(page: Page, desks: Desks, site: Site) -> None:
    desk = desks.owner()
    desk.look("/settings/tokens/new")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("Name").fill("Pressed twice")
    desk.page.get_by_role("button", name="Create token").dblclick()
    expect(desk.page.locator("#secret")).to_be_visible()
    desk.look("/settings/tokens")
    assert names(desk.page, "Pressed twice") == 1


def test_reloading_a_secret_shows_the_list_and_makes_no_second_one(desks: Desks, site: Site) -> None:
    desk = desks.owner()
    desk.look("/settings/tokens/new")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("Name").fill("Reloaded")
    desk.press("Create token")
    expect(desk.page.locator("#secret")).to_be_visible()
    expect(desk.page).to_have_url(f"{site.url}/settings/tokens")
    desk.page.reload()
    expect(desk.page.locator("#secret")).to_have_count(0)
    assert names(desk.page, "Reloaded") == 1


def test_a_form_keeps_its_address_and_what_was_typed_over_mistakes_and_reloads(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/settings/agents")
    page.get_by_role("link", name="New agent").click()
    page.get_by_label("Name").fill("Not an address")
    page.get_by_label("Description").fill("Pays refunds")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("[aria-invalid]")).to_have_value("Not an address")
    expect(page.get_by_label("Description")).to_have_value("Pays refunds")
    page.get_by_label("Name").fill("refunds-of-two-tabs")
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".notice")).to_contain_text("is registered. Give it a key.")
    page.goto(f"{site.url}/settings/agents/new")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("")


def test_the_same_name_in_two_tabs_is_told_beside_the_field(page: Page, site: Site) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{site.url}/settings/groups/new")
        tab.get_by_label("Name").fill("Two tabs")
    page.get_by_role("button", name="Create group").click()
    expect(page.locator(".notice")).to_contain_text("Add its members.")
    other.get_by_role("button", name="Create group").click()
    expect(other.locator("#id_name_error")).to_contain_text("There is a group called Two tabs already.")
    expect(other.get_by_label("Name")).to_have_value("Two tabs")


def test_nothing_that_is_typed_into_a_policy_is_lost_while_a_level_is_added_or_taken_away(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/settings/policies/new")
    name, agents = page.locator("[name=name]"), page.locator("[name='match.agents']")
    levels = page.locator("#levels fieldset")
    name.fill("Before")
    waiting: list[Route] = []
    page.route("**/settings/policies/new", lambda route: waiting.append(route))  # noqa: PLW0108 - a built-in is not taken
    for press, left in (("Add a level", 1), ("Add a level", 2), ("Remove level 1", 1), ("Add a level", 2)):
        with page.expect_request("**/settings/policies/new"):
            page.get_by_role("button", name=press).click()
        name.press("End")
        name.press_sequentially(".")
        agents.press_sequentially("x")
        for route in waiting:
            route.continue_()
        waiting.clear()
        expect(levels).to_have_count(left)
    expect(name).to_have_value("Before....")
    expect(agents).to_have_value("xxxx")
    page.unroute("**/settings/policies/new")
    paths = levels.locator("select[name$=to]").evaluate_all("all => all.map(one => one.name)")
    assert len(set(paths)) == 2


def test_a_suspended_member_is_out_at_once_and_back_when_unsuspended(desks: Desks, site: Site) -> None:
    olivia, maria = desks.owner().page, desks.manager()
    maria.refused = "403"
    maria.look("/inbox")
    olivia.goto(f"{site.url}/settings/people")
    olivia.get_by_role("link", name="Maria Manager").click()
    olivia.get_by_role("button", name="Suspend Maria Manager").click()
    expect(olivia.get_by_role("row").filter(has_text="Maria Manager")).to_contain_text("suspended")
    maria.look("/inbox")
    expect(maria.page.get_by_text("You belong to no workspace")).to_be_visible()
    olivia.get_by_role("link", name="Maria Manager").click()
    olivia.get_by_role("button", name="Unsuspend Maria Manager").click()
    expect(olivia.locator(".notice")).to_contain_text("no longer suspended")
    maria.look("/inbox")
    expect(maria.page.locator("#live")).to_contain_text("Live")


def test_what_is_drawn_and_its_scale_run_the_same_way_from_right_to_left(desks: Desks, site: Site) -> None:
    desk = desks.owner()
    next(place for place in PLACES if place.name == "settings-calendar").show(desk, site)
    desk.page.context.add_cookies([{"name": "axme_language", "value": "ar", "url": site.url}])
    desk.page.reload()
    expect(desk.page.locator("html")).to_have_attribute("dir", "rtl")
    at = "ones => ones.map(one => one.getBoundingClientRect().x)"
    noon = desk.page.locator(".week thead .ticks > :nth-child(3)").evaluate_all(at)
    drawn = desk.page.locator(".week svg line:nth-child(2)").evaluate_all(at)
    assert abs(noon[0] - drawn[0]) < 3


def test_the_page_of_an_agent_leads_back_to_all_of_them(desks: Desks, site: Site) -> None:
    desk = desks.owner()
    next(place for place in PLACES if place.name == "settings-agent").show(desk, site)
    desk.page.get_by_role("link", name="All agents").click()
    expect(desk.page).to_have_url(f"{site.url}/settings/agents")
