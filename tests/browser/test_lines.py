"""What stands on one line stands on it: beside each other, as high as each other, in the middle."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Desks, Site
from tests.browser.places import BOTH, REFUND, keep_policies

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def middle(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box
    return box["y"] + box["height"] / 2


def height(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box
    return box["height"]


def test_the_controls_of_a_person_are_of_one_height_under_a_finger(desks: Desks) -> None:
    desk = desks.owner(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    desk.look("/settings/people")
    row = desk.page.locator("tr", has_text="Dana Deputy")
    name, avatar = row.get_by_role("link", name="Dana Deputy"), row.locator(".avatar")
    assert middle(name) == pytest.approx(middle(avatar), abs=12)
    name.click()
    desk.page.wait_for_url("**/settings/people/*")  # with its styles: a control without them is as high as its words
    role, change = desk.page.get_by_role("combobox", name="Role of"), desk.page.get_by_role("button", name="Change")
    remove = desk.page.get_by_role("button", name="Remove Dana Deputy")
    assert height(role) == height(change) == height(remove) == 44
    assert role.bounding_box()["width"] <= 328  # type: ignore[index]
    assert desk.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_bars_of_a_replay_are_at_the_height_of_their_words(desks: Desks, site: Site) -> None:
    desk = desks.owner()
    keep_policies(site)
    for place in range(2):
        site.ask({"title": f"Bars {place}", "risk": "high"} | BOTH, REFUND)
    desk.look(f"/settings/policies/{site.policies[1]}")  # for everything that no other is for
    desk.press("Run test")
    bars = desk.page.locator("#replay progress")
    expect(bars.first).to_be_visible()
    for bar in bars.all():
        assert middle(bar) == pytest.approx(middle(bar.locator("xpath=ancestor::tr")), abs=1)
