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


@pytest.mark.parametrize("kind", ["review", "manual_action"])
def test_the_bar_of_a_task_is_one_row_of_words_on_a_line_beside_a_list(desks: Desks, site: Site, kind: str) -> None:
    desk = desks.manager(viewport={"width": 1440, "height": 900})
    desk.open(site.ask({"title": "In one row", "task_type": kind} | BOTH, REFUND))
    bar = desk.page.locator("#decide-bar")
    buttons = [one for one in bar.locator(".row .button").all() if one.is_visible()]
    assert len(buttons) >= 5
    assert len({round(middle(one)) for one in buttons}) == 1
    assert max(height(one) for one in buttons) <= 40


def test_what_the_chips_of_a_task_open_stays_within_a_phone(desks: Desks, site: Site) -> None:
    desk = desks.manager(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    desk.open(site.ask({"title": "Behind chips"} | BOTH, REFUND))
    for chip in desk.page.locator("#around > details").all():
        chip.locator("summary").click()
        box = chip.locator(".items").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert desk.page.evaluate("document.documentElement.scrollWidth") == 360
        chip.locator("summary").click()


def test_a_row_of_the_inbox_tells_words_whole_or_not_at_all(desks: Desks, site: Site) -> None:
    task = {"title": "Whole words", "task_type": "manual_action", "risk": "critical", "separation_of_duties": False}
    intent_id = site.ask(task | BOTH, REFUND)
    desk = desks.manager(viewport={"width": 360, "height": 740})
    desk.look()
    seen = (
        desk.row(intent_id)
        .locator(".about")
        .evaluate(
            """about => [...about.children]
            .filter(one => one.getBoundingClientRect().top < about.getBoundingClientRect().bottom)
            .map(one => [one.className, one.scrollWidth > one.clientWidth + 1])"""
        )
    )
    assert ["risk", False] in seen
    assert not [name for name, cut in seen if cut]


def test_what_is_done_stands_in_one_row_in_german(desks: Desks, site: Site) -> None:
    task = {"title": "Gemeinsam erstatten", "risk": "low", "separation_of_duties": False, "editable_fields": ["amount"]}
    intents = [site.ask(task | BOTH, {"amount": amount, "currency": "EUR"}) for amount in (120, 140)]
    desk = desks.manager()
    page = desk.page
    page.context.add_cookies([{"name": "axme_language", "value": "de", "url": site.url}])
    desk.look("/inbox?q=gemeinsam")
    for box in page.locator("#rows .pick input").all():
        box.check(force=True)
    together = page.locator(".selection > .acts > button")
    expect(together.first).to_have_text("Genehmigen 2")
    assert len({round(middle(one)) for one in together.all()}) == 1
    page.set_viewport_size({"width": 360, "height": 740})
    desk.open(intents[0])
    answer = page.get_by_role("button", name="Genehmigen", exact=True)
    expect(answer).to_be_visible()
    assert height(answer) == height(page.locator("[data-say]")), "its word is not broken"
    for one in intents:
        site.cancel(one)
